"""Two sides of a merge made of texts, as the rule takes them."""

from bench.programs import Files, merged

from forksight.core.overlaps.semantic.finding import Break

__all__ = ["Files", "merged", "told"]


def told(found: Break) -> tuple[str, str, str, int]:
    """Kind, symbol, and where it is used: path and line, 1-based."""
    return found.kind.value.removeprefix("semantic-"), found.symbol, found.use.path, found.use.lines.start + 1
