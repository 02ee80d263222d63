"""One file here against every other worktree's: what the key-stroke path runs. Pure, spawns nothing, reads nothing.

A `FilePlan` holds everything but this side's text: for each distinct state of the file elsewhere its base and what it
changed of it. `check_text` then costs one diff of the buffer and a bisection per hunk and opponent. The rules follow git's
ort strategy path by path; what ort decides by looking at several paths (renames, directories in the way) comes in as
`Opponent.fixed`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from forksight.core.diff import Text, split_lines
from forksight.core.merge import Version, meet, version
from forksight.core.overlaps import WHOLE, FileReport, Kind, Lines, Region, Side
from forksight.core.problems import Problem
from forksight.core.snapshot import GITLINK, REGULAR, SYMLINK

ABSENT = 0  # the mode of a path that does not exist
_TYPE_BITS = 0o170000


class Driver(Enum):
    """How git merges two texts of a path (the `merge` attribute)."""

    TEXT = "text"
    UNION = "union"
    BINARY = "binary"


@dataclass(frozen=True)
class Opponent:
    """Other worktrees with the same state of a file, seen from the same base.

    `sides` carry no lines yet. `mode` and `base_mode` are git's, `ABSENT` where there is no such path; `theirs` is what
    their text changed of `base` (an empty text where the path is absent). `fixed` is a kind that no edit of the text
    here would change.
    """

    sides: tuple[Side, ...]
    base_mode: int
    base: Text
    mode: int
    theirs: Version
    driver: Driver = Driver.TEXT
    fixed: Kind | None = None

    @property
    def changed(self) -> bool:
        """Whether they changed anything of the base."""
        return self.mode != self.base_mode or bool(self.theirs.hunks)


@dataclass(frozen=True)
class FilePlan:
    """Everything to check one file here from any text of it. `mode` is its mode here."""

    path: str
    mode: int = REGULAR
    opponents: tuple[Opponent, ...] = ()
    problems: tuple[Problem, ...] = ()


def check_text(plan: FilePlan, text: bytes) -> FileReport:
    """Where this text, as git would record it, meets the other worktrees; regions in order, the same ones grouped."""
    return check(plan, plan.mode or REGULAR, split_lines(text))


def check(plan: FilePlan, mode: int, text: Text) -> FileReport:
    """The same for any state of the file here; `mode` is `ABSENT` if it is deleted."""
    versions: dict[int, Version] = {}
    found: dict[tuple[Lines, Kind, bytes], Region] = {}
    for opponent in plan.opponents:
        ours = versions.get(id(opponent.base))
        if ours is None:
            ours = versions[id(opponent.base)] = version(opponent.base, text)
        for kind, lines, their_lines in meetings(mode, ours, opponent):
            theirs = opponent.theirs.text.slice(their_lines.start, their_lines.end) if their_lines else b""
            sides = tuple(replace(side, lines=their_lines or WHOLE) for side in opponent.sides)
            key = (lines or WHOLE, kind, theirs)
            known = found.get(key)
            if known is None:
                own = text.slice(lines.start, lines.end) if lines else b""
                found[key] = Region(plan.path, kind, lines or WHOLE, sides, own, theirs)
            else:
                found[key] = replace(known, others=known.others + sides)
    regions = sorted(
        found.values(), key=lambda region: (region.lines.start, region.lines.end, region.kind, region.theirs)
    )
    return FileReport(plan.path, tuple(regions), plan.problems)


def meetings(mode: int, ours: Version, opponent: Opponent) -> Iterator[tuple[Kind, Lines | None, Lines | None]]:
    """(kind, lines here, lines there) of every meeting with one opponent; None for a kind without lines."""
    theirs, base_mode = opponent.theirs, opponent.base_mode
    if opponent.fixed:
        yield opponent.fixed, None, None
        return
    if not opponent.changed or (mode == base_mode and not ours.hunks):
        return
    same_text = ours.text.lines == theirs.text.lines
    if mode == opponent.mode and same_text:
        for hunk, their in zip(ours.hunks, theirs.hunks, strict=True) if mode != ABSENT else ():
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


def _text_meetings(ours: Version, opponent: Opponent) -> Iterator[tuple[Kind, Lines | None, Lines | None]]:
    theirs = opponent.theirs
    if opponent.driver is Driver.BINARY or ours.text.binary or theirs.text.binary or opponent.base.binary:
        yield Kind.BINARY, None, None
        return
    conflict = Kind.ADD_ADD if opponent.base_mode == ABSENT else Kind.CONFLICT
    for met in meet(ours, theirs):
        if met.conflict and opponent.driver is Driver.UNION:
            continue
        kind = conflict if met.conflict else Kind.IDENTICAL
        yield kind, Lines(met.start, met.end), Lines(met.their_start, met.their_end)
