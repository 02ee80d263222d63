"""The text of open documents, kept as lines. A document is immutable; a change makes a new one.

pygls' workspace is not used: it splits lines at form feeds and other characters that are no line ends in LSP, and copies the
whole text at each key stroke.
"""

import io
from collections.abc import Sequence
from dataclasses import replace

from lsprotocol import types

from forksight.core.frozen import dataclass
from forksight.lsp.wire.positions import Encoding, index, width


@dataclass(frozen=True, slots=True)
class Document:
    """One version of an open document."""

    uri: str
    version: int | None
    lines: tuple[str, ...]  # with their endings; a text that ends in one has no empty line after it

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def newline(self) -> str:
        """The line ending of the first line that has one."""
        first = self.lines[0] if self.lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"


def opened(uri: str, version: int | None, text: str) -> Document:
    """The document that a client opened."""
    return Document(uri, version, tuple(split(text)))


def split(text: str) -> list[str]:
    """The lines of a text with their endings, as in LSP: only `\\n`, `\\r\\n` and `\\r` end a line."""
    if "\r" not in text:
        lines = text.split("\n")
        last = lines.pop()
        lines = [line + "\n" for line in lines]
        return [*lines, last] if last else lines
    return list(io.StringIO(text, newline=""))


def changed(
    document: Document,
    changes: Sequence[types.TextDocumentContentChangeEvent],
    version: int | None,
    encoding: Encoding,
) -> Document:
    """The document after a client's changes, applied in order. Positions beyond the text count as its end.

    Raises `ValueError` for negative positions.
    """
    lines = document.lines
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            lines = _spliced(lines, change.range, change.text, encoding)
        else:
            lines = tuple(split(change.text))
    return replace(document, version=version, lines=lines)


def _spliced(lines: tuple[str, ...], range_: types.Range, text: str, encoding: Encoding) -> tuple[str, ...]:
    first, before, _ = _cut(lines, range_.start, encoding)
    last, _, after = _cut(lines, max(range_.start, range_.end), encoding)
    new = before + text + after
    if new.startswith("\n") and first and lines[first - 1].endswith("\r"):
        first -= 1  # what was two line ends is one now
        new = lines[first] + new
    return lines[:first] + tuple(split(new)) + lines[last + 1 :]


def _cut(lines: tuple[str, ...], position: types.Position, encoding: Encoding) -> tuple[int, str, str]:
    """The line's number, its text before the position, and the rest with its ending."""
    line = position.line
    if line < 0 or position.character < 0:
        raise ValueError(f"there is no line {line}, column {position.character}")
    if line >= len(lines):
        if not lines or lines[-1].endswith(("\n", "\r")):
            return len(lines), "", ""
        return len(lines) - 1, lines[-1], ""
    whole = lines[line]
    at = index(whole.rstrip("\r\n"), position.character, encoding)
    return line, whole[:at], whole[at:]


def line_starts(lines: Sequence[str], text: str) -> list[int] | None:
    """For each of git's lines (which end at `\\n` alone) the number of the client's line at which it starts.

    None if both numberings agree, as they do without lone `\\r`. `lines` are those of `text`.
    """
    if "\r" not in text or text.count("\r") == text.count("\r\n"):
        return None
    return [0, *(number for number, line in enumerate(lines, 1) if line.endswith("\n"))]


def line_width(line: str, encoding: Encoding) -> int:
    """The width of a line without its ending, in columns of the encoding."""
    return width(line.rstrip("\r\n"), encoding)
