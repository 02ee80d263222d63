"""The forks that take part in a comparison, their snapshots, and their merge target."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from forksight.core.cleanup.rules import may_be_cleaned_up
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.words.quantities import DAY
from forksight.features.compare.pairwise import clean_snapshot
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.sessions import find
from forksight.features.sessions.repository_facts import RepositoryFacts

WORKERS = (os.cpu_count() or 2) + 1  # each mostly waits for its git


@dataclass(frozen=True)
class Participant:
    """A fork that takes part."""

    label: str
    # Its session; None for a branch without one.
    node: Node | None
    # Where its work is: the checkout if `there`, else a stand-in for the branch, whose path is the branch's name.
    worktree: Worktree
    there: bool


def participant(repository: RepositoryFacts, selector: str) -> Participant:
    """The fork that a selector names: a branch with the session that it stands for, if any, else a session."""
    on_branch = find.meant_by_branch(
        node for node in repository.tree.nodes if repository.is_called(node.branch, selector)
    )
    if on_branch:
        return _of_session(repository, on_branch[0])
    branch = repository.branches.local.get(selector)
    if branch is not None:
        place = next((place for place in repository.places.values() if place.worktree.branch == selector), None)
        there = place is not None and not place.missing and not place.broken
        worktree = place.worktree if place is not None and there else Worktree(selector, "", branch.commit, selector)
        return Participant(selector, None, worktree, there)
    return _of_session(repository, find.session(repository.tree.nodes, selector))


def _of_session(repository: RepositoryFacts, node: Node) -> Participant:
    place = repository.places.get(node.worktree or "")
    if node.state is State.ARCHIVED:
        raise UsageError(f"“{node.title}” is archived", fix=f"restore it first: `forksight restore {node.id}`")
    if place is not None and not place.missing and not place.broken:
        return Participant(place.worktree.branch or node.title, node, place.worktree, there=True)
    branch = repository.branches.local.get(repository.branch_now(node.branch) or "")
    if branch is None:
        raise UsageError(
            f"“{node.title}” can't be compared: its worktree and its branch are gone",
            fix="choose a fork that has one of them",
        )
    return Participant(branch.name, node, Worktree(branch.name, "", branch.commit, branch.name), there=False)


def active_forks(context: Context, repository: RepositoryFacts) -> list[Participant]:
    """The active forks, one for each worktree."""
    now, days = context.clock.now(), context.settings.forks.abandoned_after_days
    active: dict[str, Participant] = {}
    for node in sorted(repository.tree.nodes, key=lambda node: -node.last_active):
        lively = node.live is not None or now - node.last_active < days * DAY
        place = repository.places.get(node.worktree or "")
        usable = place is not None and not place.missing and not place.broken and not place.worktree.main
        if place is not None and usable and lively and may_be_cleaned_up(node, repository.view.fork(node.id)):
            active.setdefault(place.worktree.path, _of_session(repository, node))
    return sorted(active.values(), key=lambda fork: fork.node.started if fork.node else 0.0)


def merge_target(
    context: Context, repository: RepositoryFacts, chosen: Sequence[Participant], taking_part: Collection[str | None]
) -> Worktree | None:
    """The merge target, as a participant: the target of the first fork's branch.

    A participant can only be the target if it is the default branch: others are merged themselves.
    """
    default = repository.branches.local.get(repository.branches.default or "")
    main = default.name if default is not None else None
    first = next((fork for fork in chosen if fork.worktree.branch != main), chosen[0])
    branch = repository.branches.local.get(first.worktree.branch or "")
    named: Mapping[str, str] = {}
    if branch is not None:
        named = merge_targets(context, repository.branches, [branch.name])[branch.name]
    if not named and default is not None:
        named = {default.name: default.commit}
    free = ((name, commit) for name, commit in named.items() if name == main or name not in taking_part)
    return next((Worktree(f"target {name}", "", commit, name) for name, commit in free), None)


def scans(
    context: Context, participants: Sequence[Participant], pool: Executor
) -> tuple[dict[str, Snapshot], list[Problem]]:
    """The snapshot of each participant, uncommitted work included. One that can't be read is a problem."""

    def scan(fork: Participant) -> tuple[Snapshot | None, tuple[Problem, ...]]:
        if not fork.there:
            return clean_snapshot(context.repository, fork.worktree), ()
        try:
            return context.repository.scan(fork.worktree)
        except GitError as error:
            return None, (Problem("worktree-unreadable", f"{error.sentence}.", fork.worktree.path),)

    results = list(pool.map(scan, participants))
    snapshots = {
        fork.worktree.path: replace(snapshot, worktree=replace(snapshot.worktree, path=fork.worktree.path))
        for fork, (snapshot, _) in zip(participants, results, strict=True)
        if snapshot is not None
    }
    return snapshots, [problem for _, problems in results for problem in problems]
