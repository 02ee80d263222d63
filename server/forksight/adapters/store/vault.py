"""Our own compressed copies of transcripts in `<git common dir>/forksight/transcripts/`, readable by this user only.

A copy consists of an archive, which has the hash of its content in its name, and of a sealed index file, `<session>.json`. The
index is replaced last, by one rename: if the process is killed, either the old copy or the new one is complete.
"""

import hashlib
import os
import re
import secrets
import stat
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from forksight.adapters.store import packing
from forksight.adapters.store.copy_index import copy_in, index_of
from forksight.adapters.store.own_files import check_own, exclusively, read_own, write_whole
from forksight.adapters.store.packing import CHUNK, FILE, Member
from forksight.adapters.store.seal import Seal, parsed, sealed, unsealed
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.held_folder import held, held_in, parent_of
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.problems import Problem, VaultError
from forksight.core.sessions.session import Session
from forksight.core.store.copies import Copy, StoredFile
from forksight.core.store.ledger import Baseline, Generation

_KIND = "copy of a transcript"
_SESSION_ID = 36  # characters of a session's id, with which an archive's name begins
_ARCHIVE = re.compile(r"[0-9a-f-]{36}-[0-9a-f]{16}\.tar\.gz")


class Vault:
    """The copies of one repository's sessions (`core.ports.store.Vault`)."""

    def __init__(self, common_dir: str) -> None:
        self.folder = os.path.join(common_dir, "forksight", "transcripts")
        self._seal = Seal(common_dir)

    def copies(self) -> tuple[tuple[Copy, ...], tuple[Problem, ...]]:
        """See `core.ports.store.Vault`."""
        copies, problems = [], []
        try:
            names = self._names()
        except OSError as error:
            text = (
                f"{self.folder} can't be listed ({error.strerror}): the copies of transcripts in it are missing here."
            )
            return (), (Problem("copy-unreadable", text, self.folder),)
        for name in names:
            if name.endswith(".json"):
                path = os.path.join(self.folder, name)
                try:
                    copies.append(self._read(path))
                except (OSError, ValueError, KeyError, TypeError) as error:
                    problems.append(
                        Problem("copy-unreadable", f"The copy of a transcript can't be read ({error}).", path)
                    )
        return tuple(copies), tuple(problems)

    def find(self, session: str) -> Copy | None:
        """See `core.ports.store.Vault`."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return self._read(self._index_path(session))
        return None

    def keep(self, session: Session, baseline: Baseline | None, generation: Generation | None) -> Copy:
        """Copy a session, or renew its copy if the transcript grew. If it became shorter, the copied files stay as they are.

        Earlier archives of the session are deleted if the new one begins with all that they hold, file by file; others are kept
        (`set_aside`). Raises `VaultError` if the transcript can't be read or the copy can't be written.
        """
        try:
            size = _whole_rows(session.transcript)
            old = self.find(session.id)
            new = _described(session, old, baseline, generation)
            if old is not None and size <= old.size and not is_absent(old.archive):
                if new != old:
                    self._write(new)
                return new
            check_own(os.path.dirname(self.folder))
            check_own(self.folder)
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            # Without the lock a process could delete the archive that another one has just made.
            with exclusively(f"{self.folder}.lock"):
                old = self.find(session.id)
                archive, files = self._pack(session.id, session.transcript, _whole_rows(session.transcript))
                new = replace(new, archive=archive, files=files, created=time.time())
                self._write(new)
                self._drop_superseded(new, old)
        except (OSError, tarfile.TarError) as error:
            raise VaultError(
                f"the transcript of session {session.id} can't be copied to {self.folder} ({_reason(error)})",
                fix="check both places and try again",
            ) from error
        return new

    def _write(self, copy: Copy) -> None:
        write_whole(self._index_path(copy.session), sealed(self._seal, _KIND, index_of(copy)))

    def restore(self, session: str, projects: str) -> tuple[str, ...]:
        """Restore a copy's files to Claude Code's `projects` folder; returns the paths that were written, the transcript last.

        An existing file is only replaced if it is a shorter beginning of the copied one. All bytes are verified before the
        first file is written. Modification times are those of the restoration, else Claude Code would delete the files again
        at once. Raises `VaultError`.
        """
        copy = self.find(session)
        if copy is None:
            raise VaultError(f"there is no copy of the transcript of session {session}", fix="choose another session")
        folder = os.path.join(projects, os.path.basename(os.path.dirname(copy.transcript)))
        staging = os.path.join(folder, f".forksight-{secrets.token_hex(8)}")
        written = []
        try:
            os.makedirs(staging, mode=0o700)
            with held(folder, follow=True) as project, held_in(project, os.path.basename(staging)) as unpacked:
                packing.unpack(copy.archive, _members(copy), unpacked, durable=True)
                for file in sorted(copy.files, key=lambda stored: stored.path == f"{session}.jsonl"):
                    with parent_of(unpacked, file.path) as (source, name), parent_of(project, file.path) as (target, _):
                        if _move(name, source, target):
                            written.append(os.path.join(folder, file.path))
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            raise VaultError(
                f"the copy of the transcript of session {session} can't be put back ({_reason(error)})",
                fix=f"check {copy.archive} and {folder}",
            ) from error
        finally:
            _remove_tree(staging)
        return tuple(written)

    def verify(self, copy: Copy) -> None:
        """Read a whole copy. Raises `VaultError` unless each file has the bytes that were copied."""
        try:
            packing.verify(copy.archive, _members(copy))
        except FileNotFoundError as error:
            raise VaultError(f"{copy.archive} is missing") from error
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            raise VaultError(f"{copy.archive} is damaged") from error

    def drop(self, session: Session) -> bool:
        """See `core.ports.store.Vault`."""
        copy = self.find(session.id)
        project = os.path.dirname(session.transcript)
        try:
            if copy is None:
                return is_absent(self._index_path(session.id))
            for file in copy.files:
                if packing.digest(os.path.join(project, file.path), file.size) != file.sha256:
                    return False
            os.unlink(self._index_path(session.id))
            os.unlink(copy.archive)
        except FileNotFoundError:
            return is_absent(self._index_path(session.id))
        except OSError:
            return False
        return True

    def set_aside(self) -> tuple[str, ...]:
        """See `core.ports.store.Vault`."""
        current = set()  # the archives that an index names
        unread = set()  # the sessions whose index can't be read at the moment: nobody knows which archive is current
        archives = []
        with suppress(OSError):  # `copies` reports it
            for name in self._names():
                path = os.path.join(self.folder, name)
                if name.endswith(".json"):
                    try:
                        current.add(self._read(path).archive)
                    except OSError as error:
                        if error.errno:  # else it was read, and is damaged or not this user's
                            unread.add(name.removesuffix(".json"))
                    except (ValueError, KeyError, TypeError):  # it is damaged
                        pass
                elif _ARCHIVE.fullmatch(name):
                    archives.append(path)
        return tuple(
            path for path in archives if path not in current and os.path.basename(path)[:_SESSION_ID] not in unread
        )

    def _index_path(self, session: str) -> str:
        return os.path.join(self.folder, f"{session}.json")

    def adopt(self) -> None:
        """See `core.ports.store.Vault`."""
        names: list[str] = []
        with suppress(OSError):  # `copies` reports it
            names = self._names()
        for name in names:
            path = os.path.join(self.folder, name)
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # a damaged index is left as it is
                raw = parsed(read_own(path)) if name.endswith(".json") else {}
                raw.pop("seal", None)
                if raw and copy_in(raw, self.folder).session == name.removesuffix(".json"):
                    write_whole(path, sealed(self._seal, _KIND, raw))

    def _names(self) -> list[str]:
        """The sorted names in the folder of copies. Raises `OSError` if it can't be listed."""
        try:
            return sorted(os.listdir(self.folder))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _read(self, path: str) -> Copy:
        """The copy that the index at a path describes. Raises `OSError` if its seal is not valid, and what `copy_in` raises."""
        copy = copy_in(unsealed(self._seal, _KIND, read_own(path), path), self.folder)
        if f"{copy.session}.json" != os.path.basename(path):
            raise OSError(0, f"{path} is the index of another session")
        return copy

    def _pack(self, session: str, transcript: str, size: int) -> tuple[str, tuple[StoredFile, ...]]:
        """Pack a session's files, of its transcript `size` bytes; returns the archive's path, and the files in it."""
        unfinished = os.path.join(self.folder, f".{session}-{secrets.token_hex(8)}")
        project, name = os.path.split(transcript)
        members = packing.pack(unfinished, project, _files_of(session, project, name), {name: size})
        digest = hashlib.sha256("".join(member.sha256 for member in members).encode()).hexdigest()
        archive = os.path.join(self.folder, f"{session}-{digest[:16]}.tar.gz")
        os.replace(unfinished, archive)
        return archive, tuple(StoredFile(member.path, member.size, member.sha256, member.mode) for member in members)

    def _drop_superseded(self, new: Copy, old: Copy | None) -> None:
        """Delete the session's other archives whose files are all beginnings of those in the new one. Unreadable ones are kept."""
        for name in self._names():
            path = os.path.join(self.folder, name)
            if name.startswith(f"{new.session}-") and _ARCHIVE.fullmatch(name) and path != new.archive:
                with suppress(OSError, tarfile.TarError):
                    listed = _members(old) if old is not None and old.archive == path else packing.listed(path)
                    packing.verify(new.archive, listed, grown=True)
                    os.unlink(path)


def _whole_rows(transcript: str) -> int:
    """How many bytes the complete rows of a transcript have; the last row may be half written. Raises `OSError`."""
    with open_regular(transcript) as stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - CHUNK)
            stream.seek(start)
            newline = stream.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0


def _described(session: Session, old: Copy | None, baseline: Baseline | None, generation: Generation | None) -> Copy:
    """The files of the old copy (none without one) under the session's present title, directory, branch and baseline."""
    return Copy(
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


def _files_of(session: str, project: str, transcript: str) -> Iterator[str]:
    """The paths of a session's files relative to its project folder: those in the companion folder, then the transcript.

    Raises `OSError`.
    """
    companion = os.path.join(project, session)
    if os.path.isdir(companion) and not os.path.islink(companion):
        for below in packing.below(companion):
            if stat.S_ISREG(os.lstat(os.path.join(companion, below)).st_mode):
                yield os.path.join(session, below)
    yield transcript


def _members(copy: Copy) -> tuple[Member, ...]:
    """The files of a copy, to be unpacked or verified. Raises `OSError` for a path that is not one of the session's files."""
    for file in copy.files:
        if file.path != f"{copy.session}.jsonl" and not packing.is_below(file.path, copy.session):
            raise OSError(0, f"{file.path} is none of the session's files")
    return tuple(Member(file.path, FILE, file.size, file.sha256, file.mode & 0o777 | 0o600) for file in copy.files)


def _move(name: str, source: int, target: int) -> bool:
    """Move a file from one open folder to another; returns whether it was moved.

    An existing file is only replaced if it is shorter, and the beginning of the one that is moved.
    """
    try:
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target)
    except FileExistsError:
        if not _is_beginning(name, target, source):
            return False
    except OSError:  # a file system without hard links
        with suppress(FileNotFoundError):
            if not _is_beginning(name, target, source):
                return False
    else:
        return True
    os.replace(name, name, src_dir_fd=source, dst_dir_fd=target)
    return True


def _is_beginning(name: str, folder: int, other: int) -> bool:
    """Whether the file in one open folder is a proper prefix of the file of that name in another. Raises `OSError`."""
    with open_regular(name, folder=folder) as first, open_regular(name, folder=other) as second:
        if os.fstat(first.fileno()).st_size >= os.fstat(second.fileno()).st_size:
            return False
        while chunk := first.read(CHUNK):
            if chunk != second.read(len(chunk)):
                return False
    return True


def _remove_tree(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _reason(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
