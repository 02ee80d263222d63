"""Packs files into a compressed tar archive and lists them with their checksums. A new archive is read back and verified at once."""

import hashlib
import os
import secrets
import stat
import sys
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import IO, Any

from forksight.adapters.system.disk.held_folder import make_folder, parent_of, remove_any
from forksight.adapters.system.disk.regular_file import open_regular

CHUNK = 1 << 20  # bytes read at a time
FILE, LINK, FOLDER = "file", "link", "folder"


@dataclass(frozen=True, slots=True)
class Member:
    """One path in an archive."""

    path: str  # relative
    kind: str  # FILE, LINK, or FOLDER (an empty one)
    size: int = 0  # bytes; of a file
    sha256: str = ""  # in hexadecimal; of a file
    mode: int = 0  # permission bits; of a file
    target: str = ""  # of a link


class Hashing:
    """A reader that computes the SHA-256 of the bytes that were read through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; all that are left if it is negative."""
        data = self._stream.read(size)
        self.sha256.update(data)
        return data


def pack(archive: str, top: str, paths: Iterable[str], sizes: Mapping[str, int] = {}) -> tuple[Member, ...]:
    """Pack these paths, relative to `top`, into a new archive, and verify it. A folder is packed without its content.

    `sizes` maps paths of files that may still grow to the number of bytes to pack of them. If the process is killed, there is
    either no archive or all of it. Raises `OSError`, `tarfile.TarError`.
    """
    unfinished = f"{archive}.{secrets.token_hex(8)}"
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as tar:
                members = tuple(_add(tar, os.path.join(top, path), path, sizes.get(path)) for path in paths)
            stream.flush()
            os.fsync(stream.fileno())
        verify(unfinished, members)
        os.replace(unfinished, archive)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise
    sync(os.path.dirname(archive))
    return members


def verify(archive: str, members: Sequence[Member], *, grown: bool = False) -> None:
    """Raise `OSError` unless an archive has all these members with the same bytes; `grown`: or with more bytes after them."""
    with _opened(archive) as tar:
        for member, source in _contents(tar, members):
            if source is not None:
                _check(archive, member, _hashed(source, member.size if grown else None))


def listed(archive: str) -> tuple[Member, ...]:
    """The files in an archive, with the checksums of the bytes that it has now. Links and folders are left out.

    Raises `OSError` if the archive is damaged.
    """
    members = []
    with _opened(archive) as tar:
        for info in tar:
            source = tar.extractfile(info) if info.isreg() else None
            if source is not None:
                members.append(Member(info.name, FILE, info.size, _hashed(source).sha256.hexdigest(), info.mode))
    return tuple(members)


def _hashed(source: IO[bytes], size: int | None = None) -> Hashing:
    """Read a file, or its first `size` bytes; returns the reader, which has their hash."""
    reader, remaining = Hashing(source), sys.maxsize if size is None else size
    while remaining and (chunk := reader.read(min(remaining, CHUNK))):
        remaining -= len(chunk)
    return reader


def unpack(archive: str, members: Sequence[Member], folder: int, *, durable: bool = False) -> None:
    """Write the members of an archive below an open folder (`held`). Existing files at their paths are removed.

    `durable`: each file is synced to the disk. Raises `OSError`, also for bytes with another checksum.
    """
    with _opened(archive) as tar:
        for member, source in _contents(tar, members):
            with parent_of(folder, member.path, clear=True) as (parent, name):
                if member.kind == FOLDER:
                    make_folder(parent, name)
                    continue
                remove_any(parent, name)
                if member.kind == LINK:
                    os.symlink(member.target, name, dir_fd=parent)
                elif source is not None:
                    _check(archive, member, _write(source, parent, name, member.mode, durable=durable))


def _write(source: IO[bytes], parent: int, name: str, mode: int, *, durable: bool) -> Hashing:
    """Write a new file into an open folder; returns the reader, which has the hash of its bytes."""
    reader = Hashing(source)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=parent), "wb") as stream:
        while chunk := reader.read(CHUNK):
            stream.write(chunk)
        os.fchmod(stream.fileno(), mode)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    return reader


def digest(path: str, size: int | None = None) -> str:
    """The SHA-256 of a file's bytes, or of its first `size` bytes, in hexadecimal. Raises `OSError`."""
    with open_regular(path) as stream:
        return _hashed(stream, size).sha256.hexdigest()


def is_same(path: str, member: Member, *, grown: bool = False) -> bool:
    """Whether a path has what was packed of a member; `grown`: or begins with it. Raises `OSError`.

    Transcripts grow while their sessions go on.
    """
    if member.kind == LINK:
        return os.path.islink(path) and os.readlink(path) == member.target
    if member.kind == FOLDER:
        return os.path.isdir(path)
    if member.kind != FILE or os.path.islink(path) or not os.path.isfile(path):
        return False
    return digest(path, member.size if grown else None) == member.sha256


def below(folder: str) -> Iterator[str]:
    """The relative paths of all files, links and empty folders below a folder. Links are not followed.

    Raises `OSError` for a folder that can't be listed, rather than taking it for empty.
    """
    for root, folders, names in walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]
        if not folders and not names and root != folder:
            yield os.path.relpath(root, folder)
        for name in sorted([*names, *links]):
            yield os.path.relpath(os.path.join(root, name), folder)


def is_below(path: str, folder: str) -> bool:
    """Whether a relative path is `folder`, the name of a folder, or leads into it without `..`."""
    parts = path.split("/")
    return parts[0] == folder and not {"", ".", ".."} & set(parts)


def walk(top: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """`os.walk` that raises `OSError` for a folder that can't be listed."""
    return os.walk(top, onerror=_raise)


def sync(folder: str) -> None:
    """Sync a folder to the disk, so that renames in it survive a power failure. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _raise(error: OSError) -> None:
    raise error


def to_json(member: Member) -> dict[str, Any]:
    """A member's JSON object."""
    return asdict(member)


def from_json(raw: Mapping[str, Any]) -> Member:
    """The inverse of `to_json`. Raises `TypeError` for any other object."""
    return Member(**raw)


def _add(tar: tarfile.TarFile, file: str, name: str, size: int | None) -> Member:
    """Add the file, link or folder at the path `file` under a name; of a file, only its first `size` bytes. Raises `OSError`."""
    file_stat = os.lstat(file)
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = stat.S_IMODE(file_stat.st_mode), int(file_stat.st_mtime)
    if stat.S_ISLNK(file_stat.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(file)
        tar.addfile(info)
        return Member(name, LINK, target=info.linkname)
    if stat.S_ISDIR(file_stat.st_mode):
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return Member(name, FOLDER)
    if not stat.S_ISREG(file_stat.st_mode):
        raise OSError(0, f"{file} is neither file, link nor folder")
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        info.size = os.fstat(stream.fileno()).st_size if size is None else size
        reader = Hashing(stream)
        tar.addfile(info, reader)  # raises if the file became shorter meanwhile
        if size is None and stream.read(1):
            raise OSError(0, f"{file} grows while it is copied")
    return Member(name, FILE, info.size, reader.sha256.hexdigest(), info.mode)


def _contents(tar: tarfile.TarFile, members: Sequence[Member]) -> Iterator[tuple[Member, IO[bytes] | None]]:
    """Each of the members with a reader of its bytes (None for links and folders), in the archive's order.

    Raises `OSError` at the end if one is missing.
    """
    missing = {member.path: member for member in members}
    for info in tar:
        member = missing.pop(info.name.rstrip("/"), None)
        if member is not None:
            yield member, tar.extractfile(info) if member.kind == FILE else None
    if missing:
        raise OSError(0, f"{next(iter(missing))} is missing in {tar.name!r}")


@contextmanager
def _opened(archive: str) -> Iterator[tarfile.TarFile]:
    """Opens an archive for reading. Errors in its bytes are raised as `OSError`."""
    try:
        handle = os.open(archive, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as stream, tarfile.open(fileobj=stream, mode="r:gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise OSError(0, f"{archive} is damaged ({error})") from error


def _check(archive: str, member: Member, reader: Hashing) -> None:
    """Raise `OSError` unless the bytes that a reader has read are the member's."""
    if reader.sha256.hexdigest() != member.sha256:
        raise OSError(0, f"{member.path} is damaged in {archive}")
