"""Whether a repository is shared, through which remote, and what would leave this machine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.problems import GitError, Problem, TeamError, UsageError
from forksight.core.teams.sharing import SharedWorktree, shared_worktrees
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.wire import MOST_SNAPSHOTS, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.features.context import Context


_UNREADABLE_CONSENT = Problem(
    "sharing-failed",
    "Sharing is off: what you said of it can't be read, or was said of another repository that was here."
    " Run `forksight share on`, or `forksight share off`.",
)
_PATIENCE = 60.0  # seconds that a command waits for another process's exchange with the remote


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
    on = settings.enabled if consent.on is None else consent.on
    if not on:
        return Standing(problems=(_UNREADABLE_CONSENT,) if consent.is_lost else ())
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
    """What would leave this machine, after one poll of the remote. Raises `UsageError`, `TeamError`.

    `wanted` names the remote (None: see `choose_remote`). `agreed`: the person has said yes already. Without a yes, programs that the
    repository's own configuration names (ssh, credential helpers) do not run. A poll that fails then is a problem of the plan.
    """
    remote = choose_remote(context, wanted)
    poll_problems: list[Problem] = []
    try:
        with alone(context):
            context.team.poll(remote, asked=agreed)
    except TeamError as error:
        if agreed or context.team.consent().on:
            raise
        message = f"{remote} gave no answer yet, without the programs that this repository's own configuration may name"
        poll_problems.append(Problem("sharing-failed", f"{message}: {error.sentence}."))
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
    shared = shared_worktrees(
        changed, exclude=settings.exclude, branches=settings.branches, read=context.repository.blobs
    )
    newest = sorted(shared, key=lambda worktree: worktree.date, reverse=True)
    too_many = newest[MOST_SNAPSHOTS:]
    for left in too_many:
        message = f"{left.worktree.label} is not shared: no more than {MOST_SNAPSHOTS} worktrees are, those that changed last."
        problems.append(Problem("not-shared", message, left.worktree.path))
    return tuple(worktree for worktree in shared if worktree not in too_many), (*problems, *not_shared)


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
