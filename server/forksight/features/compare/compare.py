"""Compare forks: what each changed and what both did, whether they merge, what they cost, and in which order to merge all."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations

from forksight.core.cleanup.rules import DAY, is_fork
from forksight.core.compare.comparison import Candidate, Comparison, Contender, Meeting, Work, ancestor_of
from forksight.core.compare.merge_order import Merge, merge_order
from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.overlap import PairFile
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.features.cleanup import facts
from forksight.features.cleanup.facts import Ground
from forksight.features.cleanup.merged import targets
from forksight.features.compare.pairwise import Arena, changes, open_arena
from forksight.features.context import Context
from forksight.features.sessions import find

_WORKERS = (os.cpu_count() or 2) + 1  # a scan mostly waits for its git


@dataclass(frozen=True)
class Entrant:
    """A fork that takes part: its session (None for a branch without one) and where its work is.

    `worktree` is the checkout, or stands for the branch where that is gone; `there` says which.
    """

    label: str
    node: Node | None
    worktree: Worktree
    there: bool


@dataclass(frozen=True)
class Field:
    """All who take part: the first `compared` of the entrants are compared, the others only put in order."""

    ground: Ground
    entrants: Sequence[Entrant]
    compared: int
    target: Worktree | None
    arena: Arena

    @property
    def stops(self) -> Mapping[tuple[int, int], tuple[PairFile, ...]]:
        """The files that merging two of them would stop at."""
        return {(pair.a, pair.b): pair.files for pair in self.arena.pairs}

    def stops_at_target(self, number: int) -> tuple[PairFile, ...]:
        """The files that merging one of them into the target would stop at."""
        return self.stops.get((number, len(self.entrants)), ())


def compare_forks(context: Context, wanted: Sequence[str]) -> Comparison:
    """Compare two or more forks, each named by session or branch. Raises `UsageError`, `GitError`, `NotARepositoryError`."""
    for name in wanted:
        find.required("the fork", name)
    ground = facts.look(context)
    chosen = [_entrant(ground, name) for name in wanted]
    places = {one.worktree.path for one in chosen}
    if len(chosen) < 2:
        raise UsageError("two forks are needed", fix="name them: forksight compare A B")
    if len(places) < len(chosen):
        fix = "name two forks with worktrees of their own"
        raise UsageError("these work in the same place: there is nothing to compare", fix=fix)
    everybody = [*chosen, *(one for one in _active(context, ground) if one.worktree.path not in places)]
    target = _target(ground, chosen, {one.worktree.branch for one in everybody})
    snapshots, unread = _scans(context, everybody)
    for one in chosen:
        if one.worktree.path not in snapshots:
            problem = next(problem for problem in unread if problem.path == one.worktree.path)
            raise GitError(problem.message.rstrip("."), fix="see to that first")
    left = [one for one in everybody if one.worktree.path in snapshots]
    aim = [_clean(context, target)] if target is not None else []
    arena = open_arena(context.repository, [snapshots[one.worktree.path] for one in left], aim, ground.main)
    comparison = _told(context, Field(ground, left, len(chosen), target, arena))
    problems = (*ground.tree.problems, *unread, *arena.problems, *comparison.problems)
    return replace(comparison, problems=tuple(dict.fromkeys(problems)))


def _told(context: Context, field: Field) -> Comparison:
    """The comparison; its problems are those of the sessions' transcripts."""
    chosen, numbers = field.entrants[: field.compared], range(field.compared)
    heads, survey = [field.arena.snapshots[number].worktree.head for number in numbers], context.survey
    base = _base(context, heads)
    with ThreadPoolExecutor(_WORKERS) as pool:
        commits = [pool.submit(survey.commits, base, head) if head else None for head in heads]
        edits = changes(context.repository, field.arena, base, field.compared)
    contenders: list[Contender] = []
    problems: list[Problem] = []
    for number, (one, head, listed) in enumerate(zip(chosen, heads, commits, strict=True)):
        work, trouble = _work(context, one.node)
        problems += trouble
        contenders.append(
            Contender(
                label=one.label,
                branch=one.worktree.branch,
                worktree=one.worktree.path if one.there else None,
                head=head or "",
                node=one.node,
                changes=edits[number],
                commits=listed.result() if listed else (),
                work=work,
                stops=field.stops_at_target(number),
            )
        )
    stops, target = field.stops, field.target.branch if field.target is not None else None
    return Comparison(
        repository=field.ground.tree.repository,
        base=base,
        ancestor=_ancestor(field),
        target=target,
        contenders=tuple(contenders),
        meetings=tuple(
            Meeting(a, b, field.arena.shared(a, b), stops.get((a, b), ())) for a, b in combinations(numbers, 2)
        ),
        candidates=tuple(
            Candidate(one.label, one.worktree.branch, one.node.id if one.node else None) for one in field.entrants
        ),
        order=_order(field, target),
        problems=tuple(problems),
    )


def _order(field: Field, target: str | None) -> tuple[Merge, ...]:
    """The order for all but the target itself, which may be one of those compared."""
    numbers = [number for number, one in enumerate(field.entrants) if target is None or one.worktree.branch != target]
    place = {number: index for index, number in enumerate(numbers)}
    conflicts = {(place[a], place[b]): len(files) for (a, b), files in field.stops.items() if a in place and b in place}
    stopped = {index for number, index in place.items() if field.stops_at_target(number)}
    order = merge_order(len(numbers), conflicts, stopped)
    return tuple(Merge(numbers[one.branch], tuple(numbers[foe] for foe in one.conflicts), one.stops) for one in order)


def _ancestor(field: Field) -> Node | None:
    """The session that all compared ones were forked from."""
    nodes = {node.id: node for node in field.ground.tree.nodes}
    sessions = [one.node.id for one in field.entrants[: field.compared] if one.node is not None]
    if len(sessions) < field.compared:
        return None
    return nodes.get(ancestor_of({node.id: node.parent for node in nodes.values()}, sessions) or "")


def _entrant(ground: Ground, wanted: str) -> Entrant:
    """The fork that is meant: a session, or the one last active on a branch; else the branch itself."""
    on_branch = [node for node in ground.tree.nodes if node.branch == wanted and node.state is not State.ARCHIVED]
    if on_branch:
        return _of_session(ground, max(on_branch, key=lambda node: node.last_active))
    branch = ground.branches.local.get(wanted)
    if branch is not None:
        place = next((place for place in ground.places.values() if place.worktree.branch == wanted), None)
        there = place is not None and not place.missing and not place.broken
        worktree = place.worktree if place is not None and there else Worktree(wanted, "", branch.commit, wanted)
        return Entrant(wanted, None, worktree, there)
    return _of_session(ground, find.session(ground.tree.nodes, wanted))


def _of_session(ground: Ground, node: Node) -> Entrant:
    place = ground.places.get(node.worktree or "")
    if node.state is State.ARCHIVED:
        raise UsageError(f"“{node.title}” is archived", fix=f"restore it first: `forksight restore {node.id}`")
    if place is not None and not place.missing and not place.broken:
        return Entrant(place.worktree.branch or node.title, node, place.worktree, there=True)
    branch = ground.branches.local.get(node.branch or "")
    if branch is None:
        raise UsageError(
            f"nothing is left of “{node.title}” but its session", fix="its worktree and its branch are gone"
        )
    return Entrant(branch.name, node, Worktree(branch.name, "", branch.commit, branch.name), there=False)


def _active(context: Context, ground: Ground) -> list[Entrant]:
    """The forks that somebody still works with, one for each worktree."""
    now, days = context.clock.now(), context.settings.forks.abandoned_after_days
    found: dict[str, Entrant] = {}
    for node in sorted(ground.tree.nodes, key=lambda node: -node.last_active):
        lively = node.live is not None or now - node.last_active < days * DAY
        place = ground.places.get(node.worktree or "")
        usable = place is not None and not place.missing and not place.broken and not place.worktree.main
        if place is not None and usable and lively and is_fork(node, ground.view.fork(node.id)):
            found.setdefault(place.worktree.path, _of_session(ground, node))
    return sorted(found.values(), key=lambda one: one.node.started if one.node else 0.0)


def _target(ground: Ground, chosen: Sequence[Entrant], taken: Collection[str | None]) -> Worktree | None:
    """What they are to be merged into, standing for itself: what the first fork's branch is for.

    Of those that take part it can only be the default branch: others are merged themselves.
    """
    default = ground.branches.local.get(ground.branches.default or "")
    main = default.name if default is not None else None
    first = next((one for one in chosen if one.worktree.branch != main), chosen[0])
    branch = ground.branches.local.get(first.worktree.branch or "")
    named = targets(ground.branches, branch) if branch is not None else {}
    if not named and default is not None:
        named = {default.name: default.commit}
    free = ((name, commit) for name, commit in named.items() if name == main or name not in taken)
    return next((Worktree(f"target {name}", "", commit, name) for name, commit in free), None)


def _scans(context: Context, entrants: Sequence[Entrant]) -> tuple[dict[str, Snapshot], list[Problem]]:
    """What each of them holds, uncommitted work included. One that can't be read is a problem."""

    def scan(one: Entrant) -> tuple[Snapshot | None, tuple[Problem, ...]]:
        if not one.there:
            return _clean(context, one.worktree), ()
        try:
            return context.repository.scan(one.worktree)
        except GitError as error:
            return None, (Problem("worktree-unreadable", f"{error.sentence}.", one.worktree.path),)

    with ThreadPoolExecutor(min(_WORKERS, len(entrants))) as pool:
        found = list(pool.map(scan, entrants))
    snapshots = {
        one.worktree.path: replace(snapshot, worktree=replace(snapshot.worktree, path=one.worktree.path))
        for one, (snapshot, _) in zip(entrants, found, strict=True)
        if snapshot is not None
    }
    return snapshots, [problem for _, problems in found for problem in problems]


def _clean(context: Context, worktree: Worktree) -> Snapshot:
    """A commit as if it were a clean worktree."""
    return Snapshot(worktree, context.repository.trees([worktree.head or ""])[0])


def _base(context: Context, heads: Sequence[str | None]) -> str | None:
    """The commit that all heads come from; the first by name where there are several, None where there is none."""
    known = [head for head in heads if head is not None]
    if len(known) < len(heads):
        return None
    base = known[0]
    for head in known[1:]:
        (found,) = context.repository.merge_bases([(base, head)])
        if not found:
            return None
        base = min(found)
    return base


def _work(context: Context, node: Node | None) -> tuple[Work | None, tuple[Problem, ...]]:
    """What a session did by itself, since its first own turn."""
    if node is None or node.session is None:
        return None, ()
    done, problems = context.sessions.activity(node.session)
    own = (
        [command for command in done.commands if command.moment >= node.started]
        if node.rows.inherited
        else list(done.commands)
    )
    return (
        Work(
            seconds=max(0.0, node.last_active - node.started),
            commands=len(own),
            failed=sum(command.failed for command in own),
            tests=tuple(runs_of_tests(own)),
        ),
        problems,
    )
