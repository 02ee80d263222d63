"""Reads trees through one long-lived git: a git for each of a thousand colleagues' snapshots would take seconds.

What strangers wrote is bounded before it is read: no more paths and bytes than may be shared.
"""

import os
import stat
from collections.abc import Collection, Mapping

from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git.snapshot import EXECUTABLE, GITLINK, REGULAR, SYMLINK, Entry
from forksight.core.teams.wire import LONGEST_LISTING, LONGEST_TREE, MOST_PATHS

_FOLDER = 0o40000
_MOST_KNOWN = 200_000  # entries of trees that are kept

Tree = Mapping[str, Entry]  # by name; folders have the mode `_FOLDER`


class Trees:
    """The trees of one object store. Those that many snapshots start from are parsed once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._known: dict[str, Tree] = {}

    def files(self, commit: str) -> dict[str, Entry]:
        """A stranger's commit: all its files by path. Raises `ValueError` if they are too many, or a tree is missing."""
        files: dict[str, Entry] = {}
        length = 0  # bytes of all trees so far, and of the paths in them
        folders = {"": f"{commit}^{{tree}}"}  # the trees of one level, by the path of the folder with its slash
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
        """What a tree has at these paths; what is a folder there, or nothing, is left out. Raises `ValueError` if a tree is missing."""
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
        known = self._known.get(oid)
        if known is None:
            sizes = self._objects.infos([oid])
            fits = oid in sizes and sizes[oid].size <= LONGEST_TREE
            tree = self._objects.contents([oid]).get(oid) if fits else None
            if tree is None or tree.data is None:
                raise ValueError("a folder of the commit that it starts from can't be read")
            known = _parsed(tree.data, oid)
            if sum(map(len, self._known.values())) + len(known) > _MOST_KNOWN:
                self._known.clear()
            self._known[oid] = known
        return known


def _check(count: int, length: int) -> None:
    if count > MOST_PATHS or length > LONGEST_LISTING:
        raise ValueError(f"it holds more than {MOST_PATHS} files")


def _parsed(data: bytes, oid: str) -> dict[str, Entry]:
    """The entries of a tree object: `MODE SP NAME NUL ID`, where the id is as long as the tree's own, in bytes.

    https://git-scm.com/docs/gitformat-pack and `tree-walk.c`. Raises `ValueError`.
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
    """One of the modes that git knows, as it takes others for them."""
    if stat.S_ISREG(mode):
        return EXECUTABLE if mode & stat.S_IXUSR else REGULAR
    if stat.S_ISLNK(mode):
        return SYMLINK
    return _FOLDER if stat.S_ISDIR(mode) else GITLINK
