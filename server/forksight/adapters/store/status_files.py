"""The status of worktrees, kept for `forksight statusline` in the person's cache: a small JSON file for each worktree.

Beside it lies a lock file: the process that keeps the status current holds it, and its time of change says when a status line
was last shown there. What nobody shows, nobody keeps. This module imports only what costs nothing; see `core.agents.status_line`.
"""

import fcntl
import os
import sys
import time

_WANTED = 3600.0  # seconds after a status line was shown in which a worktree's status is kept
_CURRENT = 60.0  # seconds after which a status is out of date, though somebody seems to keep it
_FORGOTTEN = 30 * 86_400.0  # seconds after which the files of a worktree go


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
        age = _CURRENT
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            lock = os.open(self._lock(worktree), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return kept, False
        try:
            os.utime(lock)
            with open(self._file(worktree), encoding="utf-8") as file:
                parsed = parse_json(file.read())
                age = time.time() - os.fstat(file.fileno()).st_mtime
            if isinstance(parsed, dict) and parsed.get("worktree") == worktree:
                kept = parsed
            return kept, bool(kept) and age < _CURRENT and is_locked(lock)
        except (OSError, ValueError):
            return {}, False
        finally:
            os.close(lock)

    def reserve(self, worktree: str) -> int | None:
        """The locked lock file of a worktree, to be handed to a process that adopts it; None if somebody keeps its status.

        It is open above the standard streams, and stays so in programs that this process becomes. The lock lasts until the
        last process that has it open ends. What is kept is out of date from now on.
        """
        lock = self._lock_now(worktree)
        if lock is None:
            return None
        try:
            handed = fcntl.fcntl(lock, fcntl.F_DUPFD, 3)
        except OSError:
            return None
        finally:
            os.close(lock)
        self._outdate(worktree)
        return handed

    def renewed(self, worktree: str) -> float:
        """When the status of a worktree was last kept, in seconds since the epoch; 0 if never."""
        try:
            return os.stat(self._file(worktree)).st_mtime
        except OSError:
            return 0.0

    # ------------------------------------------------------------------------------------------------- who keeps them

    def adopt(self, worktree: str, lock: int) -> None:
        """Let this process keep the status of a worktree by what `reserve` gave another one; nothing if it is of another worktree."""
        try:
            if os.path.samestat(os.fstat(lock), os.stat(self._lock(worktree))):
                os.set_inheritable(lock, False)
                self._held[worktree] = lock
                self._forget()
        except OSError:
            return

    def hold(self, worktree: str) -> bool:
        """Whether this process keeps the status of a worktree: a status line is shown there, and nobody else keeps it."""
        try:
            wanted = time.time() - os.stat(self._lock(worktree)).st_mtime < _WANTED
        except OSError:
            wanted = False
        if not wanted:
            self.release(worktree)
        elif worktree not in self._held:
            self._take(worktree)
        return worktree in self._held

    def keep(self, worktree: str, text: str) -> None:
        """Keep a status, which is current until the next call is overdue. `text` is its JSON."""
        path = self._file(worktree)
        unfinished = f"{path}.{os.getpid()}"
        try:
            with open(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w") as file:
                file.write(text)
            os.replace(unfinished, path)
        except OSError:
            self.release(worktree)

    def release(self, worktree: str) -> None:
        """Keep its status no longer."""
        lock = self._held.pop(worktree, None)
        if lock is not None:
            os.close(lock)

    def _take(self, worktree: str) -> None:
        lock = self._lock_now(worktree)
        if lock is not None:
            self._held[worktree] = lock
            self._outdate(worktree)
            self._forget()

    def _lock_now(self, worktree: str) -> int | None:
        """The lock file of a worktree, open and locked; None if somebody else has locked it, or it can't be."""
        try:
            lock = os.open(self._lock(worktree), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        return lock

    def _outdate(self, worktree: str) -> None:
        """Let what another process kept not be current before this one has looked."""
        try:
            os.utime(self._file(worktree), (0, 0))
        except OSError:
            return

    def _forget(self) -> None:
        """Remove the files of worktrees in which no status line was shown for long."""
        try:
            names = [name.removesuffix(".lock") for name in os.listdir(self._folder) if name.endswith(".lock")]
        except OSError:
            return
        for name in names:
            path = os.path.join(self._folder, name)
            try:
                if time.time() - os.stat(f"{path}.lock").st_mtime > _FORGOTTEN:
                    os.unlink(f"{path}.lock")
                    os.unlink(f"{path}.json")
            except OSError:
                continue

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


def is_locked(lock: int) -> bool:
    """Whether somebody else holds the lock of this open file."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False
