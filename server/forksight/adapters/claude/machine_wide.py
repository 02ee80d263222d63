"""The Claude Codes that run under any account, as the system's table of processes shows them.

Claude Code itself lists only the interactive ones of one folder (`CLAUDE_CONFIG_DIR`), which belongs to one account.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import psutil

_NAMES = ("claude", "claude.exe")  # as npm links it, and as its package has it
_RUNTIMES = ("node", "bun")  # what runs a Claude Code that came as a script
_SCRIPT = os.path.join("claude-code", "cli.js")


class RunningClaude(NamedTuple):
    """A running Claude Code of this user."""

    pid: int
    cwd: str  # where it works now
    folder: str  # the folder of Claude Code's that it works with; "" if unknown


def look() -> tuple[tuple[RunningClaude, ...], tuple[int, ...]]:
    """The running Claude Codes of this user, and the ids of those that only somebody else may ask where they work."""
    import psutil

    running, hidden = [], []
    for process in psutil.process_iter():
        try:
            if not _is_claude(process):
                continue
            try:
                cwd = process.cwd()
            except psutil.AccessDenied:
                hidden.append(process.pid)
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(RunningClaude(process.pid, cwd, _folder(process.environ())))
        except (psutil.Error, OSError):
            continue
    return tuple(running), tuple(hidden)


def _is_claude(process: "psutil.Process") -> bool:
    name = process.name()
    if name in _RUNTIMES:
        return any(argument.endswith(_SCRIPT) for argument in process.cmdline()[1:3])
    return name in _NAMES


def _folder(environment: Mapping[str, str]) -> str:
    home = environment.get("HOME")
    return environment.get("CLAUDE_CONFIG_DIR") or (os.path.join(home, ".claude") if home else "")
