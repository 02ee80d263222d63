"""A session put away and brought back: its transcript with the companion folder of the same name, packed and listed."""

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
    """Pack a transcript (a path) as it is now. Raises `OSError`, `tarfile.TarError`."""
    members = packing.pack(folder.file(PACKED), os.path.dirname(transcript), _files_of(transcript))
    folder.write(LISTED, {"members": [packing.to_json(member) for member in members]})


def remove(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Remove the files of a session that are packed here. Raises `OSError` if any of them changed since."""
    project = os.path.dirname(transcript)
    packed = {member.path: member for member in _members(folder, session)}
    present = list(_files_of(transcript))
    for path in present:
        known = packed.get(path, Member(path, FOLDER))  # a folder whose files were removed already is no news
        if not packing.is_same(os.path.join(project, path), known):
            raise OSError(0, f"{os.path.join(project, path)} changed since it was copied")
    for path in reversed(present):  # the transcript first: without it nothing is a session
        _unlink(os.path.join(project, path))
    companion = _companion(transcript)
    for root, _, _ in os.walk(companion, topdown=False):  # what can't be listed can't be removed either
        os.rmdir(root)
    if os.path.isdir(project):
        packing.sync(project)


def bring_back(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Put what is packed where it was. Raises `OSError` if something else is there, `tarfile.TarError`."""
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
    shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
    if not missing:
        return
    os.makedirs(staging, mode=0o700)
    try:
        with held(project, follow=True) as place, held_in(place, os.path.basename(staging)) as made:
            packing.unpack(folder.file(PACKED), members, made, durable=True)
            for member in missing:
                with parent_of(made, member.path) as (source, name), parent_of(place, member.path) as (target, _):
                    os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    packing.sync(project)


def check_returned(folder: ArchiveFolder, session: str, transcript: str) -> None:
    """Raise `OSError` unless everything that is packed is in its place; it may have grown since."""
    project = os.path.dirname(transcript)
    for member in _members(folder, session):
        if not packing.is_same(os.path.join(project, member.path), member, grown=True):
            raise OSError(0, f"{os.path.join(project, member.path)} is not what was archived")


def verify(folder: ArchiveFolder, session: str) -> None:
    """Read through what is packed. Raises `OSError` unless it is whole."""
    packing.verify(folder.file(PACKED), _members(folder, session))


def _companion(transcript: str) -> str:
    return transcript.removesuffix(".jsonl")


def _files_of(transcript: str) -> Iterator[str]:
    """The paths of a session relative to its project folder: the companion folder's first, the transcript last."""
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
    """What is packed of a transcript: it, and what is in its companion folder. Raises `OSError` if the list can't be believed."""
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
        return  # an empty folder: it goes with the others
    with suppress(FileNotFoundError):
        os.unlink(path)
