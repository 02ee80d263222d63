"""A worktree put away and made again byte for byte: what checking out its HEAD would not bring back is packed.

A worktree goes and comes in one rename: at its own path there is always all of it, or nothing.
"""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from forksight.adapters.git import process
from forksight.adapters.git.working_tree.unlike_checkout import look_again, unlike_checkout
from forksight.adapters.git.worktrees.leftovers import is_cache
from forksight.adapters.git.worktrees.listing import git_facts
from forksight.adapters.store import packing
from forksight.adapters.store.archive.folder import ArchiveFolder
from forksight.adapters.store.archive.removal import obstacle, remove_tree
from forksight.adapters.store.archive.staging_folder import StagingFolder
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.held_folder import held, parent_of
from forksight.adapters.system.disk.regular_file import read_text
from forksight.core.cleanup.facts import Contents
from forksight.core.store.ledger import KeptWorktree

PACKED, LISTED, STAMP = "worktree.tar.gz", "worktree.json", "worktree.stamp"
_GRAIN = 10_000_000  # ns: a file's times lag behind the clock by up to one tick of the kernel
_PRIVATE = ("config.worktree", "info/sparse-checkout")  # of a worktree's git dir: what makes its checkout what it is


def keep(folder: ArchiveFolder, worktree: KeptWorktree, read_contents: Callable[[], Contents]) -> None:
    """Pack what only this worktree has, as of now. Raises `OSError`, `tarfile.TarError`, `GitError`."""
    path, now = worktree.path, time.time_ns()
    _check_removable(path)
    contents = read_contents()
    present = {name for name in contents.uncommitted if _is_file(path, name)}
    paths = set(_expanded(path, (*present, *contents.untracked, *contents.ignored, *contents.copied)))
    converted = sorted(unlike_checkout(path, set(contents.uncommitted)))
    paths |= {*_empty_folders(path), *converted}
    git_dir = _ask(path, "rev-parse", "--absolute-git-dir").strip()
    tree = _ask(path, "write-tree").strip()
    body = {
        "members": [packing.to_json(member) for member in packing.pack(folder.file(PACKED), path, sorted(paths))],
        "absent": sorted(set(contents.uncommitted) - present),
        "converted": converted,
        "index": tree if tree != _ask(path, "rev-parse", f"{worktree.head}^{{tree}}").strip() else None,
        "intended": [
            name for name in _ask(path, "diff-files", "--name-only", "--diff-filter=A", "-z").split("\0") if name
        ],
        "private": {name: text for name in _PRIVATE if (text := _text(os.path.join(git_dir, name))) is not None},
    }
    folder.write(LISTED, body)
    _stamp(folder, path, now)


def verify(folder: ArchiveFolder) -> None:
    """Read through what is kept of a worktree. Raises `OSError` unless it is whole."""
    folder.read(STAMP)
    packing.verify(folder.file(PACKED), list(map(packing.from_json, folder.read(LISTED)["members"])))


def staged(folder: ArchiveFolder) -> str | None:
    """The tree that was staged, None if it is HEAD's, or there was no worktree."""
    if is_absent(folder.file(LISTED)):
        return None
    index = folder.read(LISTED)["index"]
    return index if isinstance(index, str) else None


def is_there(folder: ArchiveFolder, path: str) -> bool:
    """Whether the very worktree that was packed, or made again from here, is at its place."""
    return os.path.lexists(path) and _identity(path) == folder.read(STAMP)["identity"]


def remove(folder: ArchiveFolder, path: str) -> None:
    """Remove a worktree's folder unless something in it changed since it was packed. Raises `OSError`.

    It is moved aside first, where nobody finds it by its path, and looked at there.
    """
    staging = _staging_folder(folder, path)
    if not os.path.lexists(staging.doomed):
        if not is_absent(path):
            if not is_there(folder, path):
                raise OSError(0, "another one is in its place")
            _check_removable(path)
            os.makedirs(staging.top, exist_ok=True)
            os.rename(path, staging.aside)
        if os.path.lexists(staging.aside):
            changed = _changed_since(staging.aside, folder.read(STAMP)["taken"])
            if changed is not None:
                os.rename(staging.aside, path)
                staging.clear()
                raise OSError(0, f"{os.path.join(path, changed)} changed meanwhile")
            os.rename(staging.aside, staging.doomed)
    if os.path.lexists(staging.doomed):
        try:
            remove_tree(staging.doomed)
        except OSError as error:
            message = f"{error.filename or staging.doomed}: {error.strerror or error}"
            raise OSError(0, f"{message}; what is left of it is in {staging.doomed}") from error
    staging.clear()


def _check_removable(path: str) -> None:
    """Raise `OSError` if a worktree, or what git keeps of it, could be removed in part only."""
    git_dir = _ask(path, "rev-parse", "--absolute-git-dir").strip()
    records = os.path.dirname(git_dir)
    why = obstacle(path) or obstacle(git_dir)
    if why is None and not os.access(records, os.W_OK | os.X_OK):
        why = f"you may not write in {records}"
    if why is not None:
        raise OSError(0, why)


def bring_out(folder: ArchiveFolder, path: str) -> bool:
    """Move a worktree that is only moved aside back to its place; whether it is there."""
    staging = _staging_folder(folder, path)
    if os.path.lexists(staging.aside) and not os.path.lexists(path):
        os.rename(staging.aside, path)
    in_place = is_there(folder, path)
    if in_place:
        staging.clear_remains()
    staging.clear()
    return in_place


def bring_back(folder: ArchiveFolder, worktree: KeptWorktree, common_dir: str, branch: str | None) -> None:
    """Make a worktree again, on a branch or (None) detached. Raises `OSError`, `GitError`."""
    staging = _staging_folder(folder, worktree.path)
    _unmake(staging, common_dir)  # of a process that was killed
    try:
        _make(folder, staging.making, worktree.head, branch, common_dir)
        process.run(["worktree", "move", staging.making, worktree.path], cwd=common_dir, env=_shared(common_dir))
    except BaseException:
        _unmake(staging, common_dir)
        raise
    staging.clear_remains()
    staging.clear()


def _make(folder: ArchiveFolder, making: str, head: str, branch: str | None, common_dir: str) -> None:
    """Make a worktree with all that was packed."""
    body = folder.read(LISTED)
    os.makedirs(os.path.dirname(making), exist_ok=True)
    place = [making, branch] if branch else ["--detach", making, head]
    # No hook runs: what hooks made is packed.
    process.run(["worktree", "add", "--quiet", "--no-checkout", *place], cwd=common_dir, env=_shared(common_dir))
    git_dir = _ask(making, "rev-parse", "--absolute-git-dir").strip()
    for name in _PRIVATE:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(git_dir, name))  # git copies the sparse checkout of wherever it runs
    for name, text in body["private"].items():
        if name not in _PRIVATE:
            raise OSError(0, f"{folder.file(LISTED)} names {name}, which is not kept")
        os.makedirs(os.path.dirname(os.path.join(git_dir, name)), exist_ok=True)
        _write(os.path.join(git_dir, name), text)
    process.run(["reset", "--hard", "--quiet"], cwd=making, env=process.TRUSTED, timeout=process.LONG_TIMEOUT)
    if body["index"]:  # while index and files agree
        process.run(["read-tree", "-m", body["index"]], cwd=making, env=process.TRUSTED)
    with held(making) as top:
        for name in body["absent"]:
            _clear(top, name)
        packing.unpack(folder.file(PACKED), list(map(packing.from_json, body["members"])), top)
    if body["intended"]:
        request = os.fsencode("".join(f":(literal){name}\0" for name in body["intended"]))
        from_stdin = ["--pathspec-from-file=-", "--pathspec-file-nul"]
        process.run(["add", "--intent-to-add", "--force", *from_stdin], cwd=making, env=process.TRUSTED, stdin=request)
    look_again(making, body["converted"])
    process.run(["update-index", "-q", "--refresh"], cwd=making, env=process.TRUSTED, accept=(0, 1))
    _check_made(making, head, body)
    os.sync()  # the archive may go from now on
    _stamp(folder, making, time.time_ns() + _GRAIN)


def _check_made(making: str, head: str, body: dict[str, Any]) -> None:
    """Raise `OSError` unless a worktree that was made again holds what was packed, byte for byte."""
    for member in map(packing.from_json, body["members"]):
        if not packing.is_same(os.path.join(making, member.path), member):
            raise OSError(0, f"{member.path} is not as it was packed")
    for name in body["absent"]:
        if _is_file(making, name):
            raise OSError(0, f"{name} is there, and was not")
    if _ask(making, "rev-parse", "HEAD").strip() != head:
        raise OSError(0, f"it is not at {head}")
    staged_tree = body["index"] or _ask(making, "rev-parse", f"{head}^{{tree}}").strip()
    if _ask(making, "write-tree").strip() != staged_tree:
        raise OSError(0, "what was staged is not")


def _unmake(staging: StagingFolder, common_dir: str) -> None:
    """Clear away a worktree that is not complete."""
    if os.path.lexists(staging.making):
        remove_tree(staging.making)
    forget(staging.making, common_dir)
    staging.clear()


def forget(path: str, common_dir: str) -> None:
    """Make git forget a worktree whose folder is gone."""
    shared = _shared(common_dir)
    for facts in git_facts(common_dir, shared):
        if facts["worktree"] == path or os.path.realpath(facts["worktree"]) == path:
            process.run(["worktree", "remove", "--force", "--force", facts["worktree"]], cwd=common_dir, env=shared)


def _shared(common_dir: str) -> dict[str, str]:
    return {**process.TRUSTED, "GIT_DIR": common_dir}


def _staging_folder(folder: ArchiveFolder, path: str) -> StagingFolder:
    parent, name = os.path.split(path)
    return StagingFolder(os.path.join(parent, f".forksight-{os.path.basename(folder.path)[-8:]}"), name)


def _stamp(folder: ArchiveFolder, path: str, moment: int) -> None:
    """Note until when a worktree's state is known, and which folder it is."""
    folder.write(STAMP, {"taken": moment, "identity": _identity(path)})


def _identity(path: str) -> list[int]:
    facts = os.lstat(path)
    return [facts.st_dev, facts.st_ino]


def _changed_since(top: str, moment: int) -> str | None:
    """A path below `top` that was written, made or removed after a moment (ns since the epoch), None if there is none."""
    for root, folders, names in packing.walk(top):
        for name in names:
            if os.lstat(os.path.join(root, name)).st_ctime_ns > moment - _GRAIN:
                return os.path.relpath(os.path.join(root, name), top)
        for name in ("", *folders):
            if os.lstat(os.path.join(root, name)).st_mtime_ns > moment - _GRAIN:
                return os.path.relpath(os.path.join(root, name), top)
    return None


def _expanded(top: str, names: Iterable[str]) -> Iterator[str]:
    """The files that paths mean: of a folder (it ends with a slash, or is another repository) all below it."""
    for name in names:
        path = os.path.join(top, name.rstrip("/"))
        if os.path.isdir(path) and not os.path.islink(path):
            inside = [os.path.join(name.rstrip("/"), below) for below in packing.below(path)]
            yield from inside or [name.rstrip("/")]
        else:
            yield name


def _empty_folders(top: str) -> Iterator[str]:
    """The folders in which nothing is: git does not know them."""
    for root, folders, names in packing.walk(top):
        place = os.path.relpath(root, top)
        folders[:] = [
            name
            for name in folders
            if name != ".git" and not is_cache(top, os.path.normpath(os.path.join(place, name)))
        ]
        if root != top and not names and not os.listdir(root):
            yield place


def _is_file(top: str, name: str) -> bool:
    """Whether there is a file or a link at a path, and not by way of a link that leads elsewhere."""
    path = os.path.join(top, name)
    real = os.path.join(os.path.realpath(os.path.dirname(path)), "")
    inside = os.path.normpath(real) == os.path.normpath(os.path.join(os.path.realpath(top), os.path.dirname(name)))
    return inside and os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path))


def _clear(top: int, path: str) -> None:
    """Remove a file or link in a held folder, and the folders that are empty without it. A folder in its place goes file by file."""
    try:
        with parent_of(top, path, make=False) as (parent, name):
            if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                return
            os.unlink(name, dir_fd=parent)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
    with suppress(OSError):  # until one is not empty
        while path := os.path.dirname(path):
            with parent_of(top, path, make=False) as (parent, name):
                os.rmdir(name, dir_fd=parent)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _text(path: str) -> str | None:
    try:
        return read_text(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _ask(path: str, *arguments: str) -> str:
    return os.fsdecode(process.run(arguments, cwd=path, env=process.TRUSTED))
