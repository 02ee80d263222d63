"""Reads one transcript, continuing where the last reading ended unless the bytes before have changed since."""

import os
import re
from collections.abc import Callable
from hashlib import blake2b
from typing import BinaryIO

from forksight.adapters.claude.files import Stat
from forksight.adapters.claude.transcripts.index import Entry
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.sessions.lineage import links
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.transcript import fold

_CHUNK = 16_000_000  # bytes read at a time; a longer row is read whole nevertheless
_PEEK = 65_536  # bytes at either end of a file that are searched for a `cwd` first
_MARGIN = 4096  # bytes at either end of the part already read, by which a change of it is detected
_CWD = re.compile(rb'"cwd":\s*("(?:[^"\\]|\\.)+")')


def read(path: str, earlier: Entry | None, outline: Outline | None) -> tuple[Entry, Outline]:
    """The entry and the outline of a transcript. Raises `OSError`.

    `earlier` and `outline` are the results of an earlier reading. If the bytes read then are unchanged, only the rest of the
    file is read, and `outline` is extended in place; else the whole file is read.
    """
    with open_regular(path, buffering=0) as file:
        stat = os.fstat(file.fileno())
        if outline is None or earlier is None or not _begins_with(file, earlier, stat.st_size):
            outline, earlier = Outline(), None
        used = earlier.used if earlier else 0
        file.seek(used)
        used += _fold_rows(file, outline, stat.st_size - used)
        entry = Entry(
            stat=(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns),
            first=outline.origin,
            last=outline.cwd,
            used=used,
            print=_fingerprint(file, used),
            links=tuple(links(outline)),
            seeks=outline.continues,
            ties=earlier.ties if earlier else (),
            owner=outline.session,
            unreadable=outline.unreadable,
            rows=len(outline.rows),
        )
    return entry, outline


def peek(path: str, earlier: Entry | None, holds: Callable[[str | None], bool | None]) -> Entry:
    """An entry with only the first and the last directory of a transcript. Raises `OSError`.

    The last directory is only looked for if `holds` is not True for the first. `earlier` is the file's entry from before.
    """
    with open_regular(path, buffering=0) as file:
        stat = os.fstat(file.fileno())
        current: Stat = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        same = earlier is not None and earlier.stat[:2] == current[:2] and earlier.stat[2] <= stat.st_size
        first = (earlier.first if earlier and same else None) or _first_cwd(file, stat.st_size)
        return Entry(current, first, first if holds(first) else _last_cwd(file, stat.st_size) or first)


def _fold_rows(file: BinaryIO, outline: Outline, size: int) -> int:
    """Add the rows in the next `size` bytes to an outline; returns how many bytes were consumed."""
    used, rest = 0, b""
    while True:
        data = file.read(min(_CHUNK, size)) if size > 0 else b""
        size -= len(data)
        more = bool(data) and size > 0
        rest = rest + data if rest else data
        folded = fold(outline, rest, more=more)
        used += folded
        rest = rest[folded:]
        if not more:
            return used


def _begins_with(file: BinaryIO, earlier: Entry, size: int) -> bool:
    """Whether a file of that size still begins with the bytes that were read for an earlier entry."""
    return earlier.whole and size >= earlier.used and _fingerprint(file, earlier.used) == earlier.print


def _fingerprint(file: BinaryIO, used: int) -> str:
    """A digest of the first `used` bytes' two ends: a file that was rewritten differs in one of them."""
    digest = blake2b(digest_size=12)
    for start in (0, max(0, used - _MARGIN)):
        file.seek(start)
        digest.update(file.read(min(_MARGIN, used - start)))
    return digest.hexdigest()


def _first_cwd(file: BinaryIO, size: int) -> str | None:
    """The first `cwd` in a file; None if there is none, or if the first is no absolute path."""
    length = _PEEK
    while True:
        file.seek(0)
        cwd = _cwd_of(_CWD.search(file.read(length)))
        if cwd is not None or length >= size:
            return cwd
        length *= 16


def _last_cwd(file: BinaryIO, size: int) -> str | None:
    """The last `cwd` in the last `_PEEK` bytes of a file; None if there is none, or if the last is no absolute path."""
    file.seek(max(0, size - _PEEK))
    cwds = list(_CWD.finditer(file.read(_PEEK)))
    return _cwd_of(cwds[-1]) if cwds else None


def _cwd_of(match: "re.Match[bytes] | None") -> str | None:
    """The directory in the first group of a match, a JSON string; None if it is no absolute path."""
    cwd = parse(match[1], str) if match else None
    return cwd if cwd and cwd.startswith("/") and "\0" not in cwd else None
