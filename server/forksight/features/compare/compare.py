"""Compares forks: what each changed, what two of them changed both, whether they merge, what they cost, and a merge order."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations

from forksight.core.cleanup.facts import Commit
from forksight.core.compare.comparison import (
    Candidate,
    ComparedFork,
    Comparison,
    FileChange,
    ForkPair,
    Work,
    ancestor_of,
)
from forksight.core.compare.merge_order import Merge, merge_order
from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import PairFile
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.sessions.session import Node
from forksight.core.sessions.wording import edits_elsewhere
from forksight.features.compare.pairwise import Pairwise, changes, clean_snapshot, compare_pairwise
from forksight.features.compare.participants import WORKERS, Participant, active_forks, merge_target, participant, scans
from forksight.features.context import Context
from forksight.features.sessions import find
from forksight.features.sessions.own_activity import own_activity
from forksight.features.sessions.repository_facts import RepositoryFacts, repository_facts


@dataclass(frozen=True)
class Participants:
    """The compared forks, followed by the other active forks, which only take part in the merge order."""

    repository: RepositoryFacts
    forks: Sequence[Participant]
    # How many of them are compared: the first ones.
    compared: int
    # What they are to be merged into; None without one.
    target: Worktree | None
    pairwise: Pairwise

    @property
    def stops(self) -> Mapping[tuple[int, int], tuple[PairFile, ...]]:
        """The files at which merging two of them would stop."""
        return {(pair.a, pair.b): pair.files for pair in self.pairwise.pairs}

    def breaks(self, a: int, b: int) -> tuple[PairFile, ...]:
        """What merging two of them (a < b) would break, as files of the first one."""
        return tuple(map(PairFile.of, self.pairwise.breaks.get((a, b), ())))

    def stops_at_target(self, number: int) -> tuple[PairFile, ...]:
        """The files at which merging one of them into the target would stop."""
        return self.stops.get((number, len(self.forks)), ())


@dataclass(frozen=True)
class _SinceBase:
    """What a compared fork did since the common ancestor of all."""

    # None before its first commit.
    head: str | None
    commits: tuple[Commit, ...]
    changes: tuple[FileChange, ...]


def compare_forks(context: Context, selectors: Sequence[str]) -> Comparison:
    """Compare two or more forks, each named by session or branch. Raises `UsageError`, `GitError`, `NotARepositoryError`."""
    for name in selectors:
        find.required("the fork", name)
    repository = repository_facts(context)
    chosen = [participant(repository, name) for name in selectors]
    places = {fork.worktree.path for fork in chosen}
    if len(chosen) < 2:
        raise UsageError("two forks are needed", fix="name them: forksight compare A B")
    if len(places) < len(chosen):
        fix = "name two forks with worktrees of their own"
        raise UsageError("these forks have the same worktree: there is nothing to compare", fix=fix)
    participants = [*chosen, *(fork for fork in active_forks(context, repository) if fork.worktree.path not in places)]
    with ThreadPoolExecutor(WORKERS) as pool:
        # git tells of the branches while it looks at the worktrees
        aim = pool.submit(merge_target, context, repository, chosen, {fork.worktree.branch for fork in participants})
        snapshots, unread = scans(context, participants, pool)
        target = aim.result()
        for fork in chosen:
            if fork.worktree.path not in snapshots:
                problem = next(problem for problem in unread if problem.path == fork.worktree.path)
                raise GitError(problem.message.rstrip("."), fix="solve that first")
        readable = [fork for fork in participants if fork.worktree.path in snapshots]
        heads = [snapshots[fork.worktree.path].worktree.head for fork in chosen]
        base = _base(context, heads)
        # and lists the commits while their texts are compared
        commits = [pool.submit(context.survey.commits, base, head) if head else None for head in heads]
        pairwise = compare_pairwise(
            context.repository,
            [snapshots[fork.worktree.path] for fork in readable],
            [clean_snapshot(context.repository, target)] if target is not None else [],
            repository.main,
            context.settings.overlaps.semantic_in,
        )
        edits = changes(context.repository, pairwise, base, len(chosen))
    since_base = [
        _SinceBase(head, listed.result() if listed else (), edited)
        for head, listed, edited in zip(heads, commits, edits, strict=True)
    ]
    comparison = _comparison(
        context, Participants(repository, readable, len(chosen), target, pairwise), base, since_base
    )
    outside = edits_elsewhere(fork.node for fork in chosen if fork.node is not None)
    problems = (*repository.tree.problems, *outside, *unread, *pairwise.problems, *comparison.problems)
    return replace(comparison, problems=tuple(dict.fromkeys(problems)))


def _comparison(
    context: Context, participants: Participants, base: str | None, since_base: Sequence[_SinceBase]
) -> Comparison:
    """Assemble the comparison. Its problems are those of reading the sessions' transcripts."""
    chosen, numbers = participants.forks[: participants.compared], range(participants.compared)
    forks: list[ComparedFork] = []
    problems: list[Problem] = []
    for number, (fork, own) in enumerate(zip(chosen, since_base, strict=True)):
        work, trouble = _work(context, fork.node)
        problems += trouble
        forks.append(
            ComparedFork(
                label=fork.label,
                branch=fork.worktree.branch,
                worktree=fork.worktree.path if fork.there else None,
                head=own.head or "",
                node=fork.node,
                changes=own.changes,
                commits=own.commits,
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
    """The merge order of all but the target itself, which may be one of the compared ones."""
    numbers = [
        number for number, fork in enumerate(participants.forks) if target is None or fork.worktree.branch != target
    ]
    position = {number: index for index, number in enumerate(numbers)}
    conflicts = {
        (position[a], position[b]): len(files)
        for (a, b), files in participants.stops.items()
        if a in position and b in position
    }
    stopped = {index for number, index in position.items() if participants.stops_at_target(number)}
    breaks = [(position[a], position[b]) for a, b in participants.pairwise.breaks if a in position and b in position]
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
    """The nearest common ancestor of the compared sessions."""
    nodes = {node.id: node for node in participants.repository.tree.nodes}
    sessions = [fork.node.id for fork in participants.forks[: participants.compared] if fork.node is not None]
    if len(sessions) < participants.compared:
        return None
    return nodes.get(ancestor_of({node.id: node.parent for node in nodes.values()}, sessions) or "")


def _base(context: Context, heads: Sequence[str | None]) -> str | None:
    """The merge base of all heads: the first by id if there are several, None if there is none."""
    commits = [head for head in heads if head is not None]
    if len(commits) < len(heads):
        return None
    base = commits[0]
    for head in commits[1:]:
        (bases,) = context.repository.merge_bases([(base, head)])
        if not bases:
            return None
        base = min(bases)
    return base


def _work(context: Context, node: Node | None) -> tuple[Work | None, tuple[Problem, ...]]:
    """A session's own work, since its first own turn."""
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
