"""Debounces semantic overlaps: one is shown when it has lasted for a while, and removed when it has been gone for a while.

While somebody types, or an agent is in the middle of a rename, overlaps come and go that nobody should be shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from forksight.core.frozen import dataclass
from forksight.core.overlaps.overlap import FileReport, Lines, Region

STANDS = 0.4  # seconds that an overlap must last, or be gone; together with the scan after a save this stays below one second

_QUIET = 1.0  # seconds that the other side's file must be unchanged before an agent is told

Key = tuple[str, str, str, bool]


@dataclass(frozen=True)
class Settled:
    """What is shown of a file. `changing`: since when (seconds) an overlap that is not shown was found, or a shown one was not."""

    shown: tuple[Region, ...] = ()
    changing: Mapping[Key, float] = field(default_factory=dict)

    @property
    def due(self) -> float | None:
        """When to look again; None if nothing is about to change."""
        return min(self.changing.values()) + STANDS if self.changing else None


def settle(last: Settled | None, regions: Iterable[Region], now: float) -> Settled:
    """What to show after a check that found `regions`. At the first check of a file (`last` is None) everything is shown at once."""
    new = {_key(region): region for region in regions}
    if last is None:
        return Settled(tuple(new.values()))
    old = {_key(region): region for region in last.shown}
    shown: list[Region] = []
    changing: dict[Key, float] = {}
    for key in {**old, **new}:
        if key in old and key in new:
            shown.append(new[key])
            continue
        since = last.changing.get(key, now)
        stands = now >= since + STANDS
        if not stands:
            changing[key] = since
        if (key in new) == stands:
            shown.append(new[key] if stands else old[key])
    return Settled(tuple(sorted(shown, key=lambda region: (region.lines.start, region.kind.value))), changing)


class SettledFiles:
    """What is shown of the files of several worktrees. To be used by one thread at a time."""

    def __init__(self) -> None:
        self._worktrees: dict[str, dict[str, Settled]] = {}  # as of the last call of `shown`: by worktree, then by file

    @property
    def due(self) -> float | None:
        """When to look again; None if nothing is about to change."""
        files = (settled for worktree in self._worktrees.values() for settled in worktree.values())
        return min((settled.due for settled in files if settled.due is not None), default=None)

    def shown(self, reports: Mapping[str, Sequence[FileReport]], now: float) -> dict[str, tuple[FileReport, ...]]:
        """The reports to show, by worktree, after a check that found these `reports` in each. `now` is in seconds."""
        self._worktrees = {
            worktree: _settle_files(self._worktrees.get(worktree), file_reports, now)
            for worktree, file_reports in reports.items()
        }
        return {
            worktree: tuple(FileReport(path, settled.shown) for path, settled in files.items() if settled.shown)
            for worktree, files in self._worktrees.items()
        }


def _settle_files(last: Mapping[str, Settled] | None, reports: Iterable[FileReport], now: float) -> dict[str, Settled]:
    """`settle` for each file of a worktree. Files of which nothing is shown and nothing is changing are left out."""
    regions = {report.path: report.regions for report in reports}
    before = last or {}
    files = {
        path: settle(None if last is None else before.get(path, Settled()), regions.get(path, ()), now)
        for path in {**regions, **before}
    }
    return {path: settled for path, settled in files.items() if settled.shown or settled.changing}


def is_quiet(region: Region, now: float) -> bool:
    """Whether any of the other sides is committed, or has not been written for a second. `now` is in seconds since the epoch."""
    return any(not side.uncommitted or side.since is None or now - side.since >= _QUIET for side in region.others)


def moved(regions: Iterable[Region], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[Region, ...]:
    """The regions moved with their lines from the text `before` to the text `after`. Regions within the edit are not moved."""
    by = len(after) - len(before)
    if not by:
        return tuple(regions)
    return tuple(_moved(region, by) if _below(region.lines.start, before, after) else region for region in regions)


def _below(line: int, before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether a line is below the edit: it and all lines after it are unchanged."""
    rest = len(before) - line
    return 0 < rest <= len(after) and before[line:] == after[len(after) - rest :]


def _moved(region: Region, by: int) -> Region:
    return replace(region, lines=Lines(region.lines.start + by, region.lines.end + by))


def _key(region: Region) -> Key:
    meaning = region.meaning
    assert meaning is not None
    return region.kind.value, meaning.symbol, meaning.home, meaning.changed_here
