"""Follows a repository: keeps its overlap engine current as worktrees are edited, committed, switched, made and removed.

One thread for each repository. It runs submitted jobs first, then scans what the watcher reported as changed, a burst of events
at once. What can't be watched is polled, as often as one per cent of a core allows.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from forksight.core.git.snapshot import Worktree
from forksight.core.git.watching import INSTANCES, WATCHES, FileEvent, Places
from forksight.core.ports.git import Repository
from forksight.core.ports.system import Watch, Watcher
from forksight.core.problems import Problem
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.watched_places import lost_worktrees, places_in, unwatched_problem, where_files_are

_QUIET = 0.1  # seconds without an event after which a change is looked at
_PATIENCE = 0.5  # seconds after which it is looked at though events keep coming
_RETRY = 1.0  # seconds after which what failed is tried again, twice as long each time
_RETRIES = 5  # in a row
_FORGIVEN = 60.0  # seconds after the last of them until so many may follow again
_MOST_EVENTS = 10_000  # that are remembered while a scan is under way
_SHARE = 0.01  # of one core, for polling
_POLL = 0.5  # seconds between two polls, at least

Everything = None  # stands for all worktrees, and the list of them


class Follower:
    """Keeps one engine current on a thread of its own.

    On that thread, `changed` is called after the first scan and after each scan that found changes, and `failed` with what a
    scan or a job raised; the thread continues then.
    """

    def __init__(
        self,
        repository: Repository,
        engine: OverlapEngine,
        watcher: Watcher | None,
        *,
        changed: Callable[[], None],
        failed: Callable[[Exception], object],
        compares_refs: bool = False,
    ) -> None:
        self._repository = repository
        self._engine = engine
        self._changed = changed
        self._failed = failed
        self._compares_refs = compares_refs
        self._condition = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._dirty: dict[str | None, tuple[float, float]] = {}  # worktree -> when its first and last event came
        self._meanwhile: dict[FileEvent, None] | None = None  # events since the scan under way began; None without one
        self._under_scan: Sequence[str | None] = (Everything,)  # what the scan under way, or the first one, looks at
        self._retry_at: float | None = None
        self._retries = 0
        self._retried = 0.0
        self._stale_places = False
        self._files: Mapping[Worktree, frozenset[str]] = {}
        self._lost: frozenset[str] = frozenset()
        self._closed = False
        # Whether what can be watched is: before, no event says what has changed since the first scan.
        self._follows = False
        self.scanned = threading.Event()  # set after the first scan, or when following ends before
        self._places = Places()
        self._unwatched: list[str | None] = []
        self._next_poll = 0.0
        self._watch: Watch | None = watcher.subscribe(self._heard) if watcher else None
        self._thread = threading.Thread(target=self._run, name="forksight-follow", daemon=True)

    def start(self) -> None:
        """Scan everything, then follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop following. A scan that is going on is not waited for."""
        with self._condition:
            self._closed = True
            self.scanned.set()
            self._jobs.clear()
            self._condition.notify()
        if self._watch:
            self._watch.close()

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job on the follower's thread, after the first scan and before the next one."""
        with self._condition:
            self._jobs.append(job)
            self._condition.notify()

    def tell(self) -> None:
        """Have `changed` called on the follower's thread, because another scan found changes."""
        self.submit(self._tell)

    def look_again(self) -> None:
        """Scan everything and call `changed` even if nothing changed, because something could not be answered."""
        self.submit(self._scan_and_tell)

    def look_later(self) -> None:
        """Scan again in a while, because something could not be read. Given up after a number of times."""
        now = time.monotonic()
        with self._condition:
            if now - self._retried > _FORGIVEN:
                self._retries = 0
            if self._retry_at is None and self._retries < _RETRIES:
                self._retry_at = self._retried = now + _RETRY * 2**self._retries
                self._retries += 1
                self._condition.notify()

    def look(self, worktree: str) -> None:
        """Scan a worktree soon, because the caller knows that it has changed."""
        with self._condition:
            self._dirty[worktree] = (0.0, 0.0)
            self._condition.notify()

    def refresh(self, worktrees: Sequence[str | None]) -> None:
        """Scan these worktrees now. Only to be called by jobs, on the follower's thread."""
        with self._condition:
            stale, self._stale_places = self._stale_places, False
            self._meanwhile = {}
            self._under_scan = worktrees
        try:
            if stale:  # before the scan: what a new watch misses, the scan sees
                self._attempt(lambda: self._watch_places(anew=True))
            if Everything in worktrees:
                news = self._engine.refresh()
            else:
                news = self._engine.refresh([worktree for worktree in worktrees if worktree])
            if news:
                self._tell()
        finally:
            with self._condition:
                self._meanwhile = None
                self._under_scan = ()

    def catch_up(self, worktrees: Sequence[str] = ()) -> None:
        """Scan these worktrees now, and all others that have changed. Only to be called by jobs, on the follower's thread."""
        due = list(dict.fromkeys([*worktrees, *self.unseen()]))
        with self._condition:
            self._under_scan = due
            for worktree in due:
                self._dirty.pop(worktree, None)
        try:
            if due:
                self.refresh(due)
        except Exception:
            self.look_later()
            raise

    def unseen(self) -> frozenset[str | None]:
        """The worktrees with reported changes that no completed scan has seen; includes those that are being scanned."""
        if self._watch:
            self._watch.catch_up()
        with self._condition:
            return frozenset([*self._dirty, *self._under_scan, *([] if self._follows else [Everything])])

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What can't be watched and is polled instead."""
        if not self._unwatched:
            return ()
        unwatched = self._unwatched
        count = len(self._engine.worktrees() if Everything in unwatched else unwatched)
        return (unwatched_problem(count, self._repository.common_dir, WATCHES if self._watch else INSTANCES),)

    # ------------------------------------------------------------------------------------------ the watcher's thread

    def _heard(self, events: Sequence[FileEvent]) -> None:
        with self._condition:
            if self._meanwhile is not None and len(self._meanwhile) < _MOST_EVENTS:
                self._meanwhile |= dict.fromkeys(events)
            self._note(events)
            self._condition.notify()

    def _note(self, events: Iterable[FileEvent]) -> None:
        """Note what these events mean with the current places. The condition must be held."""
        now = time.monotonic()
        for event in events:
            news = self._places.news(event)
            self._stale_places = self._stale_places or news.directories
            for worktree in (*news.worktrees, *([Everything] if news.everything else [])):
                first, _ = self._dirty.get(worktree, (now, now))
                self._dirty[worktree] = (first, now)

    # ------------------------------------------------------------------------------------------ this thread

    def _run(self) -> None:
        self._attempt(self._engine.refresh)
        self._under_scan = ()
        self.scanned.set()
        self._attempt(self._run_jobs)
        self._attempt(self._changed)
        self._attempt(lambda: self._watch_places(anew=True))
        while not self._closed:
            with self._condition:
                if not self._jobs:
                    self._condition.wait(self._pause())
            self._attempt(self._run_jobs)
            self._attempt(self._look_around)

    def _scan_and_tell(self) -> None:
        self._engine.refresh()
        self._tell()

    def _tell(self) -> None:
        """Call `changed`, and watch the directories in which the scan saw files."""
        self._attempt(self._watch_places)
        self._changed()

    def _attempt(self, work: Callable[[], object]) -> None:
        if self._closed:
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, following goes on and the owner tells
            if not self._closed:
                self._failed(error)

    def _run_jobs(self) -> None:
        while self._jobs and not self._closed:
            with suppress(IndexError):
                self._attempt(self._jobs.popleft())

    def _look_around(self) -> None:
        now = time.monotonic()
        with self._condition:
            due = [worktree for worktree, times in self._dirty.items() if _due(times) <= now]
            for worktree in due:
                del self._dirty[worktree]
            self._under_scan = due
            retry = self._retry_at is not None and self._retry_at <= now
            if retry:
                self._retry_at = None
        if retry:
            self._scan_and_tell()
        if due:
            try:
                self.refresh(due)
            except Exception:
                self.look_later()
                raise
        elif self._unwatched and self._next_poll <= now:
            self._poll()

    def _poll(self) -> None:
        before = sum(os.times()[:4])
        worktree = self._unwatched.pop(0)
        self._unwatched.append(worktree)
        try:
            self.refresh([worktree])
        finally:
            spent = sum(os.times()[:4]) - before
            self._next_poll = time.monotonic() + max(_POLL, spent / _SHARE)

    def _pause(self) -> float | None:
        """Seconds until there is something to do; None to wait for an event."""
        due = [_due(times) for times in self._dirty.values()]
        if self._unwatched:
            due.append(self._next_poll)
        if self._retry_at is not None:
            due.append(self._retry_at)
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _watch_places(self, *, anew: bool = False) -> None:
        """Watch the directories in which files are now. Worktrees with newly watched directories are scanned once more.

        `anew`: directories may have been replaced by others of the same name.
        """
        files, lost = where_files_are(self._engine), lost_worktrees(self._engine)
        if (files, lost) == (self._files, self._lost) and not anew:
            return
        now = places_in(self._repository, files, lost, compares_refs=self._compares_refs)
        before = set(self._places.directories)
        with self._condition:
            self._places = now
            self._note(self._meanwhile or ())  # what an event means may have changed since it came
        unwatched = self._watch.replace(now.directories) if self._watch else now.directories
        self._files, self._lost = files, lost
        with self._condition:
            for worktree in _concerned(now, [directory for directory in now.directories if directory not in before]):
                self._dirty.setdefault(worktree, (0.0, 0.0))
            self._follows = True
        concerned = _concerned(now, unwatched)
        if set(concerned) != set(self._unwatched):
            self._unwatched = concerned
            self._changed()  # there is a problem to tell, or none any more


def _due(times: tuple[float, float]) -> float:
    first, last = times
    return min(last + _QUIET, first + _PATIENCE)


def _concerned(places: Places, directories: Iterable[str]) -> list[str | None]:
    """The worktrees to which these directories belong; `Everything` if they concern more than that."""
    concerned: dict[str | None, None] = {}
    for directory in directories:
        if directory in places.shared or directory in places.refs:
            concerned[Everything] = None
        else:
            concerned[places.worktrees.get(directory) or places.git_dirs.get(directory)] = None
    return list(concerned)
