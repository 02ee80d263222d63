"""Two sides of a merge made of texts, as the rule takes them."""

from bench.programs.sides import Files, merged

from forksight.core.overlaps.semantic.breaks import Break

__all__ = ["Files", "facts_of", "merged"]


def facts_of(broken: Break) -> tuple[str, str, str, int]:
    """Kind, symbol, and where it is used: path and line, 1-based."""
    return broken.kind.value.removeprefix("semantic-"), broken.symbol, broken.use.path, broken.use.lines.start + 1
