"""Both sides of a pair, one way round: the one that uses names, and the one that changed them."""

from forksight.core.frozen import dataclass
from forksight.core.overlaps.semantic.breaks import Spot
from forksight.core.overlaps.semantic.edits import Edits, FileChange
from forksight.core.overlaps.semantic.resolve import Answer, Found, Missing, at
from forksight.core.syntax.language import Language


@dataclass(frozen=True)
class Sides:
    """One way round: who uses, who changed, and what both come from."""

    user: Edits
    changer: Edits
    base: Edits
    likely: bool = False  # what is likely is asked for too, not only what is certain

    @property
    def reversed(self) -> "Sides":
        """The other way round."""
        return Sides(self.changer, self.user, self.base, self.likely)


@dataclass(frozen=True)
class Site:
    """Where a use stands."""

    sides: Sides
    change: FileChange
    language: Language
    spot: Spot

    @property
    def path(self) -> str:
        """The file that uses it, as the user's side has it."""
        return self.spot.path

    @property
    def there(self) -> FileChange | None:
        """What the changer's side made of that file."""
        base_path = self.change.base_path
        return self.sides.changer.by_base_path.get(base_path) if base_path is not None else None


def in_base(sides: Sides, mine: Answer) -> Answer:
    """The base's definition at the place where the user's side has its own."""
    base_path = sides.user.base_path(mine.path) if isinstance(mine, Found) else None
    if base_path is None or not isinstance(mine, Found):
        return Missing.UNKNOWN
    return at(sides.base, base_path, mine.names)


def as_theirs(sides: Sides, mine: Answer) -> Answer:
    """The changer's definition at the place where the user's side has its own."""
    base_path = sides.user.base_path(mine.path) if isinstance(mine, Found) else None
    their_path = sides.changer.path(base_path) if base_path is not None else None
    return (
        at(sides.changer, their_path, mine.names)
        if their_path is not None and isinstance(mine, Found)
        else Missing.UNKNOWN
    )


def still_inside(sides: Sides, change: FileChange, line: int, names: tuple[str, ...]) -> bool:
    """Whether a line that the user's side has in a class, by the names that lead to it, is in that class after the merge too.

    The changer's side may have made two of it.
    """
    their_change = sides.changer.by_base_path.get(change.base_path) if change.base_path is not None else None
    if their_change is None or their_change.path is None:
        return True
    holder = at(sides.changer, their_change.path, names)
    if not isinstance(holder, Found) or holder.definition.scattered:
        return True
    first, end = their_change.place_of(change.base_line(line))
    return holder.definition.lines[0] < max(end, first + 1) and first < holder.definition.lines[1]
