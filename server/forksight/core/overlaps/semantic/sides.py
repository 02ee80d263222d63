"""The two sides of a merge in their roles: the user of names, and the changer of what they mean."""

from forksight.core.frozen import dataclass
from forksight.core.overlaps.semantic.breaks import Spot
from forksight.core.overlaps.semantic.edits import Edits, FileChange
from forksight.core.overlaps.semantic.resolve import Answer, Found, Missing, at
from forksight.core.syntax.language import Language


@dataclass(frozen=True)
class Sides:
    """The two sides in their roles, and their merge base."""

    user: Edits
    changer: Edits
    base: Edits
    likely: bool = False  # find breaks that are not certain, too

    @property
    def reversed(self) -> "Sides":
        """The same sides with their roles exchanged."""
        return Sides(self.changer, self.user, self.base, self.likely)


@dataclass(frozen=True)
class Site:
    """The place of a use: its file's change, and its lines on the user's side."""

    sides: Sides
    change: FileChange
    language: Language
    spot: Spot

    @property
    def path(self) -> str:
        """The user's path of the file with the use."""
        return self.spot.path

    @property
    def there(self) -> FileChange | None:
        """The changer's change of that file; None if there is none."""
        base_path = self.change.base_path
        return self.sides.changer.by_base_path.get(base_path) if base_path is not None else None


def in_base(sides: Sides, mine: Answer) -> Answer:
    """The base's definition with the file and names of the user's definition `mine`."""
    base_path = sides.user.base_path(mine.path) if isinstance(mine, Found) else None
    if base_path is None or not isinstance(mine, Found):
        return Missing.UNKNOWN
    return at(sides.base, base_path, mine.names)


def as_theirs(sides: Sides, mine: Answer) -> Answer:
    """The changer's definition with the file and names of the user's definition `mine`."""
    base_path = sides.user.base_path(mine.path) if isinstance(mine, Found) else None
    their_path = sides.changer.path(base_path) if base_path is not None else None
    return (
        at(sides.changer, their_path, mine.names)
        if their_path is not None and isinstance(mine, Found)
        else Missing.UNKNOWN
    )


def still_inside(sides: Sides, change: FileChange, line: int, names: tuple[str, ...]) -> bool:
    """Whether a line of the user's side in the class with these `names` is still in that class after the merge.

    It is not if the changer's side split the class.
    """
    their_change = sides.changer.by_base_path.get(change.base_path) if change.base_path is not None else None
    if their_change is None or their_change.path is None:
        return True
    holder = at(sides.changer, their_change.path, names)
    if not isinstance(holder, Found) or holder.definition.scattered:
        return True
    first, end = their_change.place_of(change.base_line(line))
    return holder.definition.lines[0] < max(end, first + 1) and first < holder.definition.lines[1]
