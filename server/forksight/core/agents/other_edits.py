"""What other worktrees changed in a file that an agent reads or edits, with keys by which each change is reported only once.

A region of `core.overlaps.check` is where changes of both sides meet. Here the other side's changes count by themselves: an
edit of these lines would meet them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import takewhile
from weakref import WeakKeyDictionary

from forksight.core.merge.diff import Hunk, Text
from forksight.core.merge.three_way import Version, version
from forksight.core.overlaps.check import ABSENT, FilePlan, Opponent
from forksight.core.overlaps.overlap import FileReport, Kind, Lines, Region, Side


@dataclass(frozen=True, slots=True)
class OtherEdit:
    """Lines of this side's file that one or more other worktrees changed in the same way."""

    path: str
    lines: Lines | None  # in the text here; empty where they only added; None where it is the whole file
    others: tuple[Side, ...]
    theirs: bytes  # their lines, in the repository's line endings; empty where they deleted them
    key: str  # the same as long as the base's lines and theirs are, wherever they move to
    kind: Kind = Kind.CONFLICT  # what an edit of these lines here would be


def other_edits(plan: FilePlan, text: Text) -> tuple[OtherEdit, ...]:
    """The other worktrees' changes of a file, in the order of its lines. `text` is this side's file as git would record it."""
    edits: dict[tuple[Lines | None, str], OtherEdit] = {}
    ours: dict[int, Sequence[Hunk]] = {}  # what this text changed, by the `id` of the base
    for opponent in plan.opponents:
        for edit in _of_opponent(plan.path, text, opponent, ours):
            known = edits.get((edit.lines, edit.key))
            edits[edit.lines, edit.key] = replace(edit, others=known.others + edit.others) if known else edit
    return tuple(sorted(edits.values(), key=lambda edit: (edit.lines.start, edit.lines.end) if edit.lines else (0, 0)))


def conflict_keys(plan: FilePlan, report: FileReport) -> list[tuple[Region, frozenset[str]]]:
    """The regions of a report at which a merge would stop, each with the keys of the other sides' edits in it."""
    return [(region, _keys(plan.opponent_of, region)) for region in report.regions if region.kind.stops_merge]


def seen(edits: Iterable[OtherEdit], start: int, end: int | None) -> list[OtherEdit]:
    """The edits that concern lines `start <= n < end` (0-based; None: to the end), and those of the whole file."""
    return [
        edit
        for edit in edits
        if edit.lines is None or (edit.lines.end >= start and (end is None or edit.lines.start < end))
    ]


def by_place(edits: Iterable[OtherEdit]) -> list[list[OtherEdit]]:
    """The edits grouped by their lines: several worktrees may have changed the same lines in different ways."""
    places: dict[tuple[str, Lines | None], list[OtherEdit]] = {}
    for edit in edits:
        places.setdefault((edit.path, edit.lines), []).append(edit)
    return list(places.values())


def _of_opponent(path: str, text: Text, opponent: Opponent, ours: dict[int, Sequence[Hunk]]) -> Iterator[OtherEdit]:
    if not opponent.changed or opponent.settled:
        return
    kind = _whole_kind(text, opponent)
    if kind is not None:
        yield OtherEdit(path, None, opponent.sides, b"", _whole_key(path, kind, opponent.sides[0]), kind)
        return
    base = opponent.base
    if id(base) not in ours:
        ours[id(base)] = version(base, text).hunks
    here = ours[id(base)]
    mine = {hunk[:2]: text.lines[hunk.start : hunk.end] for hunk in here}
    theirs = opponent.theirs.text
    for hunk, key in zip(opponent.theirs.hunks, _keys_in(path, opponent).of_hunks, strict=True):
        if mine.get(hunk[:2]) == theirs.lines[hunk.start : hunk.end]:
            continue  # the same change is here already
        sides = tuple(side.at(Lines(hunk.start, hunk.end)) for side in opponent.sides)
        added = opponent.base_mode == ABSENT
        kind, lines = (Kind.ADD_ADD, None) if added else (Kind.CONFLICT, _here(hunk, here))
        yield OtherEdit(path, lines, sides, theirs.slice(hunk.start, hunk.end), key, kind)


def _whole_kind(text: Text, opponent: Opponent) -> Kind | None:
    """The kind of overlap that any edit of the file would make, for opponents without a merge of lines."""
    if opponent.fixed:
        return opponent.fixed
    if opponent.mode == ABSENT:
        return Kind.MODIFY_DELETE
    return None if opponent.plain and not text.binary else _unmergeable(text, opponent)


def _unmergeable(text: Text, opponent: Opponent) -> Kind | None:
    if text.binary or opponent.theirs.text.binary or opponent.base.binary:
        return Kind.BINARY
    return None if opponent.theirs.hunks else Kind.TYPE


class _Keys:
    """The keys of the hunks of one version of a file. They are cached: computing them is slow, and each check needs them."""

    def __init__(self, path: str, opponent: Opponent) -> None:
        self._hunks = opponent.theirs.hunks
        self._by_lines: dict[Lines, frozenset[str]] = {}
        self.of_hunks = _hunk_keys(path, opponent)

    def of_lines(self, lines: Lines) -> frozenset[str]:
        """The keys of the hunks that contain these lines of the other side, else of those that touch them."""
        keys = self._by_lines.get(lines)
        if keys is None:
            keys = self._by_lines[lines] = self._touching(lines)
        return keys

    def _touching(self, lines: Lines) -> frozenset[str]:
        hunks = self._hunks
        first = bisect_left(hunks, lines.start, key=lambda hunk: hunk.end)
        touching = list(takewhile(lambda number: hunks[number].start <= lines.end, range(first, len(hunks))))
        inside = [number for number in touching if hunks[number].end > lines.start and hunks[number].start < lines.end]
        return frozenset(self.of_hunks[number] for number in inside or touching)


# By a version of the other side's, which files of the same text share, and the path.
_keys_of: WeakKeyDictionary[Version, dict[str, _Keys]] = WeakKeyDictionary()


def _keys_in(path: str, opponent: Opponent) -> _Keys:
    by_path = _keys_of.get(opponent.theirs)
    if by_path is None:
        by_path = _keys_of[opponent.theirs] = {}
    keys = by_path.get(path)
    if keys is None:
        keys = by_path[path] = _Keys(path, opponent)
    return keys


def _hunk_keys(path: str, opponent: Opponent) -> list[str]:
    """The keys of the other side's hunks. Identical hunks get different keys."""
    times: dict[bytes, int] = {}
    keys: list[str] = []
    for hunk in opponent.theirs.hunks:
        replaced = opponent.base.slice(hunk.base_start, hunk.base_end)
        change = replaced + b"\0" + opponent.theirs.text.slice(hunk.start, hunk.end)
        times[change] = times.get(change, 0) + 1
        keys.append(_digest(path, change, str(times[change])))
    return keys


def _keys(opponents: Mapping[str, Opponent], region: Region) -> frozenset[str]:
    """The keys of the other sides' hunks in a region; the key of the whole file for a region without lines."""
    side = region.others[0]
    opponent = opponents.get(side.worktree)
    if opponent is not None and (region.theirs or region.ours):
        keys = _keys_in(region.path, opponent).of_lines(side.lines)
        if keys:
            return keys
    return frozenset([_whole_key(region.path, region.kind, side)])


def _whole_key(path: str, kind: Kind, side: Side) -> str:
    return _digest(path, kind.value.encode(), side.worktree)


def _digest(path: str, change: bytes, rest: str) -> str:
    parts = (path.encode("utf-8", "surrogateescape"), change, rest.encode("utf-8", "surrogateescape"))
    return blake2b(b"\0".join(parts), digest_size=12).hexdigest()


def _here(theirs: Hunk, ours: Sequence[Hunk]) -> Lines:
    """The lines of our text that correspond to the base lines of their hunk, extended by our own hunks that touch them."""
    shift_start = shift_end = 0
    start = end = None
    for hunk in ours:
        moved = hunk.end - hunk.base_end
        if hunk.base_end < theirs.base_start or (
            hunk.base_end == theirs.base_start and hunk.base_start < hunk.base_end
        ):
            shift_start = shift_end = moved
        elif hunk.base_start <= theirs.base_end:
            start = hunk.start if start is None and hunk.base_start <= theirs.base_start else start
            end = hunk.end if hunk.base_end >= theirs.base_end else None
            shift_end = moved
        else:
            break
    first = theirs.base_start + shift_start if start is None else start
    last = theirs.base_end + shift_end if end is None else end
    return Lines(first, max(first, last))
