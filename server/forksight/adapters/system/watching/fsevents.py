"""Watches directories with FSEvents, through watchdog: one stream for each top directory.

FSEvents watches whole trees at no extra cost. Events in directories that were not asked for (ignored ones) are dropped here.
"""

import os
import threading
from collections.abc import Callable, Collection, Sequence

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from forksight.core.git.watching import FileEvent, tops

Changed = Callable[[Sequence[FileEvent]], None]


class FSEventsWatcher:
    """The watcher on macOS (`core.ports.system.Watcher`)."""

    capacity: int | None = None  # a stream costs no more for a large tree

    def subscribe(self, changed: Changed) -> "_Subscription":
        """A new subscription, without directories."""
        return _Subscription(changed)


class _Subscription(FileSystemEventHandler):  # type: ignore[misc]  # watchdog is only installed on macOS
    """One subscriber's directories (`core.ports.system.Watch`)."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._observer = Observer()
        self._observer.daemon = True
        self._observer.start()
        self._lock = threading.Lock()
        self._wanted: frozenset[str] = frozenset()
        self._streams: dict[str, object] = {}

    def replace(self, directories: Sequence[str]) -> Collection[str]:
        """Watch these directories from now on; returns those that exist and can't be watched."""
        self._wanted = frozenset(directories)
        roots = set(tops(directories))
        failed = []
        with self._lock:
            for top in self._streams.keys() - roots:
                self._observer.unschedule(self._streams.pop(top))
            for top in roots - self._streams.keys():
                try:
                    self._streams[top] = self._observer.schedule(self, top, recursive=True)
                except OSError:
                    failed.append(top)
        return [top for top in failed if os.path.isdir(top)]

    def catch_up(self) -> None:
        """Does nothing: FSEvents can't be asked to deliver events."""

    def close(self) -> None:
        """Stop watching."""
        self.replace(())
        self._observer.stop()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Report a change in one of the watched directories."""
        paths = {os.fsdecode(path) for path in (event.src_path, event.dest_path) if path}
        events = []
        for path in paths:
            directory, name = os.path.split(path)
            if directory in self._wanted:
                events.append(FileEvent(directory, name, bool(event.is_directory)))
            if path in self._wanted and event.event_type in ("deleted", "moved"):
                events.append(FileEvent(path, "", is_dir=True))
        if events:
            self._changed(events)
