"""Limits the warnings about the same lines: the three most important other texts get one each, all further ones share one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from forksight.core.overlaps.overlap import Lines, Region

_MOST = 3  # other texts about the same lines that get a warning of their own


def foremost(regions: Sequence[Region], live: Collection[str]) -> Sequence[Region]:
    """The regions, at most four of each kind about the same lines: the most important three, and one that stands for the rest.

    Most important is a text in whose worktree a session runs (`live` holds the paths of such worktrees), then one that is not
    committed, then the newest. `regions` must be sorted by their lines.
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
    """The three most important regions of a group, the most important first."""
    return sorted(group, key=lambda region: _weight(region, live), reverse=True)[:_MOST]


def grouped(regions: Iterable[Region]) -> list[list[Region]]:
    """The regions in groups of one kind, each of which overlaps the group's first region. `regions` must be sorted by their lines."""
    together: list[list[Region]] = []
    open_: dict[str, list[Region]] = {}  # the last group of each kind
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
    """One region that stands for several and covers the lines of all of them."""
    lines = Lines(min(region.lines.start for region in regions), max(region.lines.end for region in regions))
    others = tuple(side for region in regions for side in region.others)
    return replace(regions[0], lines=lines, others=others, theirs=b"", texts=len(regions))
