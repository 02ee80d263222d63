"""A definition of a real program, as a reader of its language finds it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """A function, class or constant of a package."""

    path: str
    name: str
    kind: str  # `function`, `class`, `constant` or `method`
    lines: tuple[int, int]  # half-open, 0-based; with the decorators
    # Of a function that can be copied: the names that it reads, and `.name` for members.
    says: frozenset[str] = frozenset()
    end: int = 0  # of such a function: where its class ends, or the file: before that line a copy can stand
