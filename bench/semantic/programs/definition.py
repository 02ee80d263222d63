"""A definition in a real program, as the reader of its language returns it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """A function, class or constant of a package."""

    path: str
    name: str
    kind: str  # `function`, `class`, `constant` or `method`
    lines: tuple[int, int]  # 0-based, half-open, decorators included
    # The names that the function reads, and `.name` for members; empty for definitions that are not copied.
    says: frozenset[str] = frozenset()
    end: int = 0  # the line (0-based) before which a copy of the function can be inserted: the end of its class or file
