"""Files in one compressed archive, each with its checksum: written, read back and verified before anything relies on it."""

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

CHUNK = 1 << 20
FILE, LINK, FOLDER = "file", "link", "folder"


@dataclass(frozen=True, slots=True)
class Member:
    """One path in an archive."""

    path: str
    kind: str  # a file, a link, or an empty folder
    size: int = 0  # in bytes
    sha256: str = ""
    mode: int = 0
    target: str = ""  # where a link points


class Hashing:
    """A reader that hashes what goes through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self.sha256.update(data)
        return data


def pack(archive: str, top: str, paths: Iterable[str], sizes: Mapping[str, int] = {}) -> tuple[Member, ...]:
    """Write these paths (relative to `top`; a folder stands for itself alone) into a new archive, and read it back.

    `sizes` are bytes of files that are still written to: only so many of them are packed.
    Killed at any point, there is either no archive or all of it. Raises `OSError`, `tarfile.TarError`.
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
    """Raise `OSError` unless an archive holds exactly these bytes; `grown`: or files that begin with them."""
    with _opened(archive) as tar:
        for member, source in _contents(tar, members):
            if source is not None:
                _check(archive, member, _hashed(source, member.size if grown else None))


def listed(archive: str) -> tuple[Member, ...]:
    """The files in an archive, as its own bytes tell; links and folders are left out. Raises `OSError` if it is damaged."""
    members = []
    with _opened(archive) as tar:
        for info in tar:
            source = tar.extractfile(info) if info.isreg() else None
            if source is not None:
                members.append(Member(info.name, FILE, info.size, _hashed(source).sha256.hexdigest(), info.mode))
    return tuple(members)


def _hashed(source: IO[bytes], size: int | None = None) -> Hashing:
    """A reader that has hashed a file's bytes, or its first `size`."""
    reader, remaining = Hashing(source), sys.maxsize if size is None else size
    while remaining and (chunk := reader.read(min(remaining, CHUNK))):
        remaining -= len(chunk)
    return reader


def unpack(archive: str, members: Sequence[Member], folder: int, *, durable: bool = False) -> None:
    """Write an archive's paths below a held folder; what is in the way there is removed. Raises `OSError`.

    `durable`: each file is on the disk before the next one is written.
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
                    _check(archive, member, _written(source, parent, name, member.mode, durable=durable))


def _written(source: IO[bytes], parent: int, name: str, mode: int, *, durable: bool) -> Hashing:
    """Write a new file into a held folder; the reader that has hashed it."""
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
    """The SHA-256 of a file's bytes, or of its first `size`. Raises `OSError`."""
    with open_regular(path) as stream:
        return _hashed(stream, size).sha256.hexdigest()


def is_same(path: str, member: Member, *, grown: bool = False) -> bool:
    """Whether a path is what was packed; `grown`: or begins with it, since its session went on. Raises `OSError`."""
    if member.kind == LINK:
        return os.path.islink(path) and os.readlink(path) == member.target
    if member.kind == FOLDER:
        return os.path.isdir(path)
    if member.kind != FILE or os.path.islink(path) or not os.path.isfile(path):
        return False
    return digest(path, member.size if grown else None) == member.sha256


def below(folder: str) -> Iterator[str]:
    """The files, links and empty folders below a folder, relative to it, by name. Links are not followed.

    Raises `OSError` for a folder that can't be listed: what is not seen is not taken for absent.
    """
    for root, folders, names in walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]
        if not folders and not names and root != folder:
            yield os.path.relpath(root, folder)
        for name in sorted([*names, *links]):
            yield os.path.relpath(os.path.join(root, name), folder)


def is_below(path: str, folder: str) -> bool:
    """Whether a relative path names a folder or something in it, and nothing outside by way of `..`."""
    parts = path.split("/")
    return parts[0] == folder and not {"", ".", ".."} & set(parts)


def walk(top: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """`os.walk` that raises `OSError` for a folder that can't be listed."""
    return os.walk(top, onerror=_raise)


def sync(folder: str) -> None:
    """Make sure that what was renamed in a folder stays renamed, whatever happens to the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _raise(error: OSError) -> None:
    raise error


def to_json(member: Member) -> dict[str, Any]:
    """A member as JSON holds it."""
    return asdict(member)


def from_json(raw: Mapping[str, Any]) -> Member:
    """The member again. Raises TypeError on anything else."""
    return Member(**raw)


def _add(tar: tarfile.TarFile, file: str, name: str, size: int | None) -> Member:
    facts = os.lstat(file)
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = stat.S_IMODE(facts.st_mode), int(facts.st_mtime)
    if stat.S_ISLNK(facts.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(file)
        tar.addfile(info)
        return Member(name, LINK, target=info.linkname)
    if stat.S_ISDIR(facts.st_mode):
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return Member(name, FOLDER)
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(0, f"{file} is neither file, link nor folder")
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        info.size = os.fstat(stream.fileno()).st_size if size is None else size
        reader = Hashing(stream)
        tar.addfile(info, reader)  # raises if the file became shorter meanwhile
        if size is None and stream.read(1):
            raise OSError(0, f"{file} grows while it is copied")
    return Member(name, FILE, info.size, reader.sha256.hexdigest(), info.mode)


def _contents(tar: tarfile.TarFile, members: Sequence[Member]) -> Iterator[tuple[Member, IO[bytes] | None]]:
    """The wanted members with their bytes, in the archive's order. Raises `OSError` if one is missing."""
    missing = {member.path: member for member in members}
    for info in tar:
        member = missing.pop(info.name.rstrip("/"), None)
        if member is not None:
            yield member, tar.extractfile(info) if member.kind == FILE else None
    if missing:
        raise OSError(0, f"{next(iter(missing))} is missing in {tar.name!r}")


@contextmanager
def _opened(archive: str) -> Iterator[tarfile.TarFile]:
    """An archive to read; whatever is wrong with its bytes is an `OSError`."""
    try:
        handle = os.open(archive, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as stream, tarfile.open(fileobj=stream, mode="r:gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise OSError(0, f"{archive} is damaged ({error})") from error


def _check(archive: str, member: Member, reader: Hashing) -> None:
    if reader.sha256.hexdigest() != member.sha256:
        raise OSError(0, f"{member.path} is damaged in {archive}")
