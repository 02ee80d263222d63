"""The bytes that dirty files would be recorded as: read from disk, named by the id git would give them."""

import errno
import hashlib
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable

from forksight.adapters.git.objects.object_id import algorithm_of, object_id
from forksight.adapters.memo import forget_oldest
from forksight.adapters.system.disk.regular_file import LARGEST, open_regular, read_regular
from forksight.core.frozen import dataclass
from forksight.core.git.conversion import RAW, Conversion, to_git

HELD = 256 * 1024  # bytes; a bigger file is read again when it is asked for
_CHUNK = 1024 * 1024
_DOCUMENTS = 100  # whose unsaved bytes are held
_SETTLED = 2_000_000_000  # ns; within this time of its last change a file may change again without its times showing it

CrlfIn = Callable[[str], bool]  # whether a blob is text with CRLF, by its id


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a path's bytes become what is recorded."""

    conversion: Conversion = RAW
    index: str | None = None  # the id of the path's blob in the index, where the conversion depends on it

    def apply(self, data: bytes, crlf_in: CrlfIn) -> bytes:
        """What git records for `data`. The index's blob is looked at only if it matters."""
        crlf = self.index is not None and b"\r\n" in data and crlf_in(self.index)
        return to_git(data, self.conversion, crlf_in_index=crlf)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as it would be recorded."""

    oid: str
    link: bool
    executable: bool
    since: float  # its modification time, seconds since the epoch
    size: int  # in bytes, on disk
    data: bytes | None  # None for a file too big to hold
    file: str  # its absolute path
    recipe: Recipe
    signature: tuple[int, ...] | None  # None: read too soon after a change to be sure that it is the last

    def bytes(self, crlf_in: CrlfIn) -> bytes | None:
        """What would be recorded, read again if not held; None if the file has changed since."""
        if self.data is not None:
            return self.data
        try:
            again = record(self.file, self.recipe, crlf_in, algorithm_of(self.oid), hold=sys.maxsize)
        except OSError:
            return None
        return again.data if again is not None and again.oid == self.oid else None


def record(
    file: str, recipe: Recipe, crlf_in: CrlfIn, algorithm: str, known: Recorded | None = None, *, hold: int = HELD
) -> Recorded | None:
    """Read a file or symbolic link; None if it is gone. `known` is returned if it is still true.

    Up to `hold` bytes are kept with it. Raises `OSError` if it can't be read.
    """
    try:
        on_disk = os.lstat(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    signature = (on_disk.st_mtime_ns, on_disk.st_ctime_ns, on_disk.st_size, on_disk.st_ino, on_disk.st_mode)
    if known is not None and known.signature == signature and known.recipe == recipe:
        return known
    settled = time.time_ns() - max(on_disk.st_mtime_ns, on_disk.st_ctime_ns) > _SETTLED
    if stat.S_ISDIR(on_disk.st_mode):
        return None
    link = stat.S_ISLNK(on_disk.st_mode)
    data: bytes | None
    try:
        if link:
            data = os.readlink(os.fsencode(file))
            oid = object_id(data, algorithm)
        elif not stat.S_ISREG(on_disk.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        elif on_disk.st_size > LARGEST or (on_disk.st_size > max(hold, _CHUNK) and recipe == Recipe()):
            data, oid = None, _stream_id(file, algorithm)
        else:
            data = recipe.apply(read_regular(file, follow=False), crlf_in)
            oid = object_id(data, algorithm)
    except FileNotFoundError:
        return None
    return Recorded(
        oid=oid,
        link=link,
        executable=bool(on_disk.st_mode & stat.S_IXUSR),
        since=on_disk.st_mtime,
        size=on_disk.st_size,
        data=data if data is not None and len(data) <= hold else None,
        file=file,
        recipe=recipe,
        signature=signature if settled else None,
    )


class Contents:
    """Finds recorded bytes by id, for what the last two scans of each worktree saw. May be used from any thread."""

    def __init__(self, crlf_in: CrlfIn) -> None:
        self._crlf_in = crlf_in
        self._lock = threading.Lock()
        self._scans: dict[str, tuple[dict[str, Recorded], dict[str, Recorded]]] = {}
        self._holders: dict[str, list[Recorded]] = {}
        self._unsaved: dict[tuple[str, str], tuple[tuple[str, bytes], ...]] = {}  # by worktree and path: id and bytes

    def last(self, worktree: str) -> dict[str, Recorded]:
        """What the last scan of a worktree recorded, by path. Not to be changed."""
        return self._scans.get(worktree, ({}, {}))[0]

    def replace(self, worktree: str, recorded: dict[str, Recorded]) -> None:
        """Take a newer scan's result. The scan before stays, for whoever still works on it; the one before that goes."""
        with self._lock:
            last, before = self._scans.get(worktree, ({}, {}))
            self._scans[worktree] = (recorded, last)
            for entry in recorded.values():
                self._holders.setdefault(entry.oid, []).append(entry)
            for entry in before.values():
                holders = self._holders[entry.oid]
                holders.remove(entry)
                if not holders:
                    del self._holders[entry.oid]

    def forget(self, worktrees: Iterable[str]) -> None:
        """Drop everything of worktrees that are gone."""
        for worktree in worktrees:
            self.replace(worktree, {})
            self.replace(worktree, {})
            self._scans.pop(worktree, None)

    def hold(self, document: tuple[str, str], oid: str, data: bytes) -> None:
        """Take the bytes of a document (worktree, path) that is not saved; those of the time before stay as well."""
        with self._lock:
            before = [known for known in self._unsaved.pop(document, ()) if known[0] != oid]
            self._unsaved[document] = ((oid, data), *before[:1])
            forget_oldest(self._unsaved, _DOCUMENTS)

    def get(self, oid: str) -> bytes | None:
        """The bytes with this id; None if no current file has them, nor a document that is not saved."""
        with self._lock:
            holders = tuple(self._holders.get(oid, ()))
            unsaved = [data for texts in self._unsaved.values() for known, data in texts if known == oid]
        if unsaved:
            return unsaved[0]
        return next((data for entry in holders if (data := entry.bytes(self._crlf_in)) is not None), None)


def _stream_id(file: str, algorithm: str) -> str:
    with open_regular(file, follow=False, buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = hashlib.new(algorithm, b"blob %d\0" % size, usedforsecurity=False)
        while size > 0 and (chunk := stream.read(min(size, _CHUNK))):  # one that grows meanwhile is read again later
            digest.update(chunk)
            size -= len(chunk)
        return digest.hexdigest()
