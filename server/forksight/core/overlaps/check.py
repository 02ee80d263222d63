"""Checks one file of this worktree against the same file in all others. This is what a key stroke runs; it does no I/O.

A `FilePlan` holds everything but this side's text: each distinct state of the file elsewhere, with its base and its diff
against that. `check_text` reuses the plan's last check: after a key stroke it only diffs around the edited line, and only
merges again with the opponents whose changes touch the edit. The rules are those of git's ort strategy for a single path;
what ort decides by looking at several paths (renames, directories in the way) is handed in as `Opponent.fixed`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum
from functools import cached_property

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import EXECUTABLE, GITLINK, REGULAR, SYMLINK
from forksight.core.merge.diff import Hunk, Text, split_again, split_lines
from forksight.core.merge.hunk_index import HunkIndex, Window
from forksight.core.merge.three_way import (
    ConflictStyle,
    Meeting,
    SideDiffs,
    Sides,
    Version,
    meet,
    meet_in,
    version_again,
)
from forksight.core.overlaps.overlap import WHOLE, FileReport, Kind, Lines, Region, Side
from forksight.core.problems import Problem

ABSENT = 0  # the mode of a path that does not exist
_TYPE_BITS = 0o170000

KindOfMeeting = tuple[Kind, Lines | None, Lines | None]  # kind, our lines, their lines; None for a kind without lines


class Driver(Enum):
    """How git merges two texts of a path (the `merge` attribute)."""

    TEXT = "text"
    UNION = "union"
    BINARY = "binary"


@dataclass(frozen=True)
class Opponent:
    """The other worktrees that have the same state of a file and the same base. Modes are git's; `ABSENT` if there is no file."""

    sides: tuple[Side, ...]  # their lines are not set
    base_mode: int
    base: Text  # empty if the base has no such file
    mode: int
    theirs: Version  # their text, diffed against `base`
    driver: Driver = Driver.TEXT
    fixed: Kind | None = None  # the kind of the overlap, whatever the text here is; None: the text decides
    settled: bool = False  # both sides have the file from one of several merge bases: equal changes are not reported
    style: ConflictStyle = ConflictStyle.MERGE

    @property
    def changed(self) -> bool:
        """Whether their file differs from the base's."""
        return self.mode != self.base_mode or bool(self.theirs.hunks)

    @cached_property
    def plain(self) -> bool:
        """Whether only a merge of lines decides, as long as the file here has the same mode and is no binary."""
        binary = self.driver is Driver.BINARY or self.theirs.text.binary or self.base.binary
        return self.mode == self.base_mode and self.mode in (REGULAR, EXECUTABLE) and not self.fixed and not binary


@dataclass(frozen=True)
class _Check:
    """What one check computed and the next can reuse."""

    mode: int
    text: Text
    # By `id(base)`: the text diffed against that base, and the windows in which each opponent (by number) touches it.
    versions: Mapping[int, tuple[Version, Mapping[int, list[Window]]]] = field(default_factory=dict)
    # By the opponent's number and a window's first base line: our hunks in the window, and the regions found there.
    met: Mapping[tuple[int, int], tuple[list[Hunk], list[Region]]] = field(default_factory=dict)
    side_diffs: Mapping[Sides, list[Hunk]] = field(default_factory=dict)  # see `SideDiffs`


@dataclass
class Memory:
    """A plan's last checked text, with that check and its report. Replaced as a whole, so that any thread may check."""

    last: tuple[bytes, _Check, FileReport] | None = None


@dataclass(frozen=True)
class FilePlan:
    """Everything that checking one file of this worktree takes besides its text."""

    path: str
    mode: int = REGULAR  # git's mode of the file here; `ABSENT` if it is deleted
    opponents: tuple[Opponent, ...] = ()
    problems: tuple[Problem, ...] = ()
    # The only text that the plan is valid for, because git's rename detection looked at it; None: the plan is valid for any text.
    text: bytes | None = field(default=None, compare=False, repr=False)
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @cached_property
    def opponent_of(self) -> Mapping[str, Opponent]:
        """The opponent that each other worktree is a side of, by the worktree's path."""
        return {side.worktree: opponent for opponent in self.opponents for side in opponent.sides}

    @cached_property
    def indexes(self) -> Sequence[tuple[Text, HunkIndex]]:
        """Each base, with the index of the hunks of its `plain` opponents (by their number)."""
        by_base: dict[int, tuple[Text, dict[int, list[Hunk]]]] = {}
        for number, opponent in enumerate(self.opponents):
            _, hunks = by_base.setdefault(id(opponent.base), (opponent.base, {}))
            if opponent.plain:
                hunks[number] = opponent.theirs.hunks
        return [(base, HunkIndex(hunks)) for base, hunks in by_base.values()]

    @property
    def takes_long(self) -> bool:
        """Whether the first check takes so long that it is better made before somebody waits for it."""
        return self.mode != ABSENT and any(opponent.theirs.search for opponent in self.opponents)


def check_text(plan: FilePlan, text: bytes) -> FileReport:
    """Where this text (bytes as git would record them) overlaps with the other worktrees: regions in order, equal ones grouped."""
    last = plan.memory.last
    if last and last[0] == text:
        return last[2]
    lines, same = split_again(text, last[0], last[1].text) if last else (split_lines(text), None)
    report, completed = _check(plan, plan.mode or REGULAR, lines, last[1] if last else None, same)
    plan.memory.last = text, completed, report
    return report


def check(plan: FilePlan, mode: int, text: Text) -> FileReport:
    """Like `check_text`, for a file of any mode (git's; `ABSENT` if it is deleted). It neither reads nor sets the plan's memory."""
    return _check(plan, mode, text, None)[0]


def _check(
    plan: FilePlan, mode: int, text: Text, last: _Check | None, same: tuple[int, int] | None = None
) -> tuple[FileReport, _Check]:
    """The report, and what the next check can reuse. `last` is the check before; `same` counts the lines shared with its text."""
    if last and (text.binary or last.text.binary or mode != last.mode):
        last = None
    versions: dict[int, tuple[Version, Mapping[int, list[Window]]]] = {}
    for base, index in plan.indexes:
        before, windows = last.versions.get(id(base), (None, {})) if last else (None, {})
        if before is None:
            ours = version_again(base, text, _similar_version(plan, base, text))
        else:
            ours = version_again(base, text, before, same)
        as_before = before is not None and ours.hunks is before.hunks
        versions[id(base)] = ours, windows if as_before else index.touching(ours.hunks)
    met: dict[tuple[int, int], tuple[list[Hunk], list[Region]]] = {}
    side_diffs = SideDiffs(last.side_diffs if last else {})
    for number, opponent in enumerate(plan.opponents):
        ours, touched = versions[id(opponent.base)]
        if not opponent.plain or mode != opponent.mode or text.binary:
            met[number, -1] = (
                [],
                [_region(plan.path, text, opponent, meeting) for meeting in meetings(mode, ours, opponent)],
            )
            continue
        for window in touched.get(number, ()):
            hunks = ours.hunks[window[0]]
            key = number, hunks[0].base_start
            regions = _recalled(last, key, hunks, ours) if last else None
            if regions is None:
                met_lines = meet_in(window, ours, opponent.theirs, opponent.style, side_diffs)
                regions = [_region(plan.path, text, opponent, meeting) for meeting in _kinds_of(met_lines, opponent)]
            met[key] = hunks, regions
    report = FileReport(plan.path, tuple(_grouped(regions for _, regions in met.values())), plan.problems)
    return report, _Check(mode, text, versions, met, side_diffs.used)


def _similar_version(plan: FilePlan, base: Text, text: Text) -> Version | None:
    """An opponent's version with many changes and as many lines as this text; it may have made the same changes (a formatter)."""
    theirs = (opponent.theirs for opponent in plan.opponents if opponent.plain and opponent.base is base)
    size = len(text.lines)
    return next((version for version in theirs if version.search and len(version.text.lines) == size), None)


def _recalled(last: _Check, key: tuple[int, int], hunks: list[Hunk], ours: Version) -> list[Region] | None:
    """The regions that the last check found under this key of `_Check.met`, shifted to their lines in the new text.

    None if the edit lies in or between these hunks, so that they must be merged again.
    """
    old, regions = last.met.get(key, ([], []))
    if len(old) != len(hunks):
        return None
    head, tail = ours.same
    moved = hunks[0].start - old[0].start
    above_edit = old[-1].end <= head and moved == 0
    below_edit = old[0].start >= len(last.text.lines) - tail and moved == len(ours.text.lines) - len(last.text.lines)
    if not (above_edit or below_edit):
        return None
    if moved:
        old = [Hunk(hunk.base_start, hunk.base_end, hunk.start + moved, hunk.end + moved) for hunk in old]
        regions = [_shifted(region, moved) for region in regions]
    return regions if old == hunks else None


def _shifted(region: Region, by: int) -> Region:
    lines = Lines(region.lines.start + by, region.lines.end + by)
    return Region(region.path, region.kind, lines, region.others, region.ours, region.theirs)


def _region(path: str, text: Text, opponent: Opponent, met: KindOfMeeting) -> Region:
    kind, lines, their_lines = met
    if lines is None or their_lines is None:
        return Region(path, kind, WHOLE, opponent.sides)
    return Region(
        path,
        kind,
        lines,
        tuple(side.at(their_lines) for side in opponent.sides),
        text.slice(lines.start, lines.end),
        opponent.theirs.text.slice(their_lines.start, their_lines.end),
    )


def _grouped(regions_met: Iterable[Sequence[Region]]) -> list[Region]:
    """The regions in order; those on the same lines with the same text on the other side become one."""
    groups: dict[tuple[int, int, str, bytes], list[Region]] = {}
    for regions in regions_met:
        for region in regions:
            key = (region.lines.start, region.lines.end, region.kind.value, region.theirs)
            groups.setdefault(key, []).append(region)
    return [
        group[0]
        if len(group) == 1
        else replace(group[0], others=tuple(side for region in group for side in region.others))
        for _, group in sorted(groups.items())
    ]


def meetings(mode: int, ours: Version, opponent: Opponent) -> Iterator[KindOfMeeting]:
    """Every overlap of this side's file with one opponent. `mode` is git's mode of the file here, `ABSENT` if it is deleted."""
    theirs, base_mode = opponent.theirs, opponent.base_mode
    if opponent.fixed:
        yield opponent.fixed, None, None
        return
    if not opponent.changed or (mode == base_mode and not ours.hunks):
        return
    same_text = ours.hunks == theirs.hunks and ours.text.lines == theirs.text.lines
    if mode == opponent.mode and same_text:
        for hunk, their in (
            zip(ours.hunks, theirs.hunks, strict=True) if mode != ABSENT and not opponent.settled else ()
        ):
            yield Kind.IDENTICAL, Lines(hunk.start, hunk.end), Lines(their.start, their.end)
    elif mode == ABSENT:
        yield Kind.DELETE_MODIFY, None, None
    elif opponent.mode == ABSENT:
        yield Kind.MODIFY_DELETE, None, None
    elif mode & _TYPE_BITS != opponent.mode & _TYPE_BITS or mode == SYMLINK:
        yield Kind.TYPE, None, None
    elif mode == GITLINK:
        yield Kind.SUBMODULE, None, None
    else:
        if base_mode not in (mode, opponent.mode) and mode != opponent.mode:
            yield Kind.TYPE, None, None
        if not same_text and ours.hunks and theirs.hunks:
            yield from _text_meetings(ours, opponent)


def _text_meetings(ours: Version, opponent: Opponent) -> Iterator[KindOfMeeting]:
    theirs = opponent.theirs
    if opponent.driver is Driver.BINARY or ours.text.binary or theirs.text.binary or opponent.base.binary:
        yield Kind.BINARY, None, None
    else:
        yield from _kinds_of(meet(ours, theirs, opponent.style), opponent)


def _kinds_of(meetings: Iterable[Meeting], opponent: Opponent) -> Iterator[KindOfMeeting]:
    """The meetings with their kinds, without equal changes of a `settled` file and conflicts that a union merge resolves."""
    conflict = Kind.ADD_ADD if opponent.base_mode == ABSENT else Kind.CONFLICT
    for met in meetings:
        if (opponent.driver is Driver.UNION) if met.conflict else opponent.settled:
            continue
        kind = conflict if met.conflict else Kind.IDENTICAL
        yield kind, Lines(met.start, met.end), Lines(met.their_start, met.their_end)
