"""Events of watched files, heard and waited for."""

import sys
import threading
from collections.abc import Callable, Sequence

import pytest

from forksight.core.git.watching import FileEvent

inotify = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


class Heard:
    """Events, and waiting for them."""

    def __init__(self) -> None:
        self.events: list[FileEvent] = []
        self._news = threading.Condition()

    def __call__(self, events: Sequence[FileEvent]) -> None:
        with self._news:
            self.events += events
            self._news.notify_all()

    def wait(self, wanted: Callable[[FileEvent], bool]) -> FileEvent:
        """The first event that is wanted, now or later."""
        with self._news:
            assert self._news.wait_for(lambda: any(map(wanted, self.events)), 120), self.events
        return next(filter(wanted, self.events))

    def wait_for_name(self, name: str) -> FileEvent:
        """The first event of a file of that name, now or later."""
        return self.wait(lambda event: event.name == name)
