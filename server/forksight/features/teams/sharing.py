"""Whether a repository is shared, through which remote, and what would leave this machine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from forksight.core.problems import GitError, Problem, TeamError, UsageError
from forksight.core.teams.sharing import SharedWorktree, shared_worktrees
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.wire import MOST_SNAPSHOTS, shown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.features.context import Context


T = TypeVar("T")
_UNREADABLE_CONSENT = Problem(
    "sharing-failed",
    "Sharing is off: your decision about it can't be read, or is about another repository that was at this path."
    " Run `forksight share on` or `forksight share off`.",
)
_PATIENCE = 60.0  # seconds that a command waits for another process's exchange with the remote


class UntrustedError(TeamError):
    """The remote gave no answer as long as no program ran that only the repository's own configuration names."""


def standing(context: Context) -> Standing:
    """How sharing stands, with how the last exchanges went and which machines share.

    The person's last `forksight share on` or `off` decides; without one the setting `forksight.teams.enabled`, which never publishes.
    """
    share = sharing(context)
    if not share.on:
        return share
    rosters, problems = context.team.rosters()
    return replace(share, state=context.team.state(), rosters=rosters, problems=(*share.problems, *problems))


def sharing(context: Context) -> Standing:
    """Whether sharing is on, whether this repository may publish, and through which remote: `standing` without state and rosters."""
    consent, settings = context.team.consent(), context.settings.teams
    if consent.is_lost:
        return Standing(problems=(_UNREADABLE_CONSENT,))
    if not (settings.enabled if consent.on is None else consent.on):
        return Standing()
    try:
        remote = choose_remote(context, consent.remote)
    except UsageError as error:
        return Standing(True, problems=(Problem("sharing-failed", f"Sharing is on, but {error.sentence}."),))
    address = context.team.address(remote)
    if consent.on and consent.address not in (None, address):
        message = f"Sharing stopped: {remote} leads to {address} now. If that is intended, run `forksight share on`."
        if not address:
            message = f"Sharing waits: git has no address for {remote}: see `git remote -v`."
        return Standing(True, address=address, problems=(Problem("sharing-failed", message),))
    return Standing(True, bool(consent.on), remote, address)


def plan(context: Context, wanted: str | None, *, agreed: bool = False) -> SharePlan:
    """What would leave this machine, after one poll of the remote. Raises `UsageError`, `TeamError`.

    `wanted` names the remote (None: see `choose_remote`). `agreed` as in `ask_remote`; a poll that fails without a yes is a problem of
    the plan.
    """
    remote = choose_remote(context, wanted)
    poll_problems: list[Problem] = []
    try:
        ask_remote(context, remote, lambda trusted: context.team.poll(remote, asked=trusted), agreed=agreed)
    except UntrustedError as error:  # what would leave is shown all the same
        poll_problems.append(Problem("sharing-failed", f"{error.sentence}."))
    worktrees, problems = outgoing(context, remote)
    user, host = names(context)
    return SharePlan(remote, context.team.address(remote), user, host, worktrees, (*poll_problems, *problems))


def choose_remote(context: Context, wanted: str | None) -> str:
    """The remote to share through: `wanted`, else the one in the settings, else `origin`, else the only one. Raises `UsageError`."""
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
    """What would leave this machine now, and why some worktrees would not. Without `snapshots` the worktrees are scanned first."""
    problems: list[Problem] = []
    if snapshots is None:
        worktrees, list_problems = context.repository.worktrees()
        problems += list_problems
        scanned = []
        for worktree in worktrees:
            try:
                snapshot, scan_problems = context.repository.scan(worktree)
            except GitError as error:
                problems.append(Problem("worktree-unreadable", f"{error.sentence}.", worktree.path))
                continue
            problems += scan_problems
            scanned.append(snapshot)
        snapshots = scanned
    changed, not_shared = context.team.changed(snapshots, remote)
    settings = context.settings.teams
    position = {side.worktree.path: number for number, side in enumerate(changed)}
    newest_first = sorted(changed, key=lambda side: max(side.since.values(), default=side.committed), reverse=True)
    shared = shared_worktrees(
        newest_first, exclude=settings.exclude, branches=settings.branches, read=context.repository.blobs
    )
    for left in shared[MOST_SNAPSHOTS:]:
        message = f"{left.worktree.label} is not shared: no more than {MOST_SNAPSHOTS} worktrees are, those that changed last."
        problems.append(Problem("not-shared", message, left.worktree.path))
    kept = sorted(shared[:MOST_SNAPSHOTS], key=lambda worktree: position[worktree.worktree.path])
    return tuple(kept), (*problems, *not_shared)


def ask_remote(context: Context, remote: str, work: Callable[[bool], T], *, agreed: bool) -> T:
    """Do `work`, which asks the remote, while no other process does; returns what it returns. Raises `TeamError`.

    It is given whether git may run the programs that the repository's own configuration names (core.sshCommand,
    credential.helper, …): only if the person has said yes, to the plan at hand (`agreed`) or to sharing this repository. Where it
    fails without them, that is an `UntrustedError`.
    """
    trusted = agreed or context.team.consent().on is True
    try:
        with alone(context):
            return work(trusted)
    except TeamError as error:
        if trusted:
            raise
        raise UntrustedError(
            f"{remote} did not answer without the programs that this repository's own configuration names: {error}"
        ) from error


@contextmanager
def alone(context: Context) -> Iterator[None]:
    """Keeps other processes from talking to the remote meanwhile. Raises `TeamError` if one still does after `_PATIENCE`."""
    with context.team.alone(_PATIENCE) as is_alone:
        if not is_alone:
            raise TeamError("another process is talking to the remote now", fix="try again in a moment")
        yield


def names(context: Context) -> tuple[str, str]:
    """The names of the person and of the machine (or `forksight.teams.label`) that are published."""
    user, host = context.team.host()
    label = context.settings.teams.label
    return user, shown_name(label) if label else host
