"""One round of publishing and polling, and when the next one is due."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from forksight.core.problems import GitError, RefusedPushError, TeamError
from forksight.core.teams.pace import past, pause_after_failures, publish_pause
from forksight.core.teams.state import MOST_NAMED, State
from forksight.core.teams.wire import Roster
from forksight.features.teams.colleagues import machines_meeting, noticed
from forksight.features.teams.sharing import alone, names, outgoing, sharing, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.teams.sharing import SharedWorktree
    from forksight.core.teams.standing import Standing
    from forksight.features.context import Context

_BASELINES = 600.0  # seconds between two looks for newer generations of published baselines


def publish(context: Context, remote: str, worktrees: Sequence[SharedWorktree], state: State) -> State:
    """Push these worktrees, unless the remote has them already. Returns the new state, which is noted. Raises `TeamError`."""
    team, now = context.team, context.clock.now()
    commits = team.commit(worktrees)
    if commits == state.snapshots and not state.unsure and (not commits or team.is_published()):
        return state
    team.note(replace(state, unsure=True))  # in case this process is killed before it knows how the push ended
    try:
        team.publish(remote, Roster(team.machine(), *names(context), now, commits))
    except RefusedPushError:
        team.note(state)
        raise
    counts = tuple(
        (shared.worktree.label, len(shared.files) + len(shared.gone), len(shared.left_out)) for shared in worktrees
    )
    state = replace(state, published=now, unsure=False, snapshots=commits, worktrees=counts)
    team.note(state)
    return state


def poll(context: Context, remote: str, state: State) -> State:
    """Fetch what colleagues share. Returns the state with when each of their file versions was first seen. Raises `TeamError`."""
    context.team.poll(remote)
    now = context.clock.now()
    return replace(state, polled=now, seen=noticed(context.team, state.seen, now))


def _look_for_baselines(context: Context, remote: str, state: State) -> State:
    """Fetch published baselines if some were fetched before, at most every `_BASELINES` seconds. A failure is ignored until then."""
    now = context.clock.now()
    if 0 <= now - (state.baselines or 0.0) < _BASELINES or not context.team_baselines.published()[0]:
        return state
    with suppress(TeamError):
        context.team_baselines.look(remote, trusted=context.team.consent().on is True)
    return replace(state, baselines=now)


def round_trip(context: Context, snapshots: Sequence[Snapshot] | None = None, *, publishing: bool = True) -> State:
    """Publish (where that is allowed and `publishing`) and poll once. Notes and returns the new state. Raises `TeamError`, `GitError`.

    The caller holds `Team.alone`. Without `snapshots` the worktrees are scanned.
    """
    team, state = context.team, context.team.state()
    share = sharing(context)
    if share.remote is None:
        if share.problems:
            raise TeamError(share.problems[0].message.rstrip("."))
        raise TeamError("sharing is off", fix="turn it on with `forksight share on`")
    try:
        publishing = publishing and share.publishes
        worktrees, problems = outgoing(context, share.remote, snapshots) if publishing else ((), ())
        refused = None
        if publishing:
            try:
                state = publish(context, share.remote, worktrees, state)
            except RefusedPushError as error:  # the poll goes on: it does not depend on the push
                refused = error
            state = replace(
                state, left_out=_left_out(worktrees), not_shared=tuple(problem.message for problem in problems)
            )
        state = _look_for_baselines(context, share.remote, poll(context, share.remote, state))
        if refused:
            raise refused
        if publishing and state.snapshots and not team.is_published():  # somebody has deleted this machine's ref
            state = publish(context, share.remote, worktrees, state)
    except (TeamError, GitError) as error:
        state = replace(state, unsure=team.state().unsure)
        state = replace(state, failures=state.failures + 1, failed=context.clock.now(), error=error.sentence)
        team.note(replace(state, refused=isinstance(error, RefusedPushError)))
        raise
    # After a poll without a push, a refused push still counts: the remote may refuse it again.
    if publishing or not state.refused:
        state = replace(state, failures=0, failed=None, error=None, refused=False)
    team.note(state)
    return state


def _left_out(worktrees: Sequence[SharedWorktree]) -> tuple[tuple[str, str, str], ...]:
    """`State.left_out` for these worktrees."""
    left = ((shared.worktree.label, left.path, left.why) for shared in worktrees for left in shared.left_out)
    return tuple(islice(left, MOST_NAMED))


def exchange_now(context: Context) -> Standing:
    """Publish and poll now, whether or not it is due. Raises `TeamError`, `GitError`."""
    with alone(context):
        round_trip(context)
    return standing(context)


def publish_due(context: Context, state: State, snapshots: Sequence[Snapshot]) -> float:
    """When these worktrees may be pushed next, seconds since the epoch."""
    rosters, _ = context.team.rosters()
    others = (roster.at for roster in rosters.values())
    meeting = machines_meeting(snapshots, context.team.snapshots(rosters)[0])
    now = context.clock.now()
    pause = publish_pause(now, others, context.settings.teams.publish, meeting)
    return max(past(state.published, now) + pause, retry_at(state, now))


def retry_at(state: State, now: float) -> float:
    """When the remote may be contacted again after failures, seconds since the epoch."""
    return past(state.failed, now) + pause_after_failures(state.failures)
