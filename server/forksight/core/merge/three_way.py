"""git's three-way merge of lines, as far as finding the conflicts: `xdl_merge` at the level that `git merge` uses.

Two changes of the base that touch (no unchanged line between them) conflict, unless they are the same change. A conflict is
then narrowed to the lines in which the two sides differ from each other, and narrowed pieces at most three lines apart are
joined again (XDL_MERGE_ZEALOUS, the level of git's ort strategy). merge.conflictStyle may ask for less narrowing
(`ConflictStyle`). The result is line ranges on both sides; the merged text is never built.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from forksight.core.merge.diff import Hunk, Text, diff, diff_again
from forksight.core.merge.equal_runs import Line, common_ends
from forksight.core.merge.histogram import Search
from forksight.core.merge.hunk_index import JOINED_GAP, HunkIndex, Window

MANY = 256  # hunks; versions with at least as many keep their search, for the diffs of similar texts
LONG = 32  # lines of both sides together; the diffs of conflicts at least as long are remembered

Sides = tuple[tuple[Line, ...], tuple[Line, ...]]  # the lines of both sides of a conflict


class ConflictStyle(Enum):
    """git's merge.conflictStyle: which lines of a conflict git puts between the markers (`xdl_do_merge` in xdiff/xmerge.c)."""

    MERGE = "merge"  # only the lines in which the sides differ
    DIFF3 = "diff3"  # all lines of the touching changes: the base's lines are shown with them
    ZDIFF3 = "zdiff3"  # as diff3, without a common beginning and end of both sides


class Meeting(NamedTuple):
    """Lines `start <= n < end` of ours and `their_start <= n < their_end` of theirs that replace the same base lines; 0-based."""

    start: int
    end: int
    their_start: int
    their_end: int
    conflict: bool  # True: git would stop; False: both sides made the same change


@dataclass(frozen=True, eq=False)  # compared by identity, which makes it a key for what is derived from it
class Version:
    """A text and its diff against a base."""

    text: Text
    hunks: list[Hunk]
    # The search of this diff, for `version_again`; `version` keeps it for `MANY` hunks or more.
    search: Search | None = None
    # How many lines it shares with the version before, at least: at the start, and at the end.
    same: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class SideDiffs:
    """The diffs between the two sides of long conflicts, remembered so that a key stroke only diffs the conflict it is in."""

    last: Mapping[Sides, list[Hunk]] = field(default_factory=dict)  # used by the previous check
    used: dict[Sides, list[Hunk]] = field(default_factory=dict)  # used by this check

    def diff(self, ours: list[Line], theirs: list[Line]) -> list[Hunk]:
        """The diff from ours to theirs."""
        if len(ours) + len(theirs) < LONG:
            return diff(Text(ours), Text(theirs))
        sides = tuple(ours), tuple(theirs)
        hunks = self.last.get(sides)
        self.used[sides] = hunks = diff(Text(ours), Text(theirs)) if hunks is None else hunks
        return hunks


def version(base: Text, text: Text) -> Version:
    """A text with its diff against the base."""
    hunks, search = diff_again(base, text)
    return Version(text, hunks, search if len(hunks) >= MANY else None)


def version_again(base: Text, text: Text, before: Version | None, same: tuple[int, int] | None = None) -> Version:
    """Like `version`, reusing the search of `before`: a version of the same base whose text differs little from `text`.

    `same` is how many lines the two texts share at the start and at the end, if known.
    """
    if before is None or before.search is None:
        return Version(text, *diff_again(base, text))
    same = same or common_ends(before.text.lines, text.lines)
    ends = same if before.search.by_myers else _ends_alike(base, before.text, text, same)
    if sum(ends) == len(before.text.lines) == len(text.lines):
        return Version(text, before.hunks, before.search, same)
    return Version(text, *diff_again(base, text, before.search, ends), same)


def _ends_alike(base: Text, before: Text, text: Text, same: tuple[int, int]) -> tuple[int, int]:
    """How many lines of two texts are alike at the start and at the end: equal, or both not in the base.

    Lines of the second kind are what one types in a line that is changed already, or where a formatter rewrites lines that
    were changed before. A histogram search decides by the lines that the base has, so it finds the same in lines that are alike.
    (That does not hold where it fell back to Myers' algorithm.) `same` is how many lines are equal at the start and at the end.
    """
    head, tail = same
    places, others = (
        list(map(base.positions.get, lines[head : len(lines) - tail])) for lines in (before.lines, text.lines)
    )
    alike_head, alike_tail = common_ends(places, others)
    return head + alike_head, tail + alike_tail


def meet(ours: Version, theirs: Version, style: ConflictStyle = ConflictStyle.MERGE) -> list[Meeting]:
    """All conflicts and all identical changes of two versions of one base, in order."""
    windows = HunkIndex({0: theirs.hunks}).touching(ours.hunks).get(0, ())
    return [met for window in windows for met in meet_in(window, ours, theirs, style)]


def meet_in(
    window: Window,
    ours: Version,
    theirs: Version,
    style: ConflictStyle = ConflictStyle.MERGE,
    side_diffs: SideDiffs | None = None,
) -> list[Meeting]:
    """Like `meet`, within one window (`HunkIndex.touching`). `side_diffs` remembers the diffs between the sides of conflicts."""
    whole = _met_whole(window, ours, theirs, style)
    if whole is not None:
        return [whole]
    side_diffs = side_diffs or SideDiffs()
    entries, same = _entries(ours, theirs, *window)
    if style is ConflictStyle.MERGE:
        pieces = _joined([piece for entry in entries for piece in _narrowed(ours.text, theirs.text, entry, side_diffs)])
    elif style is ConflictStyle.ZDIFF3:
        pieces = [_trimmed(ours.text, theirs.text, entry) for entry in entries]
    else:
        pieces = entries
    met = [Meeting(*piece[1:], conflict=True) for piece in pieces if piece.mode == _CONFLICT]
    met += [Meeting(hunk.start, hunk.end, their.start, their.end, conflict=False) for hunk, their in same]
    met.sort()
    return met


def _met_whole(window: Window, ours: Version, theirs: Version, style: ConflictStyle) -> Meeting | None:
    """The one meeting that a whole window comes to, told without merging it; None where the merge has to be made.

    It can be told where both sides' hunks replace exactly the same base lines, and the new lines either are the same or have no
    line in common. Most windows are so: they have one hunk of each side. With several hunks only style `MERGE` joins them.
    """
    our_hunks, their_hunks = ours.hunks[window[0]], theirs.hunks[window[1]]
    several = len(our_hunks) > 1
    if len(our_hunks) != len(their_hunks) or (several and style is not ConflictStyle.MERGE):
        return None
    pairs = list(zip(our_hunks, their_hunks, strict=True))
    if any(our[:2] != their[:2] or (several and our[2] == our[3] and their[2] == their[3]) for our, their in pairs):
        return None
    our_lines, their_lines = _new_lines(ours.text, our_hunks), _new_lines(theirs.text, their_hunks)
    alike = our_lines == their_lines
    if (several or not alike) and not set(our_lines).isdisjoint(their_lines):
        return None
    (our, their), (our_last, their_last) = pairs[0], pairs[-1]
    return Meeting(our.start, our_last.end, their.start, their_last.end, conflict=not alike)


def _new_lines(text: Text, hunks: Iterable[Hunk]) -> list[Line]:
    """The lines by which the hunks replace the base's."""
    return [line for _, _, start, end in hunks for line in text.lines[start:end]]


_CONFLICT, _OURS, _THEIRS, _SAME = range(4)


class _Entry(NamedTuple):
    mode: int
    start: int
    end: int
    their_start: int
    their_end: int


def _entries(
    ours: Version, theirs: Version, our_window: slice, their_window: slice
) -> tuple[list[_Entry], list[tuple[Hunk, Hunk]]]:
    """The merge of a window before narrowing: conflicts, and changes taken from one side; and the pairs of identical hunks.

    It follows the loop of `xdl_do_merge`. Indexes are lines of our and their text.
    """
    entries: list[_Entry] = []
    same: list[tuple[Hunk, Hunk]] = []
    our_hunks, their_hunks = ours.hunks[our_window], theirs.hunks[their_window]
    # Outside of all hunks, base line n is line `n + shift` of a side. The shifts before the window come from earlier hunks.
    our_shift = our_hunks[0].start - our_hunks[0].base_start
    their_shift = their_hunks[0].start - their_hunks[0].base_start
    i = j = 0
    while i < len(our_hunks) or j < len(their_hunks):
        our = our_hunks[i] if i < len(our_hunks) else None
        their = their_hunks[j] if j < len(their_hunks) else None
        if our and (their is None or our.base_end < their.base_start):
            _append(
                entries,
                _Entry(_OURS, our.start, our.end, our.base_start + their_shift, our.base_end + their_shift),
            )
            our_shift = our.end - our.base_end
            i += 1
            continue
        if their and (our is None or their.base_end < our.base_start):
            _append(
                entries,
                _Entry(_THEIRS, their.base_start + our_shift, their.base_end + our_shift, their.start, their.end),
            )
            their_shift = their.end - their.base_end
            j += 1
            continue
        assert our is not None
        assert their is not None
        before, after = our.base_start - their.base_start, our.base_end - their.base_end
        alike = before == after == 0
        if alike and ours.text.lines[our.start : our.end] == theirs.text.lines[their.start : their.end]:
            same.append((our, their))
        elif alike:
            _append(entries, _Entry(_CONFLICT, our.start, our.end, their.start, their.end))
        else:
            _append(
                entries,
                _Entry(
                    _CONFLICT,
                    our.start - max(before, 0),
                    our.end - min(after, 0),
                    their.start + min(before, 0),
                    their.end + max(after, 0),
                ),
            )
        if our.base_end >= their.base_end:
            their_shift = their.end - their.base_end
            j += 1
        if their.base_end >= our.base_end:
            our_shift = our.end - our.base_end
            i += 1
    return entries, same


def _append(entries: list[_Entry], entry: _Entry) -> None:
    """Append an entry; one that touches the last entry on either side is merged into it, as a conflict unless both are of one side."""
    if entries:
        last = entries[-1]
        if entry.start <= last.end or entry.their_start <= last.their_end:
            mode = last.mode if last.mode == entry.mode else _CONFLICT
            entries[-1] = _Entry(mode, last.start, entry.end, last.their_start, entry.their_end)
            return
    entries.append(entry)


def _narrowed(ours: Text, theirs: Text, entry: _Entry, side_diffs: SideDiffs) -> list[_Entry]:
    """A conflict narrowed to the pieces in which the two sides differ (`xdl_refine_conflicts`); any other entry unchanged."""
    if entry.mode != _CONFLICT:
        return [entry]
    our_lines, their_lines = ours.lines[entry.start : entry.end], theirs.lines[entry.their_start : entry.their_end]
    if set(our_lines).isdisjoint(their_lines) or _all_close(our_lines, their_lines):
        return [entry]
    pieces = side_diffs.diff(our_lines, their_lines)
    if not pieces:
        return [entry._replace(mode=_SAME)]
    return [
        _Entry(
            _CONFLICT,
            entry.start + piece.base_start,
            entry.start + piece.base_end,
            entry.their_start + piece.start,
            entry.their_start + piece.end,
        )
        for piece in pieces
    ]


def _all_close(ours: list[Line], theirs: list[Line]) -> bool:
    """Whether narrowing this conflict and joining close pieces is sure to give back the whole conflict.

    It is if the sides differ in their first and last lines, and have at most `JOINED_GAP` consecutive lines in common.
    """
    if ours[0] == theirs[0] or ours[-1] == theirs[-1]:
        return False
    our_rows, their_rows = (
        zip(*(lines[row:] for row in range(JOINED_GAP + 1)), strict=False) for lines in (ours, theirs)
    )
    return set(our_rows).isdisjoint(their_rows)


def _trimmed(ours: Text, theirs: Text, entry: _Entry) -> _Entry:
    """A conflict without the sides' common first and last lines (zdiff3); any other entry unchanged."""
    if entry.mode != _CONFLICT:
        return entry
    mode, start, end, their_start, their_end = entry
    while start < end and their_start < their_end and ours.lines[start] == theirs.lines[their_start]:
        start, their_start = start + 1, their_start + 1
    while start < end and their_start < their_end and ours.lines[end - 1] == theirs.lines[their_end - 1]:
        end, their_end = end - 1, their_end - 1
    return _Entry(mode, start, end, their_start, their_end)


def _joined(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries with conflicts joined that are at most `JOINED_GAP` lines apart (`xdl_simplify_non_conflicts`)."""
    joined: list[_Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last and last.mode == entry.mode == _CONFLICT and entry.start - last.end <= JOINED_GAP:
            joined[-1] = _Entry(_CONFLICT, last.start, entry.end, last.their_start, entry.their_end)
        else:
            joined.append(entry)
    return joined
