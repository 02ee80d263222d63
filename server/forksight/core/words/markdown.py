"""Escapes data for Markdown, and aligns tables in their source, which is what most editors show."""

import re
from collections.abc import Sequence

from forksight.core.words.terminal import printable

# An underscore inside a word is one, in Markdown too. At a text's beginning are what makes lists and rules, and within it
# what makes addresses: editors link those by themselves.
_MARKUP = re.compile(
    r"""[\\`*\[\]<>|\#~$&{}!]|(?<![^\W_])_|_(?![^\W_])|^[-+=]
    |(?<=\])\(|:(?=//)|(?<=mailto):|@|(?<=www)\.""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = re.compile(r"^(\d+)([.)])")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table's lines. All columns but the first are right-aligned."""
    widths = [max(3, *(len(row[column]) for row in (header, *rows))) for column in range(len(header))]
    right = [column > 0 for column in range(len(header))]
    rule = ["-" * (width - 1) + (":" if end else "-") for width, end in zip(widths, right, strict=True)]
    return [_line(header, widths, right), _line(rule, widths, right), *(_line(row, widths, right) for row in rows)]


def escaped(text: str) -> str:
    """Data on one line, escaped so that nothing in it is Markdown and no address becomes a link.

    Runs of white space become single spaces; unprintable characters become `\\x1b` and the like.
    """
    marked = _MARKUP.sub(r"\\\g<0>", printable(" ".join(text.split())))
    return _NUMBER.sub(r"\g<1>\\\g<2>", marked)


def code(text: str) -> str:
    """Data in backticks. Backticks in it become apostrophes, and bars slashes, so that it can be in a table."""
    plain_text = printable(text).replace("`", "'").replace("|", "/")
    return f"`{plain_text}`" if plain_text.strip() else escaped(text)


def linked(text: str, uri: str) -> str:
    """A link that shows this data."""
    return f"[{escaped(text)}]({uri.replace('(', '%28').replace(')', '%29').replace('&', '%26')})"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(cells, widths, right, strict=True)
    ]
    return f"| {' | '.join(padded)} |"
