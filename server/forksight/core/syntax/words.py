"""Finds words in a text without parsing it."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, count
from operator import add

Span = tuple[int, int]

_WORD = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")  # of any language here
_IN_WORDS = re.compile(rb"[\w$\x80-\xff]")


def words(lines: Iterable[bytes]) -> set[bytes]:
    """All words on these lines, including those in strings and comments."""
    return set(_WORD.findall(b"\n".join(lines)))


def occurrences(source: bytes, name: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The byte ranges (half-open) of all occurrences of a word; none for a text that is no word."""
    word = name.encode()
    at = source.find(word, start, end) if _WORD.fullmatch(word) else -1
    while at >= 0:
        after = at + len(word)
        if not _IN_WORDS.match(source, after) and not (at and _IN_WORDS.match(source, at - 1)):
            yield at, after
        at = source.find(word, after, end)


def occurrences_on(source: bytes, names: Collection[str], lines: Iterable[Span]) -> Iterator[Span]:
    """The byte ranges of all occurrences of these words that begin on these lines (0-based, half-open)."""
    encoded = {name.encode() for name in names}
    starts = line_starts(source)
    for first, end in lines:
        start, stop = starts[min(first, len(starts) - 1)], starts[min(end, len(starts) - 1)]
        for match in _WORD.finditer(source, start, min(stop, len(source))):
            if match.group() in encoded:
                yield match.span()


def line_starts(source: bytes) -> list[int]:
    """The byte offset of each line, and that after the last line."""
    ends = accumulate(map(len, source.split(b"\n")))  # as if the newlines before were not there
    return [0, *map(add, ends, count(1))]
