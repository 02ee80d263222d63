"""The blobs that git would record for dirty files: read from disk, with the ids that git would give them."""

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
    """How git converts a path's bytes when it records them."""

    conversion: Conversion = RAW
    index: str | None = None  # the id of the path's blob in the index, where the conversion depends on it

    def apply(self, data: bytes, crlf_in: CrlfIn) -> bytes:
        """The bytes that git records for `data`. The index's blob is only read if it matters."""
        crlf = self.index is not None and b"\r\n" in data and crlf_in(self.index)
        return to_git(data, self.conversion, crlf_in_index=crlf)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A dirty file as git would record it."""

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
        """The bytes to be recorded, read again if they are not held; None if the file has changed since."""
        if self.data is not None:
            return self.data
        try:
            again = record(self.file, self.recipe, crlf_in, algorithm_of(self.oid), hold=sys.maxsize)
        except OSError:
            return None
        return again.data if again is not None and again.oid == self.oid else None


def record(
    file: str, recipe: Recipe, crlf_in: CrlfIn, algorithm: str, last: Recorded | None = None, *, hold: int = HELD
) -> Recorded | None:
    """Read a file or symbolic link; None if it is gone. `last` is returned if the file has not changed since.

    Contents of up to `hold` bytes are kept in memory. Raises `OSError` if it can't be read.
    """
    try:
        on_disk = os.lstat(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    signature = (on_disk.st_mtime_ns, on_disk.st_ctime_ns, on_disk.st_size, on_disk.st_ino, on_disk.st_mode)
    if last is not None and last.signature == signature and last.recipe == recipe:
        return last
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
    """The dirty files of the last two scans of each worktree, and unsaved documents, by blob id. Thread-safe."""

    def __init__(self, crlf_in: CrlfIn) -> None:
        self._crlf_in = crlf_in
        self._lock = threading.Lock()
        self._scans: dict[str, tuple[dict[str, Recorded], dict[str, Recorded]]] = {}
        self._holders: dict[str, list[Recorded]] = {}
        self._unsaved: dict[tuple[str, str], tuple[tuple[str, bytes], ...]] = {}  # by worktree and path: id and bytes

    def last(self, worktree: str) -> dict[str, Recorded]:
        """The files of the last scan of a worktree, by path. Must not be changed."""
        return self._scans.get(worktree, ({}, {}))[0]

    def replace(self, worktree: str, recorded: dict[str, Recorded]) -> None:
        """Add a newer scan's files. Those of the previous scan are kept for threads that still use it; older ones are dropped."""
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
        """Drop everything about these removed worktrees."""
        for worktree in worktrees:
            self.replace(worktree, {})
            self.replace(worktree, {})
            self._scans.pop(worktree, None)

    def hold(self, document: tuple[str, str], oid: str, data: bytes) -> None:
        """Hold the bytes of an unsaved document (worktree, path), and its previous ones."""
        with self._lock:
            before = [entry for entry in self._unsaved.pop(document, ()) if entry[0] != oid]
            self._unsaved[document] = ((oid, data), *before[:1])
            forget_oldest(self._unsaved, _DOCUMENTS)

    def get(self, oid: str) -> bytes | None:
        """The bytes of the blob with this id; None if it is of no dirty file and no unsaved document."""
        with self._lock:
            holders = tuple(self._holders.get(oid, ()))
            unsaved = [data for texts in self._unsaved.values() for held_oid, data in texts if held_oid == oid]
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
