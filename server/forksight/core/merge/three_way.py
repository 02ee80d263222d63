"""Where `git merge` would stop in one file: its three-way merge of lines, at the level that `git merge` uses.

Two changes of the base that touch (not one kept line between them) are one conflict, unless they are the same change. A
conflict is then narrowed to where the two sides differ from each other, and pieces at most three lines apart are
one again (xdiff's "zealous" level, which git's ort strategy asks for). The result names regions on both sides; no text
is built, since nobody reads it. With the person's merge.conflictStyle git narrows less (`ConflictStyle`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from forksight.core.merge.diff import Hunk, Text, diff, diff_again
from forksight.core.merge.equal_runs import Line, common_ends
from forksight.core.merge.histogram import Search
from forksight.core.merge.hunk_index import JOINED_GAP, HunkIndex, Window

MANY = 256  # changes, from which on the diff of another worktree's text may spare the one of a text here
LONG = 32  # lines of both sides of a conflict, from which on how they differ is remembered

Sides = tuple[tuple[Line, ...], tuple[Line, ...]]  # the lines of both sides of a conflict


class ConflictStyle(Enum):
    """git's merge.conflictStyle: which of a conflict's lines git leaves between the markers (`xdl_do_merge` in xdiff/xmerge.c)."""

    MERGE = "merge"  # those in which the sides differ
    DIFF3 = "diff3"  # all from the first changed line to the last, since the base's lines stand between them
    ZDIFF3 = "zdiff3"  # the same without the lines with which both sides begin or end alike


class Meeting(NamedTuple):
    """Lines of ours and of theirs that come from the same base lines; 0-based, half-open."""

    start: int
    end: int
    their_start: int
    their_end: int
    conflict: bool  # git would stop; else both made the same change


@dataclass(frozen=True, eq=False)  # as its text is: so whoever derives something of it can keep that beside it
class Version:
    """A text and what it changed of a base."""

    text: Text
    hunks: list[Hunk]
    search: Search | None = None  # of this diff, for `version_again`; `version` keeps it where it found many changes


@dataclass(frozen=True, slots=True)
class SideDiffs:
    """How the sides of long conflicts differ, remembered so that a key stroke diffs only the conflict that it is in."""

    last: Mapping[Sides, list[Hunk]] = field(default_factory=dict)  # from the check before
    made: dict[Sides, list[Hunk]] = field(default_factory=dict)  # by this one

    def diff(self, ours: list[Line], theirs: list[Line]) -> list[Hunk]:
        """What the lines of theirs changed of ours."""
        if len(ours) + len(theirs) < LONG:
            return diff(Text(ours), Text(theirs))
        sides = tuple(ours), tuple(theirs)
        known = self.last.get(sides)
        self.made[sides] = known = diff(Text(ours), Text(theirs)) if known is None else known
        return known


def version(base: Text, text: Text) -> Version:
    """What a text changed of its base."""
    hunks, search = diff_again(base, text, None)
    return Version(text, hunks, search if len(hunks) >= MANY else None)


def version_again(base: Text, text: Text, before: Version | None, same: tuple[int, int] | None = None) -> Version:
    """Like `version`, reusing the diff of `before`: the version of the same text before an edit, or of one that may have
    changed the same lines.

    `same` is how many lines at the start and at the end the text shares with that, if it is known.
    """
    if before is None or before.search is None:
        return Version(text, *diff_again(base, text, None))
    same = same or common_ends(before.text.lines, text.lines)
    if not before.search.by_myers and _own_lines_replaced(base, before.text, text, same):
        return Version(text, before.hunks, replace(before.search, lines=text.lines, same=same))
    return Version(text, *diff_again(base, text, before.search, same))


def _own_lines_replaced(base: Text, before: Text, text: Text, same: tuple[int, int]) -> bool:
    """Whether lines that the base lacks took the place of as many that it lacks, as one types on in a changed line, or as two
    formatters rewrite the same lines.

    They keep apart what those kept apart: no decision of the search depends on more, but where Myers' algorithm gave up
    early. `same` is how many lines at the start and at the end both texts share.
    """
    head, tail = same
    old, new = (lines[head : len(lines) - tail] for lines in (before.lines, text.lines))
    known = base.positions
    return len(old) == len(new) and all(
        line == other or (line not in known and other not in known) for line, other in zip(old, new, strict=True)
    )


def meet(ours: Version, theirs: Version, style: ConflictStyle = ConflictStyle.MERGE) -> list[Meeting]:
    """Every region where two versions of one base meet, in order: conflicts, and changes that are the same."""
    windows = HunkIndex({0: theirs.hunks}).touching(ours.hunks).get(0, ())
    return [met for window in windows for met in meet_in(window, ours, theirs, style)]


def meet_in(
    window: Window,
    ours: Version,
    theirs: Version,
    style: ConflictStyle = ConflictStyle.MERGE,
    side_diffs: SideDiffs | None = None,
) -> list[Meeting]:
    """Like `meet`, for one of the windows in which they touch; with what is known of how the sides differ."""
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
    """How all hunks of a window meet as one, where each side replaced the same base lines by lines of its own; else None.

    So it is in most windows, which have one hunk of each side, and where both sides reformatted a file. None too where they
    are only partly alike, and in a style that leaves conflicts apart: what git makes of that differs.
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
    """What stands in the place of the base's lines."""
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
    """The merge as a list of changes taken from one side and conflicts, and the pairs of hunks that are the same."""
    entries: list[_Entry] = []
    same: list[tuple[Hunk, Hunk]] = []
    our_hunks, their_hunks = ours.hunks[our_window], theirs.hunks[their_window]
    # A base line outside all hunks is the line `base + shift` of a side; before the window that shift is already there.
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
    """Add an entry, or widen the last one if they touch on either side: touching changes of two sides conflict."""
    if entries:
        last = entries[-1]
        if entry.start <= last.end or entry.their_start <= last.their_end:
            mode = last.mode if last.mode == entry.mode else _CONFLICT
            entries[-1] = _Entry(mode, last.start, entry.end, last.their_start, entry.their_end)
            return
    entries.append(entry)


def _narrowed(ours: Text, theirs: Text, entry: _Entry, side_diffs: SideDiffs) -> list[_Entry]:
    """A conflict as the pieces in which the two sides differ from each other; anything else as it is."""
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
    """Whether all pieces of a conflict are one again, and all of it, however its sides are compared.

    They differ at both ends, and share no more lines in a row than may lie between pieces that are joined.
    """
    if ours[0] == theirs[0] or ours[-1] == theirs[-1]:
        return False
    our_rows, their_rows = (
        zip(*(lines[row:] for row in range(JOINED_GAP + 1)), strict=False) for lines in (ours, theirs)
    )
    return set(our_rows).isdisjoint(their_rows)


def _trimmed(ours: Text, theirs: Text, entry: _Entry) -> _Entry:
    """A conflict without the lines with which both sides begin, and then those with which they end; anything else as it is."""
    if entry.mode != _CONFLICT:
        return entry
    mode, start, end, their_start, their_end = entry
    while start < end and their_start < their_end and ours.lines[start] == theirs.lines[their_start]:
        start, their_start = start + 1, their_start + 1
    while start < end and their_start < their_end and ours.lines[end - 1] == theirs.lines[their_end - 1]:
        end, their_end = end - 1, their_end - 1
    return _Entry(mode, start, end, their_start, their_end)


def _joined(entries: Sequence[_Entry]) -> list[_Entry]:
    """Neighbouring conflicts that stand close together, as one."""
    joined: list[_Entry] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last and last.mode == entry.mode == _CONFLICT and entry.start - last.end <= JOINED_GAP:
            joined[-1] = _Entry(_CONFLICT, last.start, entry.end, last.their_start, entry.their_end)
        else:
            joined.append(entry)
    return joined
