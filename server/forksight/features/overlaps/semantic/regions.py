"""The breaks of a pair of worktrees as regions of the first worktree's files."""

from collections.abc import Iterable, Iterator

from forksight.core.overlaps.meaning import Meaning
from forksight.core.overlaps.overlap import Region, Side
from forksight.core.overlaps.semantic.breaks import Break, Spot
from forksight.core.overlaps.semantic.rule import Breaks
from forksight.features.overlaps.pairs.pair import ComparedPair


def regions_of(compared: ComparedPair, pair_breaks: Breaks) -> Iterator[Region]:
    """The breaks of a pair as regions of the first side: at its uses that break, or at its changes that break uses of theirs."""
    for broken in pair_breaks.here:
        yield _region(compared, broken, broken.use, broken.change, changed_here=False)
    for broken in pair_breaks.there:
        yield _region(compared, broken, broken.change, broken.use, changed_here=True)


def _region(compared: ComparedPair, broken: Break, here: Spot, there: Spot, *, changed_here: bool) -> Region:
    meaning = Meaning(
        broken.cause,
        broken.symbol,
        broken.home,
        changed_here,
        broken.detail,
        broken.before,
        broken.after,
        broken.keep,
        broken.certain,
    )
    theirs = compared.theirs
    side = Side(
        theirs.worktree.path,
        theirs.worktree.branch,
        there.path,
        there.lines,
        uncommitted=there.path in theirs.changes,
        since=theirs.since.get(there.path),
        gone=there.gone,
        colleague=theirs.worktree.colleague,
    )
    return Region(here.path, broken.kind, here.lines, (side,), meaning=meaning)


def grouped(regions: Iterable[Region]) -> list[Region]:
    """The regions in order; equal ones of several other worktrees become one."""
    groups: dict[tuple[int, int, str, Meaning | None], list[Region]] = {}
    for region in regions:
        key = (region.lines.start, region.lines.end, region.kind.value, region.meaning)
        groups.setdefault(key, []).append(region)
    merged = [
        Region(
            first.path,
            first.kind,
            first.lines,
            tuple(side for region in group for side in region.others),
            meaning=first.meaning,
        )
        for group in groups.values()
        for first in group[:1]
    ]
    return sorted(merged, key=lambda region: (region.lines.start, region.lines.end, region.kind.value))
