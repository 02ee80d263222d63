"""Both sides of a pair, one way round: the one that uses names, and the one that changed them."""

from dataclasses import dataclass

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
