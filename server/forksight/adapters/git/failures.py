"""What git or the system says when it fails, as one sentence, and what a person can do about it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from forksight.adapters.git import process
from forksight.core.problems import GitError

# What git says, and what a person can do about it.
_ADVICE = (
    (
        r"No space left|disk is full|File too large|Disk quota exceeded|disk full|unable to write file",
        "free some space and try again",
    ),
    (r"File name too long", "choose a shorter name"),
    (r"Permission denied|Read-only file system", "check the folder's permissions"),
    (r"'refs/heads/(.+)' exists; cannot create", "rename that branch, or choose another name"),
    (
        r"\.lock'?: File exists|cannot lock ref|could not lock",
        "another git is at work; if none is, remove the .lock file",
    ),
    (r"already (checked out|used by worktree) at", "go on in that worktree"),
    (r"Not a directory", "a file is where a folder must be: move it away"),
    (r"has it locked", "run `git worktree unlock` if that is outdated"),
    (r"already exists", "move it away, or choose another name"),
)


@contextmanager
def as_git_error(failure: str) -> Iterator[None]:
    """Turn what git or the system says into one sentence that begins with what could not be done, and ends with what can be."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, reason)), "check its permissions")
        raise GitError(f"{failure} ({reason})", fix=advice) from error
    except GitError as error:
        if error.code not in (
            GitError.code,
            "git-busy",
        ):  # git is missing, too old, too slow, or refuses this user: said well already
            raise
        reason = process.said_by_git(error)
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, reason)), "see `git worktree list`")
        if error.code == "git-busy" and ".lock" in error.fix:
            advice = error.fix
        raise GitError(f"{failure} ({reason.rstrip('.')})", fix=advice) from error
