"""The decisions of a person about sharing: to turn it on or off, or to delete what some machine published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError, Problem, TeamError, UsageError
from forksight.core.teams.state import Consent, State
from forksight.core.teams.wire import Roster
from forksight.core.teams.wording import owner
from forksight.features.teams.round_trip import round_trip
from forksight.features.teams.sharing import alone, choose_remote, names, sharing

if TYPE_CHECKING:
    from forksight.features.context import Context


def turn_on(context: Context, remote: str) -> State:
    """Store the person's yes, then publish and poll. Raises `TeamError`, `GitError`; sharing is then on or off as before."""
    team = context.team
    before = team.consent()
    with alone(context):
        consent = Consent(True, remote, _address(context, remote), context.clock.now())
        team.say(consent)
        try:
            return round_trip(context)
        except BaseException:
            # The push may have succeeded before the failure: the address is kept, so that `turn_off` can delete what was published.
            team.say(before if before.on else replace(consent, on=before.on))
            raise


def turn_off(context: Context) -> Problem | None:
    """Store the person's no, then delete what this machine published. Returns the problem if that fails."""
    team, consent = context.team, context.team.consent()
    team.say(Consent(False, consent.remote, consent.address, context.clock.now()))
    try:
        # Else another process's round trip, begun before the no, could publish again after the deletion.
        with alone(context):
            state = team.state()
            if state.published is not None or state.unsure:
                _delete_published(context, consent)
            team.note(State())
    except ForksightError as error:
        message = f"What was published is still on {consent.remote or 'the remote'}: {error.sentence}. Run `forksight share off` again later."
        return Problem("sharing-failed", message)
    return None


def _delete_published(context: Context, consent: Consent) -> None:
    """Delete this machine's ref, only at the address the person agreed to. Raises `TeamError`, `UsageError`, `GitError`."""
    team = context.team
    remote = choose_remote(context, consent.remote)
    address = _address(context, remote)
    if consent.address not in (None, address):
        raise TeamError(f"it was published to {consent.address}, but {remote} leads to {address} now")
    without_snapshots = Roster(team.machine(), *names(context), context.clock.now(), ())
    team.publish(remote, without_snapshots, asked=consent.address is not None)


def _address(context: Context, remote: str) -> str:
    """The address of a remote (see `Team.address`). Raises `TeamError` if git does not say it."""
    address = context.team.address(remote)
    if not address:
        raise TeamError(f"git has no address for {remote}", fix="see `git remote -v`")
    return address


def forget(context: Context, name: str) -> Roster:
    """Delete what another machine published, if it is still as last fetched. Returns that machine's roster.

    `name` is the machine's id or at least the first four digits of it, its name, or its person's name.
    Raises `UsageError` if that fits no machine or several, `TeamError` if the remote refuses.
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
