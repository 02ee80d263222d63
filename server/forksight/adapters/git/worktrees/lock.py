"""Locks of worktrees (`git worktree lock`) whose reason names a process: Claude Code sets such locks, and leaves them when it ends."""

import re

from forksight.adapters.system.processes import is_running
from forksight.core.cleanup.facts import Lock

_PROCESS = re.compile(r"\(pid (\d+)(?: start (\d+))?\)")
_OF_CLAUDE = "claude session "


def lock(reason: str, common_dir: str) -> Lock:
    """A lock with this reason, and whether the process that it names still runs; None if nobody can tell that here."""
    match = _PROCESS.search(reason)
    if match is None:
        return Lock(reason)
    pid, ticks = int(match[1]), int(match[2]) if match[2] else None
    return Lock(reason, pid, is_running(pid, ticks, common_dir))


def is_left_behind(reason: str, common_dir: str) -> bool:
    """Whether Claude Code set the lock with this reason, and its process is known to have ended."""
    return reason.startswith(_OF_CLAUDE) and lock(reason, common_dir).alive is False
