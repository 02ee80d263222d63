"""Publishes and polls in the background while an editor is open: one thread per repository and process.

Of all processes only one at a time talks to the remote (`Team.alone`). Neither key strokes nor the follower wait for this thread:
it reports what was fetched by a callback, and the engine then reads the snapshots as it reads other changes.
"""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError
from forksight.features.teams.presence import may_be_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.teams.state import State
    from forksight.features.context import Context

# Seconds after which unchanged worktrees are compared with the remote again: somebody may have pushed their branches.
_COMPARE_AGAIN = 300.0


class Exchange:
    """One repository's exchange with the remote."""

    def __init__(
        self,
        context: Context,
        *,
        snapshots: Callable[[], Sequence[Snapshot]],
        news: Callable[[], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """`snapshots` returns the worktrees as last scanned. The thread calls `news` when colleagues' snapshots have changed,
        whichever process fetched them, and `failed` with each unexpected exception, after which it goes on.
        """
        self._context = context
        self._snapshots = snapshots
        self._news = news
        self._failed = failed
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._changed_at: float | None = context.clock.now()  # when a worktree last changed; None if published since
        self._compared = 0.0  # when the worktrees were last compared with the remote, seconds since the epoch
        self._reported: frozenset[str] | None = None  # the rosters' commits that `news` was last called for
        self._clocks = (context.clock.now(), context.clock.awake())  # when `_exchange_if_due` last ran
        self._thread = threading.Thread(target=self._run, name="forksight-exchange", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, without waiting for an exchange under way."""
        self._closed.set()
        self._wake.set()

    def worktrees_changed(self) -> None:
        """Tell the thread that a worktree changed, which may have to be published."""
        self._changed_at = self._context.clock.now()
        self._wake.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            try:
                pause = self._exchange_if_due()
            except ForksightError:  # `round_trip` has noted it for `forksight share status`, unless the disk is full
                pause = self._context.settings.teams.poll
            except Exception as error:  # noqa: BLE001 - a defect is reported, and must not end sharing
                self._failed(error)
                pause = self._context.settings.teams.poll
            self._report_news()
            self._wake.wait(pause)
            if self._closed.wait(0.2):  # at most five rounds a second, however often files are saved
                return

    def _exchange_if_due(self) -> float:
        """Publish and poll if it is time to. Returns the seconds until it may be time again. Raises `ForksightError`."""
        context, now = self._context, self._context.clock.now()
        if not may_be_shared(context):
            return context.settings.teams.poll
        from forksight.core.teams.pace import QUIET, jittered, past
        from forksight.features.teams.round_trip import publish_due, retry_at, round_trip
        from forksight.features.teams.sharing import sharing

        share = sharing(context)
        poll = jittered(context.settings.teams.poll, random.random())  # noqa: S311 - not used for security
        if share.remote is None:
            return poll
        state = self._without_failures_before_sleep(context.team.state(), now)
        compare = self._changed_at is not None or now - past(self._compared, now) > _COMPARE_AGAIN
        publishing = share.publishes and compare
        due = publish_due(context, state, self._snapshots()) if publishing else 0.0
        quiet = past(self._changed_at, now) + QUIET
        publish_at = max(due, quiet) if publishing else now + poll
        poll_at = past(state.polled, now) + context.settings.teams.poll
        if not state.refused:
            poll_at = max(poll_at, retry_at(state, now))
        at = min(publish_at, poll_at)
        if at > now:
            return min(at - now, poll)
        with context.team.alone() as alone:
            if not alone:  # another process is exchanging, and will note the result
                return 1.0
            publishes = publishing and publish_at <= now
            if publishes:  # before the snapshots are taken, so that later changes are published next time
                self._changed_at, self._compared = None, now
            snapshots = self._snapshots() if publishes else ()
            try:
                round_trip(context, snapshots, publishing=publishes)
            except Exception:
                if publishes:
                    self._changed_at = now
                raise
        if publishing and not publishes:  # the poll was due first: come back when the change is to be published
            return min(poll, max(0.0, publish_at - context.clock.now()))
        return poll

    def _without_failures_before_sleep(self, state: State, now: float) -> State:
        """The state, with its failures set to 0 if the machine has slept since the last call: the network may be another one now."""
        from forksight.core.teams.pace import ASLEEP

        (before, awake_before), awake = self._clocks, self._context.clock.awake()
        self._clocks = now, awake
        if not state.failures or (now - before) - (awake - awake_before) < ASLEEP:
            return state
        with self._context.team.alone() as alone:
            if alone:
                state = replace(self._context.team.state(), failures=0)
                self._context.team.note(state)
        return state

    def _report_news(self) -> None:
        """Call `news` if the rosters are not those of the last call."""
        if not may_be_shared(self._context):
            return
        try:
            commits = frozenset(self._context.team.rosters()[0])
        except ForksightError:
            return
        if commits != self._reported:
            is_first, self._reported = self._reported is None, commits
            if commits or not is_first:
                self._news()
