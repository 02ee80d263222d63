"""This machine (`core.ports.system.Machine`)."""

import os
import sys
from collections.abc import Sequence

from forksight.adapters.claude import program
from forksight.adapters.git import process
from forksight.core.git.watching import INSTANCES, WATCHES, Attempt


class ThisMachine:
    """The machine that this process runs on."""

    @property
    def home(self) -> str:
        """See `core.ports.system.Machine`."""
        return os.path.expanduser("~")

    def git_version(self) -> str:
        """See `core.ports.system.Machine`."""
        return ".".join(map(str, process.version()))

    def claude_version(self, path: str) -> str:
        """See `core.ports.system.Machine`."""
        return program.version(path)

    def try_watching(self, directories: Sequence[str]) -> Attempt:
        """See `core.ports.system.Machine`."""
        if sys.platform != "linux":
            return Attempt()
        from forksight.adapters.system.watching.inotify import InotifyWatcher

        try:
            watcher = InotifyWatcher()
        except OSError:
            return Attempt(len(directories), INSTANCES, _value(INSTANCES))
        try:
            left_out = watcher.subscribe(lambda _: None).replace(directories)
        finally:
            watcher.close()
        return Attempt(len(left_out), WATCHES, _value(WATCHES))


def _value(setting: str) -> int | None:
    try:
        with open(f"/proc/sys/{setting.replace('.', '/')}", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None
