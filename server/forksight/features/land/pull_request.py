"""Pushes forks that are done and opens pull requests for them, instead of merging them here. Proposing pushes nothing."""

from collections.abc import Mapping, Sequence

from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.git.branches import Branches, Remote
from forksight.core.git.hosts import opening
from forksight.core.land import wording
from forksight.core.land.proposal import Bar, Entry, LandPlan
from forksight.core.land.pull_request import PullFate, PullRequest, Pushed
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem
from forksight.core.sessions.session import Node
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.sessions.own_activity import own_activity
from forksight.features.sessions.tree import fork_tree

_OF_THE_FORK = (Bar.LIVE, Bar.UNCOMMITTED, Bar.OPERATION, Bar.UNREADABLE)  # the target's worktree does not matter here


def requests(context: Context, plan: LandPlan) -> tuple[PullRequest, ...]:
    """The pull requests for the entries of a plan to land. Raises `GitError`."""
    branches = context.survey.branches()
    aims = merge_targets(context, branches, [entry.branch for entry in plan.entries])
    nodes = {node.id: node for node in fork_tree(context).nodes}
    return tuple(
        _request(context, entry, nodes.get(entry.session or ""), _base(branches, aims[entry.branch]))
        for entry in plan.entries
    )


def proposed(pulls: Sequence[PullRequest]) -> dict[str, PullFate]:
    """What would become of each, by branch."""
    return {request.branch: PullFate.HELD if request.held else PullFate.PROPOSED for request in pulls}


def push(context: Context, pulls: Sequence[PullRequest], progress: Progress) -> Pushed:
    """Push each branch as it was shown, then have the host's program open its pull request. Repeating it pushes nothing twice."""
    fates: dict[str, PullFate] = {}
    pages: dict[str, str] = {}
    problems: list[Problem] = []
    for request in pulls:
        if request.held or request.remote is None:
            fates[request.branch] = PullFate.HELD
            continue
        try:
            _push(context, request, request.remote, progress)
            fates[request.branch] = PullFate.PUSHED
            pages[request.branch] = request.address or ""
            if request.command is not None:
                progress.step(f"Opening its request with {request.command[0]}")
                pages[request.branch] = _open(context, request, request.command)
        except ForksightError as error:
            fates[request.branch] = PullFate.FAILED
            problems.append(Problem(error.code, f"{request.branch}: {error.sentence}.", request.worktree))
    return Pushed(fates, pages, tuple(problems))


def _push(context: Context, request: PullRequest, remote: Remote, progress: Progress) -> None:
    if context.maker.branch(request.branch) != request.commit:
        raise ForksightError("it has changed since the plan was made", fix="make a new plan", code="changed")
    progress.step(f"Pushing {request.branch} to {remote.name}")
    context.remotes.push(request.worktree, remote.name, request.branch, request.commit)


def _open(context: Context, request: PullRequest, command: Sequence[str]) -> str:
    """Have the host's program open the pull request of a pushed branch; returns its web page."""
    try:
        return context.programs.run(command, request.worktree)
    except ForksightError as error:
        by_hand = f"open its request at {request.address}" if request.address else "open its request by hand"
        raise ForksightError(
            f"it was pushed, and {error}", fix=f"do it again, or {by_hand}", code=error.code
        ) from error


def _base(branches: Branches, aims: Mapping[str, str]) -> str | None:
    """The first of a branch's targets (`aims`), by its name at the remote."""
    return next((name if name in branches.local else branches.at_remote(name) for name in aims), None)


def _request(context: Context, entry: Entry, node: Node | None, base: str | None) -> PullRequest:
    remote = context.remotes.of(entry.branch)
    activity, _ = own_activity(context, node)
    title = wording.title(entry)
    body = wording.body(entry, activity.first_prompt, tuple(runs_of_tests(activity.commands)))
    project = context.remotes.requested_at(remote) if remote is not None else None
    command = None
    if remote is not None and project is not None and base is not None:
        command = opening(remote.url, base, entry.branch, project.url, title=title, body=body)
    if command is not None and not context.programs.has(command[0]):
        command = None
    held = [hold.text for hold in entry.holds if hold.bar in _OF_THE_FORK]
    held += ["no remote is configured that it could be pushed to"] if remote is None else []
    held += ["its target branch is unknown"] if base is None else []
    return PullRequest(
        branch=entry.branch,
        commit=entry.commit,
        worktree=entry.worktree or context.cwd,
        remote=remote,
        project=project,
        base=base,
        title=title,
        body=body,
        command=command,
        held=tuple(held),
    )
