"""A break in the few words by which tests tell it from others."""

from forksight.core.overlaps.semantic.breaks import Break


def facts_of(broken: Break) -> tuple[str, str, str, int]:
    """Kind, symbol, and where it is used: path and line, 1-based."""
    return broken.kind.value.removeprefix("semantic-"), broken.symbol, broken.use.path, broken.use.lines.start + 1
