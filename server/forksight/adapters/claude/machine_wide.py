"""Finds every running Claude Code in the system's process table, whichever account it uses.

Claude Code's own state files list only the interactive ones of one configuration folder, which belongs to one account.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import psutil

_NAMES = ("claude", "claude.exe")  # npm's link, and the binary in the npm package
_RUNTIMES = ("node", "bun")  # they run a Claude Code that is installed as a script
_SCRIPT = os.path.join("claude-code", "cli.js")


class RunningClaude(NamedTuple):
    """A running Claude Code process of this user."""

    pid: int
    cwd: str
    config_dir: str  # its configuration folder; "" if unknown


def find_running() -> tuple[tuple[RunningClaude, ...], tuple[int, ...]]:
    """The Claude Code processes of this user, and the process ids of those whose directory this user may not read."""
    import psutil

    running, unreadable = [], []
    for process in psutil.process_iter():
        try:
            if not _is_claude(process):
                continue
            try:
                cwd = process.cwd()
            except psutil.AccessDenied:
                unreadable.append(process.pid)
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(RunningClaude(process.pid, cwd, _config_dir(process.environ())))
        except (psutil.Error, OSError):
            continue
    return tuple(running), tuple(unreadable)


def _is_claude(process: "psutil.Process") -> bool:
    name = process.name()
    if name in _RUNTIMES:
        return any(argument.endswith(_SCRIPT) for argument in process.cmdline()[1:3])
    return name in _NAMES


def _config_dir(environment: Mapping[str, str]) -> str:
    home = environment.get("HOME")
    return environment.get("CLAUDE_CONFIG_DIR") or (os.path.join(home, ".claude") if home else "")
