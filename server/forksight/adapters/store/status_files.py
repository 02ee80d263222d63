"""The status of worktrees, kept for `forksight statusline` in the person's cache: a small JSON file for each worktree.

Beside it lies a lock file: the process that keeps the status current holds it, and its time of change says when a status line
was last shown there. What nobody shows, nobody keeps. Links in the place of any of these files are not followed, and those of
other users are not there. This module imports only what costs nothing; see `core.agents.status_line`.
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

_WANTED = 3600.0  # seconds after a status line was shown in which a worktree's status is kept
_CURRENT = 60.0  # seconds after which a status is out of date, though somebody seems to keep it
_FORGOTTEN = 30 * 86_400.0  # seconds after which the files of a worktree go
_UNFINISHED = 3600.0  # seconds after which a file goes whose writer was killed
_LARGEST = 1 << 20  # bytes of what is kept


def cache_folder(environment: "os._Environ[str] | dict[str, str]") -> str:
    """Where Forksight's caches are, as platformdirs has it."""
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/forksight")
    return os.path.join(environment.get("XDG_CACHE_HOME", "").strip() or os.path.expanduser("~/.cache"), "forksight")


def worktree_of(path: str) -> str | None:
    """The resolved path of the innermost folder on the way to `path` that has a `.git`."""
    folder = os.path.realpath(path)
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def head_of(worktree: str) -> str | None:
    """The branch that is checked out there, "detached", or None if that can't be told."""
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
    """An opener that waits for nobody where a repository has a pipe in place of a file."""
    return os.open(path, flags | os.O_NONBLOCK)


class StatusFiles:
    """The files in one folder. No method raises `OSError`: what can't be kept is not there."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "status")
        self._held: dict[str, int] = {}  # open lock files, by worktree

    # ------------------------------------------------------------------------------------------ who shows a status line

    def read(self, worktree: str) -> tuple[dict[str, object], bool]:
        """What is kept of a worktree, empty without anything; and whether it is current. From now on it is wanted."""
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
        """The locked lock file of a worktree, to be handed to a process that adopts it, and for how many seconds it is that one's;
        None if somebody keeps its status.

        It is open above the standard streams, and stays so in programs that this process becomes. The lock lasts until the
        last process that has it open ends; whoever has kept nothing by the end of its time loses it. What is kept is out of
        date from now on.
        """
        lock = lock_now(self._lock(worktree))
        if lock is None:
            lock = take_over(self._lock(worktree))
        if lock is None:
            return None
        try:
            handed = fcntl.fcntl(lock, fcntl.F_DUPFD, 3)
        except OSError:
            return None
        finally:
            os.close(lock)
        self._outdate(worktree)
        return handed, time_limit(handed)

    def renewed(self, worktree: str) -> float:
        """When the status of a worktree was last kept, in seconds since the epoch; 0 if never."""
        try:
            return os.lstat(self._file(worktree)).st_mtime
        except OSError:
            return 0.0

    # ------------------------------------------------------------------------------------------------- who keeps them

    def adopt(self, worktree: str, lock: int) -> None:
        """Let this process keep the status of a worktree by what `reserve` gave another one; nothing if it is of another worktree."""
        if is_there(lock, self._lock(worktree)):
            os.set_inheritable(lock, False)
            self._held[worktree] = lock
            self._forget()

    def hold(self, worktree: str) -> bool:
        """Whether this process keeps the status of a worktree: a status line is shown there, and nobody else keeps it."""
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
        """Keep a status, which is current until the next call is overdue; nothing of one that this process held for so long
        that another one took it over. `text` is its JSON."""
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
        """Keep its status no longer."""
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
        """What is kept of a worktree, and when that was, in seconds since the epoch. Raises `OSError`, `ValueError`."""
        handle = open_own(self._file(worktree), os.O_RDONLY)
        try:
            text = os.read(handle, _LARGEST).decode()
            return parse_json(text), os.fstat(handle).st_mtime
        finally:
            os.close(handle)

    def _outdate(self, worktree: str) -> None:
        """Let what another process kept not be current before this one has looked."""
        try:
            os.utime(self._file(worktree), (0, 0), follow_symlinks=False)
        except OSError:
            return

    def _forget(self) -> None:
        """Remove the files of worktrees in which no status line was shown for long, and what killed processes have left."""
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

    By the scanner that `json` is written on: `import json` takes as long as all else that a status line does.
    """
    try:
        from _json import make_scanner
    except ImportError:  # an interpreter that is not CPython
        import json

        return json.loads(text)
    try:
        value, _ = make_scanner(_Rules())(text.strip(), 0)  # type: ignore[arg-type] # whatever has these attributes will do
    except (StopIteration, SystemError):  # SystemError: its own error is defined in `json`, which is not loaded
        raise ValueError("it is no JSON") from None
    return value


class _Rules:
    """How `json` would have the scanner read."""

    strict = False
    object_hook = object_pairs_hook = None
    parse_float = parse_constant = float
    parse_int = int


def _name(worktree: str) -> str:
    data = worktree.encode("utf-8", "surrogateescape")
    try:
        from _blake2 import blake2b  # hashlib loads OpenSSL
    except ImportError:
        from hashlib import blake2b
    return blake2b(data, digest_size=12).hexdigest()
