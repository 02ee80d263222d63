"""Our own copies of transcripts: compressed, checksummed, in `<git common dir>/forksight/transcripts/`, for this user alone.

A copy is an archive whose name carries its contents' hash and a small index file beside it. The index is replaced last and
in one go: killed at any point, either the old copy stands or the new one.
"""

import hashlib
import os
import secrets
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import IO, Any

import orjson

from forksight.core.problems import Problem, VaultError
from forksight.core.sessions.session import Session
from forksight.core.store.copies import Copy, StoredFile
from forksight.core.store.ledger import Baseline, Generation

_CHUNK = 1 << 20


class Vault:
    """The copies of one repository's sessions (`core.ports.store.Vault`)."""

    def __init__(self, common_dir: str) -> None:
        self.folder = os.path.join(common_dir, "forksight", "transcripts")

    def copies(self) -> tuple[tuple[Copy, ...], tuple[Problem, ...]]:
        """All copies, by session. An index that can't be read is a problem."""
        found, problems = [], []
        for name in sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []:
            if name.endswith(".json"):
                path = os.path.join(self.folder, name)
                try:
                    found.append(_read_index(path))
                except (OSError, ValueError, KeyError, TypeError) as error:
                    problems.append(
                        Problem("copy-unreadable", f"The copy of a transcript can't be read ({error}).", path)
                    )
        return tuple(found), tuple(problems)

    def find(self, session: str) -> Copy | None:
        """The copy of that session, None without a readable one."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return _read_index(self._index(session))
        return None

    def keep(self, session: Session, baseline: Baseline | None, generation: Generation | None) -> Copy:
        """Copy a session, or renew its copy if it grew. A transcript that became shorter leaves the copy as it is.

        Raises `VaultError` if the original can't be read or the copy can't be written.
        """
        old = self.find(session.id)
        known = Copy(
            session=session.id,
            archive=old.archive if old else "",
            transcript=session.transcript,
            created=old.created if old else 0.0,
            files=old.files if old else (),
            title=session.title,
            cwd=session.cwd,
            branch=session.branch,
            baseline=baseline.name if baseline else None,
            generation=generation,
        )
        try:
            size = _whole_rows(session.transcript)
            if old is not None and (size < old.size or (size == old.size and os.path.exists(old.archive))):
                new = known
            else:
                os.makedirs(self.folder, mode=0o700, exist_ok=True)
                archive, files = self._pack(session.id, session.transcript, size)
                new = replace(known, archive=archive, files=files, created=time.time())
            if new != old:
                _write_index(self._index(session.id), new)
        except (OSError, tarfile.TarError) as error:
            raise VaultError(
                f"the transcript of session {session.id} can't be copied to {self.folder} ({_said(error)})",
                fix="check both places and try again",
            ) from error
        self._drop_archives(session.id, but=new.archive)
        return new

    def restore(self, session: str, projects: str) -> tuple[str, ...]:
        """Put a copy's files back under Claude Code's `projects` folder; the paths that were written, transcript last.

        What is there and as long or longer stays untouched. The bytes are verified before any is put in place, and the
        modification time is now, so that Claude Code does not delete it again at once. Raises `VaultError`.
        """
        copy = self.find(session)
        if copy is None:
            raise VaultError(f"there is no copy of the transcript of session {session}", fix="choose another session")
        folder = os.path.join(projects, os.path.basename(os.path.dirname(copy.transcript)))
        staging = os.path.join(folder, f".forksight-{secrets.token_hex(8)}")
        written = []
        try:
            os.makedirs(staging, mode=0o700)
            _unpack(copy, staging)
            for file in sorted(copy.files, key=lambda one: one.path == f"{session}.jsonl"):
                target = os.path.join(folder, file.path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if _place(os.path.join(staging, file.path), target):
                    written.append(target)
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            raise VaultError(
                f"the copy of the transcript of session {session} can't be put back ({_said(error)})",
                fix=f"check {copy.archive} and {folder}",
            ) from error
        finally:
            _remove_tree(staging)
        return tuple(written)

    def verify(self, copy: Copy) -> None:
        """Read a copy through, writing nothing. Raises `VaultError` unless each file has the bytes that were copied."""
        try:
            _unpack(copy, None)
        except FileNotFoundError as error:
            raise VaultError(f"{copy.archive} is missing") from error
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            raise VaultError(f"{copy.archive} is damaged") from error

    def drop(self, session: str) -> None:
        """Forget the copy of a session."""
        with suppress(FileNotFoundError):
            os.unlink(self._index(session))
        self._drop_archives(session, but=None)

    def _index(self, session: str) -> str:
        return os.path.join(self.folder, f"{session}.json")

    def _pack(self, session: str, transcript: str, size: int) -> tuple[str, tuple[StoredFile, ...]]:
        unfinished = os.path.join(self.folder, f".{session}-{secrets.token_hex(8)}")
        try:
            with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as tar:
                    files = tuple(
                        _add(tar, path, name, size if path == transcript else None)
                        for path, name in _files_of(session, transcript)
                    )
                stream.flush()
                os.fsync(stream.fileno())
            digest = hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()
            archive = os.path.join(self.folder, f"{session}-{digest[:16]}.tar.gz")
            os.replace(unfinished, archive)
        except BaseException:
            with suppress(OSError):
                os.unlink(unfinished)
            raise
        return archive, files

    def _drop_archives(self, session: str, *, but: str | None) -> None:
        with suppress(FileNotFoundError):
            for name in os.listdir(self.folder):
                path = os.path.join(self.folder, name)
                if name.startswith(f"{session}-") and name.endswith(".tar.gz") and path != but:
                    with suppress(FileNotFoundError):
                        os.unlink(path)


class _Hashing:
    """A reader that hashes what goes through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.sha256.update(data)
        return data


def _whole_rows(transcript: str) -> int:
    """How many bytes of a transcript are whole rows: its last one may be half written."""
    with open(transcript, "rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _CHUNK)
            stream.seek(start)
            newline = stream.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0


def _files_of(session: str, transcript: str) -> Iterator[tuple[str, str]]:
    """The files of a session with their names relative to the project folder: the companion folder's, then the transcript."""
    folder = os.path.dirname(transcript)
    for root, folders, names in os.walk(os.path.join(folder, session)):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path, os.path.relpath(path, folder)
    yield transcript, f"{session}.jsonl"


def _add(tar: tarfile.TarFile, path: str, name: str, size: int | None) -> StoredFile:
    with open(path, "rb") as stream:
        facts = os.fstat(stream.fileno())
        member = tarfile.TarInfo(name)
        member.size = facts.st_size if size is None else size
        member.mode, member.mtime = facts.st_mode & 0o777, int(facts.st_mtime)
        reader = _Hashing(stream)
        tar.addfile(member, reader)  # raises if the file became shorter meanwhile
    return StoredFile(name, member.size, reader.sha256.hexdigest())


def _unpack(copy: Copy, staging: str | None) -> None:
    """Write a copy's files into a folder (None: nowhere). Raises OSError unless each has the bytes that were copied."""
    wanted = {file.path: file for file in copy.files}
    with tarfile.open(copy.archive, "r:gz") as tar:
        for member in tar:
            file = wanted.pop(member.name, None)
            source = tar.extractfile(member) if file is not None else None
            if file is None or source is None:
                continue
            reader = _Hashing(source)
            if staging is None:
                while reader.read(_CHUNK):
                    pass
            else:
                _write(reader, staging, file.path, member.mode)
            if reader.sha256.hexdigest() != file.sha256:
                raise OSError(f"{file.path} is damaged in {copy.archive}")
    if wanted:
        raise OSError(f"{next(iter(wanted))} is missing in {copy.archive}")


def _write(reader: _Hashing, staging: str, name: str, mode: int) -> None:
    target = os.path.normpath(os.path.join(staging, name))
    if not target.startswith(staging + os.sep):
        raise OSError(f"{name} leads out of its folder")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode & 0o777 | 0o600), "wb") as stream:
        while chunk := reader.read(_CHUNK):
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _place(source: str, target: str) -> bool:
    """Move a file to its place unless something as long, longer or other than its beginning is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        if not _is_beginning(target, source):
            return False
    except OSError:  # a file system without hard links
        if os.path.lexists(target) and not _is_beginning(target, source):
            return False
    else:
        return True
    os.replace(source, target)
    return True


def _is_beginning(short: str, long: str) -> bool:
    """Whether a file is a true beginning of another."""
    size = os.path.getsize(short)
    if size >= os.path.getsize(long):
        return False
    with open(short, "rb") as first, open(long, "rb") as second:
        while chunk := first.read(_CHUNK):
            if chunk != second.read(len(chunk)):
                return False
    return True


def _remove_tree(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _said(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _read_index(path: str) -> Copy:
    with open(path, "rb") as stream:
        raw = orjson.loads(stream.read())
    files = tuple(StoredFile(str(one["path"]), int(one["size"]), str(one["sha256"])) for one in raw["files"])
    archive = os.path.join(os.path.dirname(path), os.path.basename(raw["archive"]))
    made = raw["generation"]
    generation = Generation(made["number"], raw["session"], made["commit"], made["created"]) if made else None
    where = (raw["title"], raw["cwd"], raw["branch"])
    return Copy(raw["session"], archive, raw["transcript"], raw["created"], files, *where, raw["baseline"], generation)


def _write_index(path: str, copy: Copy) -> None:
    made = copy.generation
    raw: dict[str, Any] = {
        "version": 1,
        "session": copy.session,
        "archive": os.path.basename(copy.archive),
        "transcript": copy.transcript,
        "created": copy.created,
        "files": [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in copy.files],
        "title": copy.title,
        "cwd": copy.cwd,
        "branch": copy.branch,
        "baseline": copy.baseline,
        "generation": {"number": made.number, "commit": made.commit, "created": made.created} if made else None,
    }
    unfinished = f"{path}.{secrets.token_hex(8)}"
    with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(orjson.dumps(raw))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
