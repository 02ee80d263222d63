"""Columns as LSP clients count them: in utf-8 bytes, utf-16 units, or utf-32 code points, as negotiated.

Text is held as `str`, so an index into it counts code points; everything here converts between the two.
"""

from enum import StrEnum


class Encoding(StrEnum):
    """What one column is. The values are LSP's."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def width(text: str, encoding: Encoding) -> int:
    """How many columns a text is wide."""
    if text.isascii() or encoding is Encoding.UTF32:
        return len(text)
    if encoding is Encoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def index(line: str, column: int, encoding: Encoding) -> int:
    """The index into a line (without its line ending) of a column; the line's end for a column beyond it.

    A column inside a character counts as the place before it.
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
