"""Determines the order of landing, and the conflicts and breaks of each merge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forksight.core.compare.merge_order import Merge, merge_order
from forksight.core.git.snapshot import Worktree
from forksight.core.land.proposal import Entry, Stop, Target
from forksight.core.overlaps.overlap import WHOLE, Kind, PairFile
from forksight.core.overlaps.pairing import stopped_kinds
from forksight.core.problems import Problem
from forksight.features.compare.pairwise import Pairwise, clean_snapshot, compare_pairwise
from forksight.features.context import Context

# What a merge into the target calls it, and what it is from the side of the fork.
_SEEN_FROM_FORK = {Kind.DELETE_MODIFY: Kind.MODIFY_DELETE, Kind.MODIFY_DELETE: Kind.DELETE_MODIFY}


def in_order(
    context: Context, entries: Sequence[Entry], main: str | None
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """The entries in the order with the fewest conflicts, by target, each with its conflicts and breaks; held ones last.

    `main` is the path of the main worktree, None in a bare repository. Raises `GitError`.
    """
    landable = [entry for entry in entries if not entry.holds]
    ordered: list[Entry] = []
    problems: list[Problem] = []
    for target in dict.fromkeys(entry.target for entry in landable):
        assert target is not None
        group = [entry for entry in landable if entry.target == target]
        tips = [(entry.branch, entry.commit) for entry in group] + [(target.branch, target.commit)]
        *snapshots, aim = (
            clean_snapshot(context.repository, Worktree(branch, "", commit, branch)) for branch, commit in tips
        )
        pairwise = compare_pairwise(context.repository, snapshots, [aim], main, context.settings.overlaps.semantic_in)
        files = {(pair.a, pair.b): pair.files for pair in pairwise.pairs}
        against_target = {number for number in range(len(group)) if (number, len(group)) in files}
        between = {pair: len(stops) for pair, stops in files.items() if pair[1] < len(group)}
        broken = [pair for pair in pairwise.breaks if pair[1] < len(group)]
        order = merge_order(len(group), between, against_target, broken)
        in_order = [
            replace(
                group[merge.branch],
                stops=_stops(pairwise, files, group, merge),
                breaks=_breaks(pairwise, group, merge),
            )
            for merge in order
        ]
        ordered += _rehearsed(context, target, in_order)
        problems += pairwise.problems
    return (*ordered, *(entry for entry in entries if entry.holds)), tuple(problems)


def _rehearsed(context: Context, target: Target, entries: Sequence[Entry]) -> list[Entry]:
    """The entries, with those last that git can't merge after the others although no two of them conflict.

    That can happen if three forks change a file that one of them renamed: when too little of it is left, git no longer detects
    the rename.
    """
    onto, clean = target.commit, [entry for entry in entries if not entry.stops]
    while clean and onto in context.repository.merge_bases([(onto, clean[0].commit)])[0]:
        onto = clean.pop(0).commit  # git only moves the branch on
    if len(clean) < 2:
        return list(entries)
    results = context.repository.merges_in_turn(target.worktree, onto, [entry.commit for entry in clean])
    stops = {
        entry.branch: tuple(
            Stop(path, _SEEN_FROM_FORK.get(kind, kind), (WHOLE,), target.branch)
            for path, kind in stopped_kinds(result).items()
        )
        for entry, result in zip(clean, results, strict=True)
        if result is not None and not result.clean
    }
    rehearsed = [replace(entry, stops=stops.get(entry.branch, entry.stops)) for entry in entries]
    return sorted(rehearsed, key=lambda entry: bool(entry.stops))


def _stops(
    pairwise: Pairwise, files: Mapping[tuple[int, int], Sequence[PairFile]], group: Sequence[Entry], merge: Merge
) -> tuple[Stop, ...]:
    """The conflicts of one merge: with the target itself (the last snapshot), and with what was merged before."""
    number = merge.branch
    target = group[number].target
    labels = {**dict(enumerate(entry.branch for entry in group)), len(group): target.branch if target else ""}
    others = (*((len(group),) if merge.stops else ()), *merge.conflicts)
    return tuple(
        Stop(file.path, file.kind, pairwise.conflict_lines(number, other, file.path), labels[other])
        for other in others
        for file in files[min(number, other), max(number, other)]
    )


def _breaks(pairwise: Pairwise, group: Sequence[Entry], merge: Merge) -> tuple[Stop, ...]:
    """The breaks of one clean merge, on the fork's side: with the target itself, and with what was merged before."""
    number = merge.branch
    target = group[number].target
    broken = []
    for other in (len(group), *merge.breaks):
        label = group[other].branch if other < len(group) else target.branch if target else ""
        for region in pairwise.breaks.get((min(number, other), max(number, other)), ()):
            symbol = region.meaning.symbol if region.meaning else None
            other_side = region.others[0]
            path, lines = (region.path, region.lines) if number < other else (other_side.path, other_side.lines)
            broken.append(Stop(path, region.kind, (lines,), label, symbol))
    return tuple(broken)
