"""Semantic overlaps that last: one is shown once it was there for a while, and taken away once it was gone for a while.

Somebody who types, or an agent in the middle of a rename, passes through states that say things which do not last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from forksight.core.frozen import dataclass
from forksight.core.overlaps.overlap import FileReport, Lines, Region

STANDS = 0.4  # seconds; with the scan of a save that is still less than one

_QUIET = 1.0  # seconds since the other side's file was written, before an agent is told

Key = tuple[str, str, str, bool]


@dataclass(frozen=True)
class Settled:
    """What is shown of a file, and since when (seconds) what else was found, or not found any more."""

    shown: tuple[Region, ...] = ()
    changing: Mapping[Key, float] = field(default_factory=dict)

    @property
    def due(self) -> float | None:
        """When to look again; None if nothing is about to change."""
        return min(self.changing.values()) + STANDS if self.changing else None


def settle(last: Settled | None, regions: Iterable[Region], now: float) -> Settled:
    """What to show after a check. `last` is None at the first look at a file: what is there already is shown at once."""
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
    """What is shown of the files of some worktrees, as settled. For one thread at a time."""

    def __init__(self) -> None:
        self._worktrees: dict[
            str, dict[str, Settled]
        ] = {}  # those of the last look, by path; in each its files, by path

    @property
    def due(self) -> float | None:
        """When to look again; None if nothing is about to change."""
        files = (settled for worktree in self._worktrees.values() for settled in worktree.values())
        return min((settled.due for settled in files if settled.due is not None), default=None)

    def shown(self, reports: Mapping[str, Sequence[FileReport]], now: float) -> dict[str, tuple[FileReport, ...]]:
        """The reports to show, by worktree, after these were found in each; `now` in seconds."""
        self._worktrees = {
            worktree: _settle_files(self._worktrees.get(worktree), file_reports, now)
            for worktree, file_reports in reports.items()
        }
        return {
            worktree: tuple(FileReport(path, settled.shown) for path, settled in files.items() if settled.shown)
            for worktree, files in self._worktrees.items()
        }


def _settle_files(last: Mapping[str, Settled] | None, reports: Iterable[FileReport], now: float) -> dict[str, Settled]:
    """The files of a worktree, as `settle` has each; what nothing is shown of, and nothing is about to change, is left out."""
    regions = {report.path: report.regions for report in reports}
    known = last or {}
    files = {
        path: settle(None if last is None else known.get(path, Settled()), regions.get(path, ()), now)
        for path in {**regions, **known}
    }
    return {path: settled for path, settled in files.items() if settled.shown or settled.changing}


def is_quiet(region: Region, now: float) -> bool:
    """Whether what the other side did is committed, or was not written just now (`now`: seconds since the epoch)."""
    return any(not side.uncommitted or side.since is None or now - side.since >= _QUIET for side in region.others)


def moved(regions: Iterable[Region], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[Region, ...]:
    """The regions where their lines are after an edit of the text; a region in the edited lines stays where it was."""
    by = len(after) - len(before)
    if not by:
        return tuple(regions)
    return tuple(_moved(region, by) if _below(region.lines.start, before, after) else region for region in regions)


def _below(line: int, before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether a line is below what was edited: it and all that follow are the same."""
    rest = len(before) - line
    return 0 < rest <= len(after) and before[line:] == after[len(after) - rest :]


def _moved(region: Region, by: int) -> Region:
    return replace(region, lines=Lines(region.lines.start + by, region.lines.end + by))


def _key(region: Region) -> Key:
    meaning = region.meaning
    assert meaning is not None
    return region.kind.value, meaning.symbol, meaning.home, meaning.changed_here
