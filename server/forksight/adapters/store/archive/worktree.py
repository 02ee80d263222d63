"""Archives a worktree and restores it byte for byte. The files that checking out its HEAD would not restore are packed.

It is removed from its path, and put there, by one rename each: at its own path there is always all of it or nothing.
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
_TICK = 10_000_000  # nanoseconds by which file times may lag behind the clock: one tick of the kernel
_PRIVATE = ("config.worktree", "info/sparse-checkout")  # files in a worktree's git dir that determine its checkout


def keep(folder: ArchiveFolder, worktree: KeptWorktree, read_contents: Callable[[], Contents]) -> None:
    """Pack what only this worktree has, and record the time before which changes are included.

    The sealed list has these members: `members` (the packed files), `absent` (tracked files that are deleted), `converted` (files
    whose bytes differ from what a checkout writes, though git sees no change), `index` (the tree that is staged; null if it
    is HEAD's), `intended` (files added with `--intent-to-add`), and `private` (path -> text of `_PRIVATE`).

    `read_contents` is called after the time was taken. Raises `OSError`, `tarfile.TarError`, `GitError`.
    """
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
    """Read the packed files through. Raises `OSError` unless all are there with the right checksums."""
    folder.read(STAMP)
    packing.verify(folder.file(PACKED), list(map(packing.from_json, folder.read(LISTED)["members"])))


def staged(folder: ArchiveFolder) -> str | None:
    """The tree that was staged; None if it is HEAD's, or if the archive has no worktree. Raises `OSError`."""
    if is_absent(folder.file(LISTED)):
        return None
    index = folder.read(LISTED)["index"]
    return index if isinstance(index, str) else None


def is_there(folder: ArchiveFolder, path: str) -> bool:
    """Whether the folder at a path is the very one that was packed, or that was restored from this archive."""
    return os.path.lexists(path) and _identity(path) == folder.read(STAMP)["identity"]


def remove(folder: ArchiveFolder, path: str) -> None:
    """Remove a worktree's folder. Raises `OSError` if something in it changed since it was packed.

    It is moved aside first, so that nobody finds it by its path, and checked for changes there.
    """
    staging = _staging_folder(folder, path)
    if not os.path.lexists(staging.removing):
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
            os.rename(staging.aside, staging.removing)
    if os.path.lexists(staging.removing):
        try:
            remove_tree(staging.removing)
        except OSError as error:
            message = f"{error.filename or staging.removing}: {error.strerror or error}"
            raise OSError(0, f"{message}; what is left of it is in {staging.removing}") from error
    staging.clear()


def _check_removable(path: str) -> None:
    """Raise `OSError` if something would prevent the whole removal of a worktree or of its git dir."""
    git_dir = _ask(path, "rev-parse", "--absolute-git-dir").strip()
    records = os.path.dirname(git_dir)
    reason = obstacle(path) or obstacle(git_dir)
    if reason is None and not os.access(records, os.W_OK | os.X_OK):
        reason = f"you may not write in {records}"
    if reason is not None:
        raise OSError(0, reason)


def bring_out(folder: ArchiveFolder, path: str) -> bool:
    """Move a worktree back that was only moved aside; returns whether the worktree is at its path now."""
    staging = _staging_folder(folder, path)
    if os.path.lexists(staging.aside) and not os.path.lexists(path):
        os.rename(staging.aside, path)
    in_place = is_there(folder, path)
    if in_place:
        staging.clear_remains()
    staging.clear()
    return in_place


def bring_back(folder: ArchiveFolder, worktree: KeptWorktree, common_dir: str, branch: str | None) -> None:
    """Restore a worktree, on a branch or, if None, with a detached HEAD. Raises `OSError`, `GitError`."""
    staging = _staging_folder(folder, worktree.path)
    _unmake(staging, common_dir)  # left by a process that was killed
    try:
        _make(folder, staging.making, worktree.head, branch, common_dir)
        process.run(["worktree", "move", staging.making, worktree.path], cwd=common_dir, env=_shared(common_dir))
    except BaseException:
        _unmake(staging, common_dir)
        raise
    staging.clear_remains()
    staging.clear()


def _make(folder: ArchiveFolder, making: str, head: str, branch: str | None, common_dir: str) -> None:
    """Make a worktree at the path `making` with everything that was packed."""
    body = folder.read(LISTED)
    os.makedirs(os.path.dirname(making), exist_ok=True)
    arguments = [making, branch] if branch else ["--detach", making, head]
    # Hooks do not run: the files that they made are packed.
    process.run(["worktree", "add", "--quiet", "--no-checkout", *arguments], cwd=common_dir, env=_shared(common_dir))
    git_dir = _ask(making, "rev-parse", "--absolute-git-dir").strip()
    for name in _PRIVATE:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(git_dir, name))  # git copies those of the worktree in which it runs
    for name, text in body["private"].items():
        if name not in _PRIVATE:
            raise OSError(0, f"{folder.file(LISTED)} names {name}, which is not kept")
        os.makedirs(os.path.dirname(os.path.join(git_dir, name)), exist_ok=True)
        _write(os.path.join(git_dir, name), text)
    process.run(["reset", "--hard", "--quiet"], cwd=making, env=process.TRUSTED, timeout=process.LONG_TIMEOUT)
    if body["index"]:  # now, while the index and the files agree
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
    os.sync()  # the archive may be removed after this
    _stamp(folder, making, time.time_ns() + _TICK)


def _check_made(making: str, head: str, body: dict[str, Any]) -> None:
    """Raise `OSError` unless a restored worktree has the packed files byte for byte, the HEAD and the staged tree."""
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
    """Remove an incomplete worktree."""
    if os.path.lexists(staging.making):
        remove_tree(staging.making)
    forget(staging.making, common_dir)
    staging.clear()


def forget(path: str, common_dir: str) -> None:
    """Remove git's entry of a worktree whose folder is gone. Raises `GitError`."""
    shared = _shared(common_dir)
    for facts in git_facts(common_dir, shared):
        if facts["worktree"] == path or os.path.realpath(facts["worktree"]) == path:
            process.run(["worktree", "remove", "--force", "--force", facts["worktree"]], cwd=common_dir, env=shared)


def _shared(common_dir: str) -> dict[str, str]:
    """The environment for git commands about all worktrees of a repository."""
    return {**process.TRUSTED, "GIT_DIR": common_dir}


def _staging_folder(folder: ArchiveFolder, path: str) -> StagingFolder:
    parent, name = os.path.split(path)
    return StagingFolder(os.path.join(parent, f".forksight-{os.path.basename(folder.path)[-8:]}"), name)


def _stamp(folder: ArchiveFolder, path: str, moment: int) -> None:
    """Record until when changes of a worktree are known (nanoseconds since the epoch), and which folder it is."""
    folder.write(STAMP, {"taken": moment, "identity": _identity(path)})


def _identity(path: str) -> list[int]:
    """The device and the inode of a folder, which renaming does not change."""
    facts = os.lstat(path)
    return [facts.st_dev, facts.st_ino]


def _changed_since(top: str, moment: int) -> str | None:
    """A path below `top` that was written, created or removed since `moment` (ns since the epoch); None if there is none."""
    for root, folders, names in packing.walk(top):
        for name in names:
            if os.lstat(os.path.join(root, name)).st_ctime_ns > moment - _TICK:
                return os.path.relpath(os.path.join(root, name), top)
        for name in ("", *folders):
            if os.lstat(os.path.join(root, name)).st_mtime_ns > moment - _TICK:
                return os.path.relpath(os.path.join(root, name), top)
    return None


def _expanded(top: str, names: Iterable[str]) -> Iterator[str]:
    """These relative paths, with each folder (untracked, or another repository) replaced by everything below it."""
    for name in names:
        path = os.path.join(top, name.rstrip("/"))
        if os.path.isdir(path) and not os.path.islink(path):
            inside = [os.path.join(name.rstrip("/"), below) for below in packing.below(path)]
            yield from inside or [name.rstrip("/")]
        else:
            yield name


def _empty_folders(top: str) -> Iterator[str]:
    """The relative paths of empty folders, which git does not record. Caches are left out."""
    for root, folders, names in packing.walk(top):
        path = os.path.relpath(root, top)
        folders[:] = [
            name for name in folders if name != ".git" and not is_cache(top, os.path.normpath(os.path.join(path, name)))
        ]
        if root != top and not names and not os.listdir(root):
            yield path


def _is_file(top: str, name: str) -> bool:
    """Whether there is a file or a link at a relative path, and none of the folders above it is a link."""
    path = os.path.join(top, name)
    real = os.path.join(os.path.realpath(os.path.dirname(path)), "")
    inside = os.path.normpath(real) == os.path.normpath(os.path.join(os.path.realpath(top), os.path.dirname(name)))
    return inside and os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path))


def _clear(top: int, path: str) -> None:
    """Remove a file or link below a held folder, and the folders that are empty without it. A folder at the path is left."""
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
    """Write a text as it is, surrogates as the bytes they stand for, and sync it to the disk."""
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _text(path: str) -> str | None:
    """A file's text; None if there is no file."""
    try:
        return read_text(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _ask(path: str, *arguments: str) -> str:
    """The output of a git command in a worktree. Raises `GitError`."""
    return os.fsdecode(process.run(arguments, cwd=path, env=process.TRUSTED))
