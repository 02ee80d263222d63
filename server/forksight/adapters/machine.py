"""This machine, as the doctor looks at it (`core.ports.Machine`)."""

import sys

from forksight.adapters import claude, git

_WATCH_LIMIT = "/proc/sys/fs/inotify/max_user_watches"


class ThisMachine:
    """The machine that we run on."""

    def git_version(self) -> str:
        """See `core.ports.Machine`."""
        return ".".join(map(str, git.version()))

    def claude_version(self, path: str) -> str:
        """See `core.ports.Machine`."""
        return claude.version(path)

    def watch_limit(self) -> int | None:
        """See `core.ports.Machine`."""
        if sys.platform != "linux":
            return None
        try:
            with open(_WATCH_LIMIT, encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None
