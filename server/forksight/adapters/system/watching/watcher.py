"""Tells when something in a directory changes: through inotify on Linux, FSEvents on macOS."""

import sys

from forksight.core.ports.system import Watcher


def make_watcher() -> Watcher | None:
    """What this system offers; None if it offers nothing, and the caller must look for changes itself."""
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
