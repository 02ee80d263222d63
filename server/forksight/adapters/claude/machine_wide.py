"""The Claude Codes that run under any account, as the system's table of processes shows them.

Claude Code itself lists only the interactive ones of one folder (`CLAUDE_CONFIG_DIR`), which belongs to one account.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from forksight.core.sessions.session import LiveProcess, State

if TYPE_CHECKING:
    import psutil

_NAMES = ("claude", "claude.exe")  # as npm links it, and as its package has it
_RUNTIMES = ("node", "bun")  # what runs a Claude Code that came as a script
_SCRIPT = os.path.join("claude-code", "cli.js")


def folders_in_use() -> frozenset[str]:
    """The folders of Claude Code's that this user's running ones work with."""
    return frozenset(folder for _, _, environment in _running() if (folder := _folder(environment)))


def unlisted(known: Collection[int]) -> tuple[LiveProcess, ...]:
    """The running Claude Codes of this user, by where they work now; those of the `known` process ids are left out.

    Which session each runs is not known: it is "".
    """
    return tuple(
        LiveProcess(pid, "", cwd, state=State.LIVE_IDLE) for pid, cwd, _ in _running() if pid not in known and cwd
    )


def unasked() -> tuple[int, ...]:
    """The ids of the running Claude Codes that only somebody else may ask where they work."""
    import psutil

    hidden = []
    for process in psutil.process_iter():
        try:
            if process.name() in _NAMES:
                process.cwd()
        except psutil.AccessDenied:
            hidden.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return tuple(hidden)


def _running() -> Iterator[tuple[int, str, Mapping[str, str]]]:
    """Process id, directory and environment of each Claude Code that this user may ask."""
    import psutil

    for process in psutil.process_iter():
        try:
            if _is_claude(process.name(), process) and process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid, process.cwd(), process.environ()
        except (psutil.Error, OSError):
            continue


def _is_claude(name: str, process: "psutil.Process") -> bool:
    if name in _RUNTIMES:
        return any(argument.endswith(_SCRIPT) for argument in process.cmdline()[1:3])
    return name in _NAMES


def _folder(environment: Mapping[str, str]) -> str:
    home = environment.get("HOME")
    return environment.get("CLAUDE_CONFIG_DIR") or (os.path.join(home, ".claude") if home else "")
