"""Which of many other texts about the same lines have a warning each: beyond three, the rest share one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from forksight.core.overlaps.overlap import Lines, Region

_MOST = 3  # other texts about a region that are told one by one


def foremost(regions: Sequence[Region], live: Collection[str]) -> Sequence[Region]:
    """The regions, with at most four of a kind about the same lines: the texts that matter most, and one for all the others.

    What matters most: a session runs there (`live`: the paths of such worktrees), it is not committed, it is the newest.
    `regions` are sorted by their lines.
    """
    if len(regions) <= _MOST:
        return regions
    chosen: list[Region] = []
    for group in grouped(regions):
        if len(group) <= _MOST:
            chosen += group
            continue
        first = most_important(group, live)
        rest = [region for region in group if region not in first]
        chosen += [region for region in group if region in first]
        chosen += [_counted(rest)] if len(rest) > 1 else rest
    return chosen


def most_important(group: Iterable[Region], live: Collection[str]) -> list[Region]:
    """At most three of the regions about the same lines, the one that matters most first."""
    return sorted(group, key=lambda region: _weight(region, live), reverse=True)[:_MOST]


def grouped(regions: Iterable[Region]) -> list[list[Region]]:
    """The regions of each kind that lie on lines of the first of them; `regions` are sorted by their lines."""
    together: list[list[Region]] = []
    open_: dict[str, list[Region]] = {}  # the last group, by kind
    for region in regions:
        group = open_.get(region.kind.value)
        if group is not None and _meet(group[0].lines, region.lines):
            group.append(region)
        else:
            open_[region.kind.value] = group = [region]
            together.append(group)
    return together


def _meet(first: Lines, second: Lines) -> bool:
    return second.start < first.end or second.start == first.start


def _weight(region: Region, live: Collection[str]) -> tuple[bool, bool, float]:
    runs = any(side.worktree in live for side in region.others)
    return runs, any(side.uncommitted for side in region.others), max(side.since or 0.0 for side in region.others)


def _counted(regions: Sequence[Region]) -> Region:
    """One region that stands for several, on all of their lines."""
    lines = Lines(min(region.lines.start for region in regions), max(region.lines.end for region in regions))
    others = tuple(side for region in regions for side in region.others)
    return replace(regions[0], lines=lines, others=others, theirs=b"", texts=len(regions))
