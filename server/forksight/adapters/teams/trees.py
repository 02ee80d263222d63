"""Reads tree objects through one long-lived `git cat-file`: a process for each of a thousand snapshots would take seconds.

Trees come from other people: their sizes are checked before they are read, against the limits of what may be shared.
"""

import os
import stat
from collections.abc import Collection, Mapping

from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git.snapshot import EXECUTABLE, GITLINK, REGULAR, SYMLINK, Entry
from forksight.core.teams.wire import LONGEST_LISTING, LONGEST_TREE, MOST_PATHS

_FOLDER = 0o40000
_MOST_CACHED = 200_000  # entries of all cached trees

Tree = Mapping[str, Entry]  # name -> entry; folders have the mode `_FOLDER`


class Trees:
    """The trees of one object store. Trees that `entries` reads are cached, since many snapshots start from the same ones."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._cache: dict[str, Tree] = {}

    def files(self, commit: str) -> dict[str, Entry]:
        """All files of a snapshot's commit by path. Raises `ValueError` if there are too many, or if a tree is missing."""
        files: dict[str, Entry] = {}
        length = 0  # bytes of all trees and paths so far
        # One level of folders: path with a trailing slash -> the tree's id, or another name of it for git.
        folders = {"": f"{commit}^{{tree}}"}
        while folders:
            sizes = {name: tree.size for name, tree in self._objects.infos(folders.values()).items()}
            length += sum(sizes.get(name, 0) + len(folder) for folder, name in folders.items())
            _check(len(files) + len(folders), length)
            trees = {name: _parsed(tree.data or b"", tree.oid) for name, tree in self._objects.contents(sizes).items()}
            deeper: dict[str, str] = {}
            for folder, name in folders.items():
                if name not in trees:
                    raise ValueError("a folder in it is missing")
                for entry_name, entry in trees[name].items():
                    path = f"{folder}{entry_name}"
                    length += len(path)
                    if entry.mode == _FOLDER:
                        deeper[f"{path}/"] = entry.oid
                    else:
                        files[path] = entry
                _check(len(files) + len(deeper), length)
            folders = deeper
        return files

    def entries(self, tree: str, paths: Collection[str]) -> dict[str, Entry]:
        """The files of a tree at these paths. Missing paths and folders are left out. Raises `ValueError` if a tree is missing."""
        entries = {}
        for path in paths:
            oid, rest = tree, path
            while True:
                name, slash, rest = rest.partition("/")
                entry = self._tree(oid).get(name)
                if entry is None or (entry.mode == _FOLDER) != bool(slash):
                    break
                if not slash:
                    entries[path] = entry
                    break
                oid = entry.oid
        return entries

    def _tree(self, oid: str) -> Tree:
        entries = self._cache.get(oid)
        if entries is None:
            sizes = self._objects.infos([oid])
            fits = oid in sizes and sizes[oid].size <= LONGEST_TREE
            tree = self._objects.contents([oid]).get(oid) if fits else None
            if tree is None or tree.data is None:
                raise ValueError("a folder of the commit that it starts from can't be read")
            entries = _parsed(tree.data, oid)
            if sum(map(len, self._cache.values())) + len(entries) > _MOST_CACHED:
                self._cache.clear()
            self._cache[oid] = entries
        return entries


def _check(count: int, length: int) -> None:
    if count > MOST_PATHS or length > LONGEST_LISTING:
        raise ValueError(f"it holds more than {MOST_PATHS} files")


def _parsed(data: bytes, oid: str) -> dict[str, Entry]:
    """The entries of a tree object, each `MODE SP NAME NUL ID`. The ids are binary, and as long as the tree's own id (`oid`).

    Format: https://git-scm.com/docs/gitformat-pack and git's `tree-walk.c`. Raises `ValueError`.
    """
    entries = {}
    width, start = len(oid) // 2, 0
    while start < len(data):
        space = data.index(b" ", start)
        end = data.index(b"\0", space)
        mode, name = int(data[start:space], 8), os.fsdecode(data[space + 1 : end])
        start = end + 1 + width
        entries[name] = Entry(_usual(mode), data[end + 1 : start].hex())
    return entries


def _usual(mode: int) -> int:
    """The canonical mode: git's `canon_mode` treats all others as one of these."""
    if stat.S_ISREG(mode):
        return EXECUTABLE if mode & stat.S_IXUSR else REGULAR
    if stat.S_ISLNK(mode):
        return SYMLINK
    return _FOLDER if stat.S_ISDIR(mode) else GITLINK
