"""Creates the watcher of this system: inotify on Linux, FSEvents on macOS."""

import sys

from forksight.core.ports.system import Watcher


def make_watcher() -> Watcher | None:
    """The watcher of this system; None if there is none, and the caller must poll."""
    try:
        if sys.platform == "linux":
            from forksight.adapters.system.watching.inotify import InotifyWatcher

            return InotifyWatcher()
        if sys.platform == "darwin":
            from forksight.adapters.system.watching.fsevents import FSEventsWatcher

            return FSEventsWatcher()
    except (OSError, ImportError):
        pass  # no instance left, or a system built without: looking now and then still works
    return None
