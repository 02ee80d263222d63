"""Exchanges with the remote while somebody looks: one thread a repository and process, one process at a time on the network.

The key stroke and the follower never wait for it. What it fetched reaches the engine as any other news does.
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

# Seconds after which an unchanged worktree is compared with the remote again: its branch may be pushed.
_LOOK_AGAIN = 300.0


class Exchange:
    """One repository's exchange with the remote. `snapshots` gives the worktrees as last scanned; `news` is called after colleagues'
    snapshots changed, whichever process fetched them; `failed` with what nobody expected, and the thread lives on."""

    def __init__(
        self,
        context: Context,
        *,
        snapshots: Callable[[], Sequence[Snapshot]],
        news: Callable[[], object],
        failed: Callable[[Exception], object],
    ) -> None:
        self._context = context
        self._snapshots = snapshots
        self._news = news
        self._failed = failed
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._changed_at: float | None = context.clock.now()  # when a worktree changed that was not looked at since
        self._looked = 0.0  # when what leaves this machine was worked out last
        self._known: object = None
        self._clocks = (context.clock.now(), context.clock.awake())  # at the last look
        self._thread = threading.Thread(target=self._run, name="forksight-exchange", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a round under way is not waited for."""
        self._closed.set()
        self._wake.set()

    def worktrees_changed(self) -> None:
        """Something is different in a worktree: it may be to publish."""
        self._changed_at = self._context.clock.now()
        self._wake.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            try:
                pause = self._look()
            except ForksightError:  # noted, and told by status, if it can be noted: on a full disk it can't
                pause = self._context.settings.teams.poll
            except Exception as error:  # noqa: BLE001 - a defect, which must not end sharing unseen
                self._failed(error)
                pause = self._context.settings.teams.poll
            self._tell()
            self._wake.wait(pause)
            if self._closed.wait(0.2):  # whatever is saved, no more than a few looks a second
                return

    def _look(self) -> float:
        """Publish and poll if it is time to; seconds until it may be time again."""
        context, now = self._context, self._context.clock.now()
        if not may_be_shared(context):
            return context.settings.teams.poll
        from forksight.core.teams.pace import QUIET, jittered, past
        from forksight.features.teams.sharing import publish_due, retry_at, round_trip, sharing

        share = sharing(context)
        poll = jittered(context.settings.teams.poll, random.random())  # noqa: S311 - no secret hangs on it
        if share.remote is None:
            return poll
        state = self._rested(context.team.state(), now)
        news = self._changed_at is not None or now - past(self._looked, now) > _LOOK_AGAIN
        publishing = share.publishes and news
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
            if not alone:  # another process does it, and notes it
                return 1.0
            publishes = publishing and publish_at <= now
            if publishes:  # before the snapshots are taken: what changes from now on is to be published next time
                self._changed_at, self._looked = None, now
            snapshots = self._snapshots() if publishes else ()
            try:
                round_trip(context, snapshots, publishing=publishes)
            except Exception:
                if publishes:
                    self._changed_at = now
                raise
        if publishing and not publishes:  # the poll was due before the turn of what has changed
            return min(poll, max(0.0, publish_at - context.clock.now()))
        return poll

    def _rested(self, state: State, now: float) -> State:
        """The state, without its failures after the machine slept: they say nothing of the network that it is on now."""
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

    def _tell(self) -> None:
        if not may_be_shared(self._context):
            return
        try:
            now = frozenset(self._context.team.rosters()[0])
        except ForksightError:
            return
        if now != self._known:
            first, self._known = self._known is None, now
            if now or not first:
                self._news()
