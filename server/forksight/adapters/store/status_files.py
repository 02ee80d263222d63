"""The cached status of worktrees for `forksight statusline`: a small JSON file for each worktree in the user's cache.

Beside it is a lock file. The process that keeps the status current holds its lock, and its mtime says when a status line was
last shown in the worktree: a status that is not shown is not kept current. Links are not followed, and files of other users
count as absent. This module imports only what loads at once; see `core.agents.status_line`.
"""

import fcntl
import os
import sys
import time

from forksight.adapters.store.status_lock import (
    SAFELY,
    has_kept,
    is_locked,
    is_there,
    lock_now,
    open_own,
    remove,
    take_over,
    time_limit,
)

_WANTED = 3600.0  # seconds for which a status is kept current after it was last shown
_CURRENT = 60.0  # seconds after which a status is out of date even if a process holds its lock
_FORGOTTEN = 30 * 86_400.0  # seconds after which the files of a worktree are deleted if its status is not shown
_UNFINISHED = 3600.0  # seconds after which an incomplete file is deleted, since its writer was killed
_LARGEST = 1 << 20  # bytes of a status that are read


def cache_folder(environment: "os._Environ[str] | dict[str, str]") -> str:
    """The folder of Forksight's caches: the same as platformdirs' `user_cache_dir`, which takes longer to load."""
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/forksight")
    return os.path.join(environment.get("XDG_CACHE_HOME", "").strip() or os.path.expanduser("~/.cache"), "forksight")


def worktree_of(path: str) -> str | None:
    """The innermost folder with a `.git` that contains `path` (or is it), with links resolved; None if there is none."""
    folder = os.path.realpath(path)
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def head_of(worktree: str) -> str | None:
    """The branch that is checked out in a worktree, or "detached"; None if it can't be read."""
    git_dir = os.path.join(worktree, ".git")
    try:
        if os.path.isfile(git_dir):
            with open(git_dir, encoding="utf-8", errors="surrogateescape", opener=_at_once) as link:
                git_dir = os.path.join(worktree, link.read(4096).removeprefix("gitdir:").strip())
        head_file = os.path.join(git_dir, "HEAD")
        with open(head_file, encoding="utf-8", errors="surrogateescape", opener=_at_once) as file:
            head = file.read(4096).strip()
    except OSError:
        return None
    if not head.startswith("ref:"):
        return "detached"
    ref = head.removeprefix("ref:").strip()
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") and ref != "refs/heads/.invalid" else None


def _at_once(path: str, flags: int) -> int:
    """An `opener` that does not block if the file is a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


class StatusFiles:
    """The status files in one folder. No method raises `OSError`: what can't be written is not cached."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "status")
        self._held: dict[str, int] = {}  # worktree -> the descriptor of its lock file, which this process has locked

    # ------------------------------------------------------------------------------------------ who shows a status line

    def read(self, worktree: str) -> tuple[dict[str, object], bool]:
        """A worktree's cached status (empty without one), and whether it is current. Records that it is shown now."""
        kept: dict[str, object] = {}
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            lock = open_own(self._lock(worktree), os.O_RDWR | os.O_CREAT)
        except OSError:
            return kept, False
        try:
            os.utime(lock)
            parsed, renewed = self._kept(worktree)
            if isinstance(parsed, dict) and parsed.get("worktree") == worktree:
                kept = parsed
            return kept, bool(kept) and abs(time.time() - renewed) < _CURRENT and is_locked(lock)
        except (OSError, ValueError):
            return {}, False
        finally:
            os.close(lock)

    def reserve(self, worktree: str) -> tuple[int, float] | None:
        """Lock a worktree's lock file for a process that will `adopt` it; returns its descriptor, and the time limit in seconds.

        None if another process keeps the status. The descriptor is inherited by programs that this process becomes, and is no
        standard stream. The lock lasts until the last process that has it open ends, or until the limit passes without a
        status having been written. The cached status counts as out of date from now on.
        """
        lock = lock_now(self._lock(worktree))
        if lock is None:
            lock = take_over(self._lock(worktree))
        if lock is None:
            return None
        try:
            inheritable = fcntl.fcntl(lock, fcntl.F_DUPFD, 3)
        except OSError:
            return None
        finally:
            os.close(lock)
        self._outdate(worktree)
        return inheritable, time_limit(inheritable)

    def renewed(self, worktree: str) -> float:
        """When a worktree's status was last written, in seconds since the epoch; 0 if never."""
        try:
            return os.lstat(self._file(worktree)).st_mtime
        except OSError:
            return 0.0

    # ------------------------------------------------------------------------------------------------- who keeps them

    def adopt(self, worktree: str, lock: int) -> None:
        """Let this process keep a worktree's status, with the descriptor that `reserve` returned in the process that started it.

        Does nothing if that is not the worktree's lock file.
        """
        if is_there(lock, self._lock(worktree)):
            os.set_inheritable(lock, False)
            self._held[worktree] = lock
            self._forget()

    def hold(self, worktree: str) -> bool:
        """See `core.ports.store.StatusFiles`. Takes the lock if it is free."""
        try:
            wanted = abs(time.time() - os.lstat(self._lock(worktree)).st_mtime) < _WANTED
        except OSError:
            wanted = False
        if not wanted or not self._is_held(worktree):
            self.release(worktree)
        if wanted and worktree not in self._held:
            self._take(worktree)
        return worktree in self._held

    def keep(self, worktree: str, text: str) -> None:
        """See `core.ports.store.StatusFiles`. Writes nothing if another process has taken over the lock."""
        path = self._file(worktree)
        unfinished = f"{path}.{os.urandom(8).hex()}"
        try:
            with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | SAFELY, 0o600), "w") as file:
                file.write(text)
            if self._is_held(worktree):
                os.replace(unfinished, path)
                has_kept(self._held[worktree])
            else:
                self.release(worktree)
                os.unlink(unfinished)
        except OSError:
            self.release(worktree)
            remove(unfinished)

    def release(self, worktree: str) -> None:
        """See `core.ports.store.StatusFiles`."""
        lock = self._held.pop(worktree, None)
        if lock is not None:
            os.close(lock)

    def _take(self, worktree: str) -> None:
        lock = lock_now(self._lock(worktree))
        if lock is not None:
            self._held[worktree] = lock
            self._outdate(worktree)
            self._forget()

    def _is_held(self, worktree: str) -> bool:
        return worktree in self._held and is_there(self._held[worktree], self._lock(worktree))

    def _kept(self, worktree: str) -> tuple[object, float]:
        """A worktree's cached JSON value, and when it was written, in seconds since the epoch. Raises `OSError`, `ValueError`."""
        handle = open_own(self._file(worktree), os.O_RDONLY)
        try:
            text = os.read(handle, _LARGEST).decode()
            return parse_json(text), os.fstat(handle).st_mtime
        finally:
            os.close(handle)

    def _outdate(self, worktree: str) -> None:
        """Mark the status that another process wrote as out of date."""
        try:
            os.utime(self._file(worktree), (0, 0), follow_symlinks=False)
        except OSError:
            return

    def _forget(self) -> None:
        """Delete the files of worktrees whose status was not shown for long, and incomplete files of killed processes."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return
        for name in names:
            path = os.path.join(self._folder, name)
            stem, _, rest = name.partition(".")
            try:
                age = time.time() - os.lstat(path).st_mtime
            except OSError:
                continue
            if rest == "lock" and age > _FORGOTTEN:
                remove(path)
                remove(os.path.join(self._folder, f"{stem}.json"))
            elif rest.startswith(("lock.", "json.")) and age > _UNFINISHED:
                remove(path)

    def _file(self, worktree: str) -> str:
        return os.path.join(self._folder, f"{_name(worktree)}.json")

    def _lock(self, worktree: str) -> str:
        return os.path.join(self._folder, f"{_name(worktree)}.lock")


def parse_json(text: str) -> object:
    """The value of a JSON text. Raises `ValueError`.

    Uses the scanner of the `json` module directly: to import that module takes as long as everything else that a status line
    does.
    """
    try:
        from _json import make_scanner
    except ImportError:  # an interpreter that is not CPython
        import json

        return json.loads(text)
    try:
        value, _ = make_scanner(_Rules())(text.strip(), 0)  # type: ignore[arg-type] # whatever has these attributes will do
    except (StopIteration, SystemError):  # the latter: the scanner can't raise the error of `json`, which is not loaded
        raise ValueError("it is no JSON") from None
    return value


class _Rules:
    """The options that `json` passes to the scanner."""

    strict = False
    object_hook = object_pairs_hook = None
    parse_float = parse_constant = float
    parse_int = int


def _name(worktree: str) -> str:
    """The stem of the names of a worktree's files."""
    data = worktree.encode("utf-8", "surrogateescape")
    try:
        from _blake2 import blake2b  # hashlib loads OpenSSL
    except ImportError:
        from hashlib import blake2b
    return blake2b(data, digest_size=12).hexdigest()
