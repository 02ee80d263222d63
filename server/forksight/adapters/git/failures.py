"""Turns failures of git and the system into one sentence, with what a person can do about it."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from forksight.adapters.system.disk.space import is_full
from forksight.core.git.lock_files import advice_about
from forksight.core.problems import GitError, NotARepositoryError
from forksight.core.words import shell

_COMPLAINTS = ("fatal:", "error:")
# What git says while another one makes a worktree or writes the same file. It does not wait; a moment later all is well.
_BUSY = re.compile(
    r"failed to read .+/commondir|could not lock config file|cannot lock references|\.lock'?: File exists"
)
# How it names the lock that is in the way: one that a killed git left stays there for good.
_LOCK = re.compile(
    r"Unable to create '(.+\.lock)': File exists|could not lock config file (.+?)(?:: File exists)?$", re.MULTILINE
)
# What git says of objects that are missing or damaged.
_BROKEN = re.compile(r"[Cc]ould not read [0-9a-f]{40}|bad (tree )?object|inflate: |corrupt|unable to read")
# What it says of files that it can't write, mostly without the reason.
_UNWRITTEN = re.compile(
    r"write|[Nn]o space left|[Uu]nable to create|[Cc]ould not (open|create|lock)|mkdir|rename|close"
)
_UNNAMED_LOCK = "another git is at work; if none is, remove the .lock file"
_DENIED = "check the folder's permissions"
_MAKE_ROOM = "free some space and try again"

# What is said, and what a person can do about it.
_ADVICE = (
    (
        r"No space left|disk is full|File too large|Disk quota exceeded|disk full|unable to write file",
        _MAKE_ROOM,
    ),
    (r"File name too long", "choose a shorter name"),
    (r"Permission denied|Read-only file system", _DENIED),
    (r"'refs/heads/(.+)' exists; cannot create", "rename that branch, or choose another name"),
    (
        r"\.lock'?: File exists|cannot lock ref|could not lock",
        _UNNAMED_LOCK,
    ),
    (r"already (checked out|used by worktree) at", "go on in that worktree"),
    (r"Not a directory", "a file is where a folder must be: move it away"),
    (r"has it locked", "run `git worktree unlock` if that is outdated"),
    (r"already exists", "move it away, or choose another name"),
)


def failure(arguments: Sequence[str], cwd: str, status: int, complaint: str) -> GitError | NotARepositoryError:
    """The error for `git ARGUMENTS` in `cwd`, which ended with a status and wrote `complaint` to its standard error."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    reason = complaint_in(complaint) or (lines[0].strip() if lines else _ended_with(status))
    if "dubious ownership" in complaint or "unsafe repository" in complaint:
        owned = re.search(r"repository (?:in|at) '(.+?)'", complaint)
        place = owned[1] if owned else cwd
        return GitError(
            f"git refuses to read {place}: it belongs to another user",
            fix=f"if you trust it, run: git config --global --add safe.directory {shell.quote(place)}",
            code="git-unsafe",
        )
    if "not a git repository" in complaint and os.path.lexists(f"{cwd}/.git"):
        return NotARepositoryError(
            f"git does not recognise {cwd}/.git as a repository",
            fix="check that you may read it, and that its HEAD is whole",
        )
    if "not a git repository" in complaint:
        return NotARepositoryError(f"{cwd} is in no git repository", fix="change to one, or run `git init`")
    if _UNWRITTEN.search(reason) and is_full(cwd):
        return GitError(f"git {arguments[0]} failed in {cwd}: {reason} (the disk is full)", fix=_MAKE_ROOM)
    fix = f"run `git {'fsck' if _BROKEN.search(reason) else 'status'}` there to see what is wrong"
    if reason.endswith("Permission denied"):
        fix = _DENIED
    if lock := _LOCK.search(complaint):
        path = os.path.join(cwd, lock[1] or f"{lock[2]}.lock")
        if lock[0].endswith("File exists") or os.path.lexists(path):  # `git config --remove-section` gives no reason
            fix = advice_about(path)
    elif "cannot lock references" in complaint:
        tables = (os.path.join(cwd, folder, "reftable", "tables.list.lock") for folder in ("", ".git"))
        fix = next(map(advice_about, filter(os.path.lexists, tables)), _UNNAMED_LOCK)
    return GitError(
        f"git {arguments[0]} failed in {cwd}: {reason}",
        fix=fix,
        code="git-busy" if _BUSY.search(complaint) else None,
    )


def said_by_git(error: GitError) -> str:
    """git's own message in an error of `failure`, without the command and directory."""
    return re.sub(r"^git \S+ failed in .*?: ", "", str(error))


def complaint_in(text: str) -> str:
    """The first error message in git's standard error; "" if there is none."""
    line = next((line for line in text.splitlines() if line.startswith(_COMPLAINTS)), "")
    return line.partition(":")[2].strip()


@contextmanager
def as_git_error(undone: str) -> Iterator[None]:
    """A context manager that turns errors of git and the system into a `GitError` that begins with `undone`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise GitError(f"{undone} ({reason})", fix=_advice(reason) or "check its permissions") from error
    except GitError as error:
        if error.code not in (GitError.code, "git-busy"):
            raise  # git is missing, too old, too slow, or refuses this user: said well already
        reason = said_by_git(error)
        advice = _advice(reason) or "see `git worktree list`"
        if error.code == "git-busy" and ".lock" in error.fix:
            advice = error.fix
        raise GitError(f"{undone} ({reason.rstrip('.')})", fix=advice) from error


def _advice(reason: str) -> str | None:
    return next((advice for pattern, advice in _ADVICE if re.search(pattern, reason)), None)


def _ended_with(status: int) -> str:
    return f"it was ended by signal {-status}" if status < 0 else f"exit status {status}"
