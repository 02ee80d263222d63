"""Compare forks: what each changed and what both did, whether they merge, what they cost, and in which order to merge all."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations

from forksight.core.cleanup.rules import may_be_cleaned_up
from forksight.core.compare.comparison import Candidate, ComparedFork, Comparison, ForkPair, Work, ancestor_of
from forksight.core.compare.merge_order import Merge, merge_order
from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.overlap import PairFile
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.sessions.wording import edits_elsewhere
from forksight.core.words.quantities import DAY
from forksight.features.compare.pairwise import Pairwise, changes, clean_snapshot, compare_pairwise
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.sessions import find
from forksight.features.sessions.own_activity import own_activity
from forksight.features.sessions.repository_facts import RepositoryFacts, repository_facts

_WORKERS = (os.cpu_count() or 2) + 1  # a scan mostly waits for its git


@dataclass(frozen=True)
class Participant:
    """A fork that takes part."""

    label: str
    # Its session; None for a branch without one.
    node: Node | None
    # Where its work is: the checkout if `there`, else a stand-in for the branch, whose path is the branch's name.
    worktree: Worktree
    there: bool


@dataclass(frozen=True)
class Participants:
    """All forks that take part: those compared, and the other active ones, which are only put in order."""

    repository: RepositoryFacts
    forks: Sequence[Participant]
    # How many of them are compared: the first ones.
    compared: int
    # What they are to be merged into; None without one.
    target: Worktree | None
    pairwise: Pairwise

    @property
    def stops(self) -> Mapping[tuple[int, int], tuple[PairFile, ...]]:
        """The files that merging two of them would stop at."""
        return {(pair.a, pair.b): pair.files for pair in self.pairwise.pairs}

    def breaks(self, a: int, b: int) -> tuple[PairFile, ...]:
        """What merging two of them (a < b) would break, by the first one's files."""
        return tuple(map(PairFile.of, self.pairwise.breaks.get((a, b), ())))

    def stops_at_target(self, number: int) -> tuple[PairFile, ...]:
        """The files that merging one of them into the target would stop at."""
        return self.stops.get((number, len(self.forks)), ())


def compare_forks(context: Context, selectors: Sequence[str]) -> Comparison:
    """Compare two or more forks, each named by session or branch. Raises `UsageError`, `GitError`, `NotARepositoryError`."""
    for name in selectors:
        find.required("the fork", name)
    repository = repository_facts(context)
    chosen = [_participant(repository, name) for name in selectors]
    places = {fork.worktree.path for fork in chosen}
    if len(chosen) < 2:
        raise UsageError("two forks are needed", fix="name them: forksight compare A B")
    if len(places) < len(chosen):
        fix = "name two forks with worktrees of their own"
        raise UsageError("these work in the same place: there is nothing to compare", fix=fix)
    participants = [*chosen, *(fork for fork in _active(context, repository) if fork.worktree.path not in places)]
    with ThreadPoolExecutor(1) as pool:  # git tells of the branches while it looks at the worktrees
        aim = pool.submit(_target, context, repository, chosen, {fork.worktree.branch for fork in participants})
        snapshots, unread = _scans(context, participants)
    target = aim.result()
    for fork in chosen:
        if fork.worktree.path not in snapshots:
            problem = next(problem for problem in unread if problem.path == fork.worktree.path)
            raise GitError(problem.message.rstrip("."), fix="see to that first")
    readable = [fork for fork in participants if fork.worktree.path in snapshots]
    pairwise = compare_pairwise(
        context.repository,
        [snapshots[fork.worktree.path] for fork in readable],
        [clean_snapshot(context.repository, target)] if target is not None else [],
        repository.main,
        context.settings.overlaps.semantic_in,
    )
    comparison = _comparison(context, Participants(repository, readable, len(chosen), target, pairwise))
    outside = edits_elsewhere(fork.node for fork in chosen if fork.node is not None)
    problems = (*repository.tree.problems, *outside, *unread, *pairwise.problems, *comparison.problems)
    return replace(comparison, problems=tuple(dict.fromkeys(problems)))


def _comparison(context: Context, participants: Participants) -> Comparison:
    """The comparison. Its problems are those of reading the sessions' transcripts."""
    chosen, numbers = participants.forks[: participants.compared], range(participants.compared)
    heads, survey = [participants.pairwise.snapshots[number].worktree.head for number in numbers], context.survey
    base = _base(context, heads)
    with ThreadPoolExecutor(_WORKERS) as pool:
        commits = [pool.submit(survey.commits, base, head) if head else None for head in heads]
        edits = changes(context.repository, participants.pairwise, base, participants.compared)
    forks: list[ComparedFork] = []
    problems: list[Problem] = []
    for number, (fork, head, listed) in enumerate(zip(chosen, heads, commits, strict=True)):
        work, trouble = _work(context, fork.node)
        problems += trouble
        forks.append(
            ComparedFork(
                label=fork.label,
                branch=fork.worktree.branch,
                worktree=fork.worktree.path if fork.there else None,
                head=head or "",
                node=fork.node,
                changes=edits[number],
                commits=listed.result() if listed else (),
                work=work,
                stops=participants.stops_at_target(number),
                breaks=participants.breaks(number, len(participants.forks)),
            )
        )
    stops, target = participants.stops, participants.target.branch if participants.target is not None else None
    return Comparison(
        repository=participants.repository.tree.repository,
        base=base,
        ancestor=_ancestor(participants),
        target=target,
        forks=tuple(forks),
        pairs=tuple(
            ForkPair(a, b, participants.pairwise.shared(a, b), stops.get((a, b), ()), participants.breaks(a, b))
            for a, b in combinations(numbers, 2)
        ),
        candidates=tuple(
            Candidate(fork.label, fork.worktree.branch, fork.node.id if fork.node else None)
            for fork in participants.forks
        ),
        order=_order(participants, target),
        problems=tuple(problems),
    )


def _order(participants: Participants, target: str | None) -> tuple[Merge, ...]:
    """The order for all but the target itself, which may be one of those compared."""
    numbers = [
        number for number, fork in enumerate(participants.forks) if target is None or fork.worktree.branch != target
    ]
    place = {number: index for index, number in enumerate(numbers)}
    conflicts = {
        (place[a], place[b]): len(files) for (a, b), files in participants.stops.items() if a in place and b in place
    }
    stopped = {index for number, index in place.items() if participants.stops_at_target(number)}
    breaks = [(place[a], place[b]) for a, b in participants.pairwise.breaks if a in place and b in place]
    order = merge_order(len(numbers), conflicts, stopped, breaks)
    return tuple(
        Merge(
            numbers[merge.branch],
            tuple(numbers[other] for other in merge.conflicts),
            merge.stops,
            tuple(numbers[other] for other in merge.breaks),
        )
        for merge in order
    )


def _ancestor(participants: Participants) -> Node | None:
    """The session that all compared ones were forked from."""
    nodes = {node.id: node for node in participants.repository.tree.nodes}
    sessions = [fork.node.id for fork in participants.forks[: participants.compared] if fork.node is not None]
    if len(sessions) < participants.compared:
        return None
    return nodes.get(ancestor_of({node.id: node.parent for node in nodes.values()}, sessions) or "")


def _participant(repository: RepositoryFacts, selector: str) -> Participant:
    """The fork that is meant: a session, or the one last active on a branch; else the branch itself."""
    on_branch = [
        node
        for node in repository.tree.nodes
        if node.state is not State.ARCHIVED and repository.is_called(node.branch, selector)
    ]
    if on_branch:
        return _of_session(repository, max(on_branch, key=lambda node: node.last_active))
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
            f"nothing is left of “{node.title}” but its session", fix="its worktree and its branch are gone"
        )
    return Participant(branch.name, node, Worktree(branch.name, "", branch.commit, branch.name), there=False)


def _active(context: Context, repository: RepositoryFacts) -> list[Participant]:
    """The forks that somebody still works with, one for each worktree."""
    now, days = context.clock.now(), context.settings.forks.abandoned_after_days
    active: dict[str, Participant] = {}
    for node in sorted(repository.tree.nodes, key=lambda node: -node.last_active):
        lively = node.live is not None or now - node.last_active < days * DAY
        place = repository.places.get(node.worktree or "")
        usable = place is not None and not place.missing and not place.broken and not place.worktree.main
        if place is not None and usable and lively and may_be_cleaned_up(node, repository.view.fork(node.id)):
            active.setdefault(place.worktree.path, _of_session(repository, node))
    return sorted(active.values(), key=lambda fork: fork.node.started if fork.node else 0.0)


def _target(
    context: Context, repository: RepositoryFacts, chosen: Sequence[Participant], taking_part: Collection[str | None]
) -> Worktree | None:
    """What they are to be merged into, standing for itself: what the first fork's branch is for.

    Of those that take part it can only be the default branch: others are merged themselves.
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


def _scans(context: Context, participants: Sequence[Participant]) -> tuple[dict[str, Snapshot], list[Problem]]:
    """What each of them holds, uncommitted work included. One that can't be read is a problem."""

    def scan(fork: Participant) -> tuple[Snapshot | None, tuple[Problem, ...]]:
        if not fork.there:
            return clean_snapshot(context.repository, fork.worktree), ()
        try:
            return context.repository.scan(fork.worktree)
        except GitError as error:
            return None, (Problem("worktree-unreadable", f"{error.sentence}.", fork.worktree.path),)

    with ThreadPoolExecutor(min(_WORKERS, len(participants))) as pool:
        scans = list(pool.map(scan, participants))
    snapshots = {
        fork.worktree.path: replace(snapshot, worktree=replace(snapshot.worktree, path=fork.worktree.path))
        for fork, (snapshot, _) in zip(participants, scans, strict=True)
        if snapshot is not None
    }
    return snapshots, [problem for _, problems in scans for problem in problems]


def _base(context: Context, heads: Sequence[str | None]) -> str | None:
    """The commit that all heads come from; the first by name where there are several, None where there is none."""
    known = [head for head in heads if head is not None]
    if len(known) < len(heads):
        return None
    base = known[0]
    for head in known[1:]:
        (bases,) = context.repository.merge_bases([(base, head)])
        if not bases:
            return None
        base = min(bases)
    return base


def _work(context: Context, node: Node | None) -> tuple[Work | None, tuple[Problem, ...]]:
    """What a session did by itself, since its first own turn."""
    if node is None or node.session is None:
        return None, ()
    activity, problems = own_activity(context, node)
    commands = activity.commands
    return (
        Work(
            seconds=max(0.0, node.last_active - node.started),
            commands=len(commands),
            failed=sum(command.failed for command in commands),
            tests=tuple(runs_of_tests(commands)),
        ),
        problems,
    )
