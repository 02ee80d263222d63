"""Markdown: data as it is, and tables whose columns stand below each other in the source, too: most editors show just that."""

from collections.abc import Sequence


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table's lines. All columns but the first are right-aligned."""
    widths = [max(3, *(len(row[column]) for row in (header, *rows))) for column in range(len(header))]
    right = [column > 0 for column in range(len(header))]
    rule = ["-" * (width - 1) + (":" if end else "-") for width, end in zip(widths, right, strict=True)]
    return [_line(header, widths, right), _line(rule, widths, right), *(_line(row, widths, right) for row in rows)]


def escaped(text: str) -> str:
    """Data on one line, as it is: nothing in it is taken for Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in " ".join(text.split()))


def code(text: str) -> str:
    """Data in backticks; those in it become apostrophes, and bars slashes, so that it fits a table."""
    plain_text = text.replace("`", "'").replace("|", "/")
    return f"`{plain_text}`"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(cells, widths, right, strict=True)
    ]
    return f"| {' | '.join(padded)} |"
