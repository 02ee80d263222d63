"""Converts between LSP columns and `str` indices.

Columns count UTF-8 bytes, UTF-16 code units or code points, as negotiated; indices count code points.
"""

from enum import StrEnum


class Encoding(StrEnum):
    """The position encoding: what one column is. The values are LSP's."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def width(text: str, encoding: Encoding) -> int:
    """The width of a text in columns."""
    if text.isascii() or encoding is Encoding.UTF32:
        return len(text)
    if encoding is Encoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def index(line: str, column: int, encoding: Encoding) -> int:
    """The index into a line (without its ending) of a column; the line's end for a column beyond it.

    A column within a character counts as the index of that character.
    """
    if column <= 0:
        return 0
    if encoding is Encoding.UTF32 or line.isascii():
        return min(column, len(line))
    at = 0
    for position, character in enumerate(line):
        at += width(character, encoding)
        if at > column:
            return position
    return len(line)
