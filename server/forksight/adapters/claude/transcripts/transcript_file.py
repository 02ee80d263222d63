"""Reads one transcript from where it was read to, and tells when what was read is no longer what stands there."""

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

_CHUNK = 16_000_000  # bytes at a time; a row that is longer is read whole
_PEEK = 65_536  # bytes at either end in which a row that tells the cwd is looked for first
_MARGIN = 4096  # bytes at either end of what was read that tell whether it is still the same
_CWD = re.compile(rb'"cwd":\s*("(?:[^"\\]|\\.)+")')


def read(path: str, known: Entry | None, before: Outline | None) -> tuple[Entry, Outline]:
    """The outline of a transcript, going on from `before` if what `known` says of the file still holds. Raises OSError."""
    with open_regular(path, buffering=0) as file:
        stat = os.fstat(file.fileno())
        if before is None or known is None or not _goes_on(file, known, stat.st_size):
            before, known = Outline(), None
        used = known.used if known else 0
        file.seek(used)
        used += _take(file, before, stat.st_size - used)
        entry = Entry(
            stat=(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns),
            first=before.origin,
            last=before.cwd,
            used=used,
            print=_fingerprint(file, used),
            links=tuple(links(before)),
            seeks=before.continues,
            ties=known.ties if known else (),
            owner=before.owner,
            unreadable=before.unreadable,
            rows=len(before.rows),
        )
    return entry, before


def peek(path: str, known: Entry | None, holds: Callable[[str | None], bool | None]) -> Entry:
    """Only where a transcript's session was, at first and (if that is not held) at last. Raises OSError."""
    with open_regular(path, buffering=0) as file:
        stat = os.fstat(file.fileno())
        identity: Stat = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        same = known is not None and known.stat[:2] == identity[:2] and known.stat[2] <= stat.st_size
        first = (known.first if known and same else None) or _first_cwd(file, stat.st_size)
        return Entry(identity, first, first if holds(first) else _last_cwd(file, stat.st_size) or first)


def _take(file: BinaryIO, outline: Outline, size: int) -> int:
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


def _goes_on(file: BinaryIO, known: Entry, size: int) -> bool:
    return known.whole and size >= known.used and _fingerprint(file, known.used) == known.print


def _fingerprint(file: BinaryIO, used: int) -> str:
    """Tells apart what stands before a place: a file that was rewritten differs at its start or there."""
    digest = blake2b(digest_size=12)
    for start in (0, max(0, used - _MARGIN)):
        file.seek(start)
        digest.update(file.read(min(_MARGIN, used - start)))
    return digest.hexdigest()


def _first_cwd(file: BinaryIO, size: int) -> str | None:
    length = _PEEK
    while True:
        file.seek(0)
        cwd = _cwd_of(_CWD.search(file.read(length)))
        if cwd is not None or length >= size:
            return cwd
        length *= 16


def _last_cwd(file: BinaryIO, size: int) -> str | None:
    file.seek(max(0, size - _PEEK))
    cwds = list(_CWD.finditer(file.read(_PEEK)))
    return _cwd_of(cwds[-1]) if cwds else None


def _cwd_of(match: "re.Match[bytes] | None") -> str | None:
    """The directory that the first group of a match spells as JSON; None if it can't be one."""
    cwd = parse(match[1], str) if match else None
    return cwd if cwd and cwd.startswith("/") and "\0" not in cwd else None
