"""Words of a text, found without parsing it."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, count
from operator import add

Span = tuple[int, int]

_WORD = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")  # of any language here
_IN_WORDS = re.compile(rb"[\w$\x80-\xff]")


def words(lines: Iterable[bytes]) -> set[bytes]:
    """Every word in these lines, also those in strings and comments."""
    return set(_WORD.findall(b"\n".join(lines)))


def occurrences(source: bytes, name: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The bytes `start <= n < end` of each place of a word; what is no word is nowhere."""
    word = name.encode()
    at = source.find(word, start, end) if _WORD.fullmatch(word) else -1
    while at >= 0:
        after = at + len(word)
        if not _IN_WORDS.match(source, after) and not (at and _IN_WORDS.match(source, at - 1)):
            yield at, after
        at = source.find(word, after, end)


def occurrences_on(source: bytes, names: Collection[str], lines: Iterable[Span]) -> Iterator[Span]:
    """The bytes of each of these words that begins on one of these lines (0-based, half-open; beyond the last there is nothing)."""
    encoded = {name.encode() for name in names}
    starts = line_starts(source)
    for first, end in lines:
        start, stop = starts[min(first, len(starts) - 1)], starts[min(end, len(starts) - 1)]
        for match in _WORD.finditer(source, start, min(stop, len(source))):
            if match.group() in encoded:
                yield match.span()


def line_starts(source: bytes) -> list[int]:
    """Where each line begins, and where the one after the last would."""
    ends = accumulate(map(len, source.split(b"\n")))  # as if the newlines before were not there
    return [0, *map(add, ends, count(1))]
