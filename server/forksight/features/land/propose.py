"""Proposes which forks to land, in which order, with what prevents each and where its merge would stop."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from forksight.core.cleanup.facts import Contents, Place
from forksight.core.cleanup.rules import may_be_cleaned_up
from forksight.core.land.proposal import Bar, Entry, Hold, LandPlan, Method, Target
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.words import shell
from forksight.features.cleanup import facts
from forksight.features.cleanup.facts import RepositoryAtWork
from forksight.features.cleanup.merged import judge
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.land.order import in_order
from forksight.features.sessions import find

_WORKERS = 4  # a look at a worktree mostly waits for its git
_LONGEST = 72  # characters of a proposed message


@dataclass(frozen=True)
class _Candidate:
    """A branch that may be landed, with its newest session and the worktree in which it is checked out."""

    branch: str
    node: Node | None
    place: Place | None
    contents: Contents | None


def propose(
    context: Context, selectors: Sequence[str] = (), *, method: Method | None = None, test: str | None = None
) -> LandPlan:
    """The plan to land these forks (named by session or branch); without any, all that have something to land.

    `method` and `test` default to the settings. Raises `UsageError`, `GitError`, `NotARepositoryError`.
    """
    for name in selectors:
        find.required("the fork", name)
    repository = facts.repository_at_work(context)
    named = dict(branch_named(repository, name) for name in selectors)
    chosen = named or _all_forks(repository)
    places = {place.worktree.branch: place for place in repository.places.values() if _is_there(place)}
    with ThreadPoolExecutor(_WORKERS) as pool:
        jobs = [
            (branch, node, places.get(branch), pool.submit(_contents, context, repository, places.get(branch)))
            for branch, node in chosen.items()
        ]
        candidates = [_Candidate(branch, node, place, job.result()) for branch, node, place, job in jobs]
    judged = judge(context, repository.branches, list(chosen), repository.main)
    aims = merge_targets(context, repository.branches, list(chosen))
    problems: list[Problem] = []
    entries = []
    for candidate in candidates:
        entry = _entry(context, repository, candidate, aims[candidate.branch], places)
        if judged[candidate.branch].merged is not None and not _may_have_more(entry):
            message = f"{judged[candidate.branch].target} has everything that {candidate.branch} has."
            problems += [Problem("nothing-to-land", message)] if selectors else []
            continue
        entries.append(entry)
    ordered, trouble = in_order(context, entries, repository.main)
    settings = context.settings.land
    return LandPlan(
        repository.tree.repository,
        method or settings.method,
        settings.test if test is None else test,
        ordered,
        (*problems, *dict.fromkeys(trouble)),
    )


def _may_have_more(entry: Entry) -> bool:
    """Whether a fork has, or may have, uncommitted work."""
    return any(hold.bar in (Bar.UNCOMMITTED, Bar.UNREADABLE) for hold in entry.holds)


def branch_named(repository: RepositoryAtWork, name: str) -> tuple[str, Node | None]:
    """The branch that a name or session selects, and the session that it stands for. Raises `UsageError`."""
    if name in repository.branches.local:
        nodes = find.meant_by_branch(node for node in repository.tree.nodes if _branch_of(repository, node) == name)
        return name, nodes[0] if nodes else None
    node = find.session(repository.tree.nodes, name)
    branch = _branch_of(repository, node)
    if branch is None or branch not in repository.branches.local:
        raise UsageError(f"“{node.title}” has no branch that could be landed", fix="see `forksight tree`")
    return branch, node


def _all_forks(repository: RepositoryAtWork) -> dict[str, Node | None]:
    """The branches of all forks, each with its newest session; the oldest forks first."""
    chosen: dict[str, Node | None] = {}
    for node in sorted(repository.tree.nodes, key=lambda node: node.last_active):
        branch = _branch_of(repository, node)
        local = branch in repository.branches.local and branch != repository.branches.default
        if branch is not None and local and may_be_cleaned_up(node, repository.view.fork(node.id)):
            chosen[branch] = node
    return chosen


def _branch_of(repository: RepositoryAtWork, node: Node) -> str | None:
    """The branch that a session is for: its own worktree's, else the last one that it was on."""
    if node.state is State.ARCHIVED:
        return None
    place = repository.places.get(node.worktree or "")
    checked_out = place.worktree.branch if place is not None and _is_whole(place) and not place.worktree.main else None
    return checked_out or repository.branch_now(node.branch)


def _is_whole(place: Place) -> bool:
    return not place.missing and not place.broken


def _is_there(place: Place) -> bool:
    """Whether a worktree exists, or may: one that can't be read may hold anything."""
    return _is_whole(place) or place.unreadable


def _contents(context: Context, repository: RepositoryAtWork, place: Place | None) -> Contents | None:
    """A worktree's contents; None without a worktree, or if it can't be read."""
    if place is None:
        return None
    try:
        return context.survey.contents(place.worktree, repository.main)
    except GitError:
        return None


def _entry(
    context: Context,
    repository: RepositoryAtWork,
    candidate: _Candidate,
    aims: Mapping[str, str],
    places: Mapping[str | None, Place],
) -> Entry:
    branch = repository.branches.local[candidate.branch]
    target, holds = _target(context, repository, aims, places)
    commits = context.survey.commits(target.commit, branch.commit) if target is not None else ()
    node, place = candidate.node, candidate.place
    return Entry(
        label=node.title if node is not None else candidate.branch,
        branch=candidate.branch,
        commit=branch.commit,
        session=node.id if node is not None else None,
        worktree=place.worktree.path if place is not None else None,
        target=target,
        commits=commits,
        holds=(*_own_holds(repository, candidate), *holds),
    )


def _target(
    context: Context, repository: RepositoryAtWork, aims: Mapping[str, str], places: Mapping[str | None, Place]
) -> tuple[Target | None, tuple[Hold, ...]]:
    """The first local branch among a branch's targets (`aims`), and what prevents merging into it."""
    branches = repository.branches
    name = next((name for name in aims if name in branches.local), None)
    if name is None:
        reason = f"its target {next(iter(aims))} is not a branch here" if aims else "its target branch is unknown"
        return None, (Hold(Bar.NO_TARGET, reason),)
    place = places.get(name)
    if place is None:
        switch = shell.join(["git", "-C", repository.main or context.cwd, "switch", name])
        return None, (Hold(Bar.TARGET_ELSEWHERE, f"{name}, its target, is checked out nowhere", switch),)
    target = Target(name, place.worktree.path, branches.local[name].commit)
    contents = _contents(context, repository, place)
    if contents is None:
        return target, (Hold(Bar.UNREADABLE, f"{target.worktree} can't be read"),)
    if contents.operation is not None or contents.unmerged:
        doing = contents.operation or "merge"
        return target, (
            Hold(Bar.OPERATION, f"{target.worktree} is in the middle of a {doing}: finish or abort it first"),
        )
    if contents.uncommitted:
        message = _uncommitted(len(contents.uncommitted), f"{target.worktree}, where {name} is")
        return target, (Hold(Bar.TARGET_UNCOMMITTED, message),)
    return target, ()


def _own_holds(repository: RepositoryAtWork, candidate: _Candidate) -> tuple[Hold, ...]:
    """What prevents a fork from being landed: it is live, or not all of it is committed."""
    place, contents = candidate.place, candidate.contents
    if place is None:
        return ()
    path = place.worktree.path
    holds = [
        Hold(Bar.LIVE, f"it is live: process {process.pid} works in {process.cwd}")
        for process in repository.workers.get(path, ())
    ]
    if contents is None:
        return (*holds, Hold(Bar.UNREADABLE, f"{path} can't be read"))
    if contents.operation is not None or contents.unmerged:
        doing = contents.operation or "merge"
        holds.append(Hold(Bar.OPERATION, f"{path} is in the middle of a {doing}: finish or abort it first"))
    open_files = (*contents.uncommitted, *contents.untracked)
    if open_files:
        git = ["git", "-C", path]
        command = f"{shell.join([*git, 'add', '--all'])} && {shell.join([*git, 'commit', '-m', _message(repository, candidate)])}"
        holds.append(Hold(Bar.UNCOMMITTED, _uncommitted(len(open_files), path), command))
    return tuple(holds)


def _uncommitted(count: int, where: str) -> str:
    return f"1 file is not committed in {where}" if count == 1 else f"{count} files are not committed in {where}"


def _message(repository: RepositoryAtWork, candidate: _Candidate) -> str:
    """A message to commit the uncommitted work with: the first line of the fork's first prompt, else its title or branch."""
    node = candidate.node
    fork = repository.view.fork(node.id) if node is not None else None
    first_line = (fork.prompt or "").strip().split("\n", 1)[0] if fork is not None else ""
    message = first_line or (node.title if node is not None else "") or candidate.branch
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"
