"""Sharing a repository: whether it is on, what would leave this machine, and one round of publishing and polling."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError, GitError, Problem, RefusedPushError, TeamError, UsageError
from forksight.core.teams.pace import past, pause_after_failures, publish_pause
from forksight.core.teams.sharing import SharedWorktree, shared_worktrees
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.state import MOST_NAMED, Consent, State
from forksight.core.teams.wire import MOST_SNAPSHOTS, Roster, shown_name
from forksight.core.teams.wording import owner
from forksight.features.teams.colleagues import machines_meeting, noticed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.features.context import Context


_LOST = Problem(
    "sharing-failed",
    "Sharing is off: what you said of it can't be read, or was said of another repository that was here."
    " Run `forksight share on`, or `forksight share off`.",
)
_BASELINES = 600.0  # seconds between two looks for newer generations of published baselines
_PATIENCE = 60.0  # seconds that a command waits for another process's exchange with the remote


def standing(context: Context) -> Standing:
    """How sharing stands: as the person said last, else as the settings say, which never publish."""
    share = sharing(context)
    if not share.on:
        return share
    rosters, problems = context.team.rosters()
    return replace(share, state=context.team.state(), rosters=rosters, problems=(*share.problems, *problems))


def sharing(context: Context) -> Standing:
    """Whether sharing is on, whether this repository may publish, and where to: `standing` without how the last exchanges went."""
    consent, settings = context.team.consent(), context.settings.teams
    on = settings.enabled if consent.on is None else consent.on
    if not on:
        return Standing(problems=(_LOST,) if consent.is_lost else ())
    try:
        remote = choose_remote(context, consent.remote)
    except UsageError as error:
        return Standing(True, problems=(Problem("sharing-failed", f"Sharing is on, but {error.sentence}."),))
    address = context.team.address(remote)
    if consent.on and consent.address not in (None, address):
        message = f"Sharing stopped: {remote} leads to {address} now. If that is right, run `forksight share on`."
        if not address:
            message = f"Sharing waits: git does not say where {remote} leads."
        return Standing(True, address=address, problems=(Problem("sharing-failed", message),))
    return Standing(True, bool(consent.on), remote, address)


def plan(context: Context, wanted: str | None, *, agreed: bool = False) -> SharePlan:
    """What would leave this machine, after the remote was asked once. Raises `UsageError`, `TeamError`.

    `agreed`: the person has said yes already. Without a yes nothing runs that the repository's own configuration names, so a remote
    that needs such a program gives no answer: that is a problem of the plan then.
    """
    remote = choose_remote(context, wanted)
    unasked: list[Problem] = []
    try:
        with alone(context):
            context.team.poll(remote, asked=agreed)
    except TeamError as error:
        if agreed or context.team.consent().on:
            raise
        said = f"{remote} gave no answer yet, without the programs that this repository's own configuration may name"
        unasked.append(Problem("sharing-failed", f"{said}: {error.sentence}."))
    worktrees, problems = outgoing(context, remote)
    user, host = names(context)
    return SharePlan(remote, context.team.address(remote), user, host, worktrees, (*unasked, *problems))


def choose_remote(context: Context, wanted: str | None) -> str:
    """The remote to share through. Raises `UsageError` if there is none, or it is not clear which."""
    remotes = context.team.remotes()
    name = wanted or context.settings.teams.remote
    if name:
        if name not in remotes:
            raise UsageError(f"there is no remote {name} here", fix="see `git remote -v`")
        return name
    if not remotes:
        raise UsageError("this repository has no remote", fix="add one with `git remote add`")
    if "origin" in remotes or len(remotes) == 1:
        return "origin" if "origin" in remotes else remotes[0]
    raise UsageError(f"there are several remotes: {', '.join(remotes)}", fix="say which with --remote")


def outgoing(
    context: Context, remote: str, snapshots: Sequence[Snapshot] | None = None
) -> tuple[tuple[SharedWorktree, ...], tuple[Problem, ...]]:
    """What would leave this machine now. Without `snapshots` the worktrees are scanned."""
    problems: list[Problem] = []
    if snapshots is None:
        worktrees, listing = context.repository.worktrees()
        problems += listing
        scanned = []
        for worktree in worktrees:
            try:
                snapshot, trouble = context.repository.scan(worktree)
            except GitError as error:
                problems.append(Problem("worktree-unreadable", f"{error.sentence}.", worktree.path))
                continue
            problems += trouble
            scanned.append(snapshot)
        snapshots = scanned
    changed, not_shared = context.team.changed(snapshots, remote)
    settings = context.settings.teams
    shared = shared_worktrees(
        changed, exclude=settings.exclude, branches=settings.branches, read=context.repository.blobs
    )
    newest = sorted(shared, key=lambda worktree: worktree.date, reverse=True)
    too_many = newest[MOST_SNAPSHOTS:]
    for left in too_many:
        said = f"{left.worktree.label} is not shared: no more than {MOST_SNAPSHOTS} worktrees are, those that changed last."
        problems.append(Problem("not-shared", said, left.worktree.path))
    return tuple(worktree for worktree in shared if worktree not in too_many), (*problems, *not_shared)


def publish(context: Context, remote: str, worktrees: Sequence[SharedWorktree], state: State) -> State:
    """Push what leaves this machine, unless the remote has it already. Raises `TeamError`."""
    team, now = context.team, context.clock.now()
    commits = team.commit(worktrees)
    if commits == state.snapshots and not state.unsure and (not commits or team.is_published()):
        return state
    team.note(replace(state, unsure=True))  # the answer may be lost, and we be killed
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
    """Fetch what colleagues share, and note when each of their versions was first seen. Raises `TeamError`."""
    context.team.poll(remote)
    now = context.clock.now()
    return replace(state, polled=now, seen=noticed(context.team, state.seen, now))


def _look_for_baselines(context: Context, remote: str, state: State) -> State:
    """Look from time to time for newer generations, where published baselines were looked at once. A failure waits for the next time."""
    now = context.clock.now()
    if 0 <= now - (state.baselines or 0.0) < _BASELINES or not context.team_baselines.published()[0]:
        return state
    with suppress(TeamError):
        context.team_baselines.look(remote, trusted=context.team.consent().on is True)
    return replace(state, baselines=now)


def round_trip(context: Context, snapshots: Sequence[Snapshot] | None = None, *, publishing: bool = True) -> State:
    """Publish and poll once, and note how that went. For the one process that is `alone`. Raises `TeamError`."""
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
            except RefusedPushError as error:  # what others share is fetched for all that
                refused = error
            state = replace(
                state, left_out=_left_out(worktrees), not_shared=tuple(problem.message for problem in problems)
            )
        state = _look_for_baselines(context, share.remote, poll(context, share.remote, state))
        if refused:
            raise refused
        if publishing and state.snapshots and not team.is_published():  # somebody has deleted it
            state = publish(context, share.remote, worktrees, state)
    except (TeamError, GitError) as error:
        state = replace(state, unsure=team.state().unsure)
        state = replace(state, failures=state.failures + 1, failed=context.clock.now(), error=error.sentence)
        team.note(replace(state, refused=isinstance(error, RefusedPushError)))
        raise
    if publishing or not state.refused:  # else it may still decline
        state = replace(state, failures=0, failed=None, error=None, refused=False)
    team.note(state)
    return state


def _left_out(worktrees: Sequence[SharedWorktree]) -> tuple[tuple[str, str, str], ...]:
    left = ((shared.worktree.label, left.path, left.why) for shared in worktrees for left in shared.left_out)
    return tuple(islice(left, MOST_NAMED))


def publish_due(context: Context, state: State, snapshots: Sequence[Snapshot]) -> float:
    """The earliest moment of the next push of these worktrees, seconds since the epoch."""
    rosters, _ = context.team.rosters()
    others = (roster.at for roster in rosters.values())
    meeting = machines_meeting(snapshots, context.team.snapshots(rosters)[0])
    now = context.clock.now()
    pause = publish_pause(now, others, context.settings.teams.publish, meeting)
    return max(past(state.published, now) + pause, retry_at(state, now))


def retry_at(state: State, now: float) -> float:
    """The earliest moment to ask the remote again after failures, seconds since the epoch."""
    return past(state.failed, now) + pause_after_failures(state.failures)


def exchange_now(context: Context) -> Standing:
    """Publish and poll at once. Raises `TeamError`."""
    with alone(context):
        round_trip(context)
    return standing(context)


def turn_on(context: Context, remote: str) -> State:
    """Note the person's yes, then publish and poll. Raises `TeamError`; sharing is as it was then."""
    team = context.team
    before = team.consent()
    with alone(context):
        consent = Consent(True, remote, _address(context, remote), context.clock.now())
        team.say(consent)
        try:
            return round_trip(context)
        except BaseException:
            # Ours may have left before the rest failed: where to is kept, so that `turn_off` deletes it.
            team.say(before if before.on else replace(consent, on=before.on))
            raise


def turn_off(context: Context) -> Problem | None:
    """Note the person's no, then delete what this machine published; the problem if that could not be done."""
    team, consent = context.team, context.team.consent()
    team.say(Consent(False, consent.remote, consent.address, context.clock.now()))
    try:
        with alone(context):  # a round that began before the no would publish again after the deletion
            state = team.state()
            if state.published is not None or state.unsure:
                _delete_published(context, consent)
            team.note(State())
    except ForksightError as error:
        message = f"What was published is still on {consent.remote or 'the remote'}: {error.sentence}. Run `forksight share off` again later."
        return Problem("sharing-failed", message)
    return None


def _delete_published(context: Context, consent: Consent) -> None:
    """Delete this machine's ref where the person let it be published. Raises `TeamError`, `UsageError`, `GitError`."""
    team = context.team
    remote = choose_remote(context, consent.remote)
    address = _address(context, remote)
    if consent.address not in (None, address):
        raise TeamError(f"it is at {consent.address}, and {remote} leads to {address} now")
    nothing = Roster(team.machine(), *names(context), context.clock.now(), ())
    team.publish(remote, nothing, asked=consent.address is not None)


def _address(context: Context, remote: str) -> str:
    """Where git goes for a remote. Raises `TeamError` if that can't be told."""
    address = context.team.address(remote)
    if not address:
        raise TeamError(f"git does not say where {remote} leads", fix="see `git remote -v`")
    return address


def forget(context: Context, name: str) -> Roster:
    """Delete what a machine published, as it was last seen. `name`: its id or the start of it, its name, or its person's.

    Raises `UsageError` if no machine or several are meant, `TeamError` if the remote did not do it.
    """
    share = sharing(context)
    if share.remote is None:
        raise UsageError("sharing is off here", fix="turn it on with `forksight share on`")
    rosters, _ = context.team.rosters()
    meant = [
        roster
        for roster in rosters.values()
        if name in (roster.host, roster.user, owner(roster)) or (len(name) >= 4 and roster.machine.startswith(name))
    ]
    if len(meant) != 1:
        several = ", ".join(f"{owner(roster)} {roster.machine[:8]}" for roster in meant)
        raise UsageError(
            f"{name} could be {several}" if meant else f"no machine {name} shares here",
            fix="name it by its id" if meant else "see `forksight share status`",
        )
    context.team.forget(share.remote, meant[0].machine)
    return meant[0]


@contextmanager
def alone(context: Context) -> Iterator[None]:
    """While no other process talks to the remote. Raises `TeamError` if one does for long."""
    with context.team.alone(_PATIENCE) as is_alone:
        if not is_alone:
            raise TeamError("another process is talking to the remote now", fix="try again in a moment")
        yield


def names(context: Context) -> tuple[str, str]:
    """The person's name, and the machine's or what the settings call it, as others get them."""
    user, host = context.team.host()
    label = context.settings.teams.label
    return user, shown_name(label) if label else host
