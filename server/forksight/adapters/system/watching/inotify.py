"""Watches directories with inotify: one instance for the whole process, and one watch for each directory.

Kernel watches are scarce and shared with all other programs, so subdirectories are not watched.
"""

import errno
import os
import select
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from forksight.core.git.paths import inside
from forksight.core.git.watching import SHARE, FileEvent
from forksight.core.ports.system import Watch

Changed = Callable[[Sequence[FileEvent]], None]

_GATHER = 0.01  # seconds in which the events of one burst come together


class InotifyWatcher:
    """One inotify instance for all subscribers, read by a daemon thread."""

    def __init__(self, capacity: int | None = None) -> None:
        """`capacity`: how many directories may be watched; by default a share of what the kernel allows.

        Raises `OSError` if the kernel has no inotify instance left for this user.
        """
        import ctypes

        import inotify_simple
        from inotify_simple import flags

        # It would run ldconfig, or a compiler, to find the C library that is loaded already.
        inotify_simple._libc = inotify_simple._libc or ctypes.CDLL(None, use_errno=True)  # noqa: SLF001
        self._inotify = inotify_simple.INotify()
        self._capacity = _kernel_limit() // SHARE if capacity is None else capacity
        self._mask = int(
            flags.CLOSE_WRITE
            | flags.CREATE
            | flags.DELETE
            | flags.MOVED_FROM
            | flags.MOVED_TO
            | flags.ATTRIB
            | flags.DELETE_SELF
            | flags.MOVE_SELF
            | flags.ONLYDIR
            | flags.EXCL_UNLINK
        )
        self._is_dir, self._gone, self._lost = int(flags.ISDIR), int(flags.IGNORED), int(flags.Q_OVERFLOW)
        self._self = int(flags.DELETE_SELF | flags.MOVE_SELF)
        self._reading = threading.Lock()  # whoever holds it has delivered what was read before
        self._lock = threading.Lock()
        self._directories: dict[int, str] = {}
        self._descriptors: dict[str, int] = {}
        self._subscribers: dict[str, set[_Subscription]] = {}
        self._all: set[_Subscription] = set()
        self._stop, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._read, name="forksight-watch", daemon=True)
        self._thread.start()

    @property
    def capacity(self) -> int | None:
        """How many directories may be watched."""
        return self._capacity

    @property
    def count(self) -> int:
        """How many directories are watched now."""
        return len(self._descriptors)

    def subscribe(self, changed: Changed) -> Watch:
        """A new subscription, without directories."""
        subscription = _Subscription(self, changed)
        with self._lock:
            self._all.add(subscription)
        return subscription

    def close(self) -> None:
        """Stop reading, and release all watches."""
        os.write(self._wake, b"x")
        self._thread.join()
        self._inotify.close()
        os.close(self._stop)
        os.close(self._wake)

    # ------------------------------------------------------------------------------------------ for subscriptions

    def replace(self, subscription: "_Subscription", directories: Sequence[str]) -> frozenset[str]:
        """Replace a subscriber's directories, the first ones first; returns those that exist and can't be watched."""
        unwatched = set()
        requested = set(directories)
        full = False
        with self._lock:
            if subscription not in self._all:  # closed meanwhile
                return frozenset()
            for directory in subscription.directories - requested:
                self._drop(subscription, directory)
            for directory in directories:
                if directory not in self._descriptors:
                    full = full or len(self._descriptors) >= self._capacity
                    error = errno.ENOSPC if full else self._add(directory)
                    full = full or error == errno.ENOSPC
                    if error:
                        if error != errno.EACCES:  # what it holds can't be read anyway; its folder tells when it can
                            unwatched.add(directory)
                        continue
                self._subscribers.setdefault(directory, set()).add(subscription)
            subscription.directories = requested - unwatched
        return frozenset(directory for directory in unwatched if os.path.isdir(directory))

    def catch_up(self) -> None:
        """Deliver all events that the kernel has queued, and so all changes from before this call."""
        with self._reading:
            self._deliver(list(self._inotify.read(timeout=0)))

    def release(self, subscription: "_Subscription") -> None:
        """Remove a subscriber."""
        with self._lock:
            for directory in subscription.directories:
                self._drop(subscription, directory)
            self._all.discard(subscription)

    def _add(self, directory: str) -> int:
        """Watch a directory; returns 0, or the `errno` if that fails."""
        try:
            descriptor = self._inotify.add_watch(directory, self._mask)
        except OSError as error:
            return error.errno or errno.EIO
        self._directories[descriptor] = directory
        self._descriptors[directory] = descriptor
        return 0

    def _drop(self, subscription: "_Subscription", directory: str) -> None:
        subscribers = self._subscribers.get(directory, set())
        subscribers.discard(subscription)
        if not subscribers:
            self._subscribers.pop(directory, None)
            self._forget(directory)

    def _forget(self, directory: str) -> None:
        descriptor = self._descriptors.pop(directory, None)
        if descriptor is not None:
            self._directories.pop(descriptor, None)
            with suppress(OSError):  # a deleted directory took its watch with it
                self._inotify.rm_watch(descriptor)

    def _forget_below(self, top: str) -> None:
        """A directory is gone: drop the watches of its path and all paths below it, at which new directories may be created."""
        for directory in [watched for watched in self._descriptors if inside(watched, top)]:
            self._forget(directory)
            for subscription in self._subscribers.pop(directory, ()):
                subscription.directories.discard(directory)

    # ------------------------------------------------------------------------------------------ the thread

    def _read(self) -> None:
        poller = select.poll()
        poller.register(self._inotify.fileno(), select.POLLIN)
        poller.register(self._stop, select.POLLIN)
        stopping = select.poll()  # `select.select` takes no descriptor from 1,024 on
        stopping.register(self._stop, select.POLLIN)
        while self._stop not in (ready := dict(poller.poll())):
            if ready:
                stopping.poll(1000 * _GATHER)
                self.catch_up()

    def _deliver(self, events: Sequence[tuple[int, int, int, str]]) -> None:
        events_by_subscription: dict[_Subscription, list[FileEvent]] = {}
        with self._lock:
            for descriptor, mask, _, name in events:
                if mask & self._lost:
                    for subscription in self._all:
                        events_by_subscription.setdefault(subscription, []).append(FileEvent("", "", is_dir=True))
                    continue
                directory = self._directories.get(descriptor)
                if directory is None:
                    continue
                subscribers = tuple(self._subscribers.get(directory, ()))
                if mask & (self._gone | self._self):
                    self._forget_below(directory)
                event = FileEvent(directory, name, bool(mask & (self._is_dir | self._self)))
                for subscription in subscribers:
                    events_by_subscription.setdefault(subscription, []).append(event)
        for subscription, new_events in events_by_subscription.items():
            subscription.changed(new_events)


class _Subscription:
    """One subscriber's directories (`core.ports.system.Watch`)."""

    def __init__(self, watcher: InotifyWatcher, changed: Changed) -> None:
        self.changed = changed
        self.directories: set[str] = set()
        self._watcher = watcher

    def replace(self, directories: Sequence[str]) -> Collection[str]:
        """Watch these directories from now on; returns those that exist and can't be watched."""
        return self._watcher.replace(self, directories)

    def catch_up(self) -> None:
        """Deliver all queued events, for every subscriber."""
        self._watcher.catch_up()

    def close(self) -> None:
        """Stop watching."""
        self._watcher.release(self)


def _kernel_limit() -> int:
    try:
        with open("/proc/sys/fs/inotify/max_user_watches", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 8192  # the kernel's default
