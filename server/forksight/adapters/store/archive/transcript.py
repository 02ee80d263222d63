"""Archives and restores the files of a session: its transcript, and the companion folder of the same name.

They are packed into one file of the archive's folder; a sealed document lists them with their checksums.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress

from forksight.adapters.store import packing
from forksight.adapters.store.archive.folder import ArchiveFolder
from forksight.adapters.store.packing import FOLDER, Member, is_below
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.held_folder import held, held_in, parent_of

PACKED, LISTED = "transcript.tar.gz", "transcript.json"


def keep(folder: ArchiveFolder, transcript: str) -> None:
    """Pack the transcript at a path with its companion folder. Raises `OSError`, `tarfile.TarError`."""
    members = packing.pack(folder.file(PACKED), os.path.dirname(transcript), _files_of(transcript))
    folder.write(LISTED, {"members": [packing.to_json(member) for member in members]})


def remove(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Remove a session's files. Raises `OSError`, before anything is removed, if one is not what was packed."""
    project = os.path.dirname(transcript)
    packed = {member.path: member for member in _members(folder, session)}
    present = list(_files_of(transcript))
    for path in present:
        # Only a folder that an interrupted removal emptied may be unlisted.
        member = packed.get(path, Member(path, FOLDER))
        if not packing.is_same(os.path.join(project, path), member):
            raise OSError(0, f"{os.path.join(project, path)} changed since it was copied")
    for path in reversed(present):  # the transcript first: without it Claude Code lists no session
        _unlink(os.path.join(project, path))
    companion = _companion(transcript)
    for root, _, _ in os.walk(companion, topdown=False):  # a folder that can't be listed can't be removed either
        os.rmdir(root)
    if os.path.isdir(project):
        packing.sync(project)


def bring_back(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Restore the packed files to their paths. Raises `OSError` if something else is at one of them, `tarfile.TarError`.

    A file that is there and begins with what was packed is left as it is.
    """
    project = os.path.dirname(transcript)
    members = _members(folder, session)
    missing = []
    for member in members:
        path = os.path.join(project, member.path)
        if not os.path.lexists(path):
            missing.append(member)
        elif not packing.is_same(path, member, grown=True):
            raise OSError(0, f"something else is at {path}")
    staging = os.path.join(project, f".forksight-{os.path.basename(folder.path)}")
    shutil.rmtree(staging, ignore_errors=True)  # left by a process that was killed
    if not missing:
        return
    os.makedirs(staging, mode=0o700)
    try:
        with held(project, follow=True) as to, held_in(to, os.path.basename(staging)) as unpacked:
            packing.unpack(folder.file(PACKED), members, unpacked, durable=True)
            for member in missing:
                with parent_of(unpacked, member.path) as (source, name), parent_of(to, member.path) as (target, _):
                    os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    packing.sync(project)


def check_returned(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Raise `OSError` unless every packed file is at its path; files may have grown since they were restored."""
    project = os.path.dirname(transcript)
    for member in _members(folder, session):
        if not packing.is_same(os.path.join(project, member.path), member, grown=True):
            raise OSError(0, f"{os.path.join(project, member.path)} is not what was archived")


def verify(folder: ArchiveFolder, session: str) -> None:
    """Read the packed files through. Raises `OSError` unless all are there with the right checksums."""
    packing.verify(folder.file(PACKED), _members(folder, session))


def _companion(transcript: str) -> str:
    """The path of a transcript's companion folder."""
    return transcript.removesuffix(".jsonl")


def _files_of(transcript: str) -> Iterator[str]:
    """The paths of a session's files relative to its project folder: those in the companion folder, then the transcript.

    An empty companion folder, or a link in its place, is one path itself.
    """
    project, companion = os.path.dirname(transcript), _companion(transcript)
    name = os.path.relpath(companion, project)
    if os.path.islink(companion):
        yield name
    elif os.path.isdir(companion):
        inside = [os.path.join(name, path) for path in packing.below(companion)]
        yield from inside or [name]
    if not is_absent(transcript):
        yield os.path.basename(transcript)


def _members(folder: ArchiveFolder, session: str) -> tuple[Member, ...]:
    """The packed files, as listed. Raises `OSError` if the list is damaged, or names a file that is not the session's."""
    listed = folder.file(LISTED)
    try:
        members = tuple(map(packing.from_json, folder.read(LISTED)["members"]))
    except (KeyError, TypeError) as error:
        raise OSError(0, f"{listed} is damaged ({error})") from error
    for member in members:
        if member.path != f"{session}.jsonl" and not is_below(member.path, session):
            raise OSError(0, f"{listed} names {member.path}, which is none of the session's files")
    return members


def _unlink(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        return  # an empty folder: removed later, with the companion folder
    with suppress(FileNotFoundError):
        os.unlink(path)
