"""Where forks are put away (`core.ports.store.Archives`): `<git common dir>/forksight/archive/`, for this user alone.

Each archive is a folder: the transcript with its companion folder, what a worktree held besides its HEAD, a description.
Its commits are kept by refs under `refs/forksight/archive/`.
"""

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from forksight.adapters.git import process
from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.store import packing, worktree_archive
from forksight.adapters.store.packing import FILE, FOLDER, LINK, Member
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import ArchiveError, GitError
from forksight.core.store.ledger import KeptBranch, KeptWorktree

_REFS = "refs/forksight/archive"
_PACKED, _LISTED = "transcript.tar.gz", "transcript.json"
_DESCRIPTION = "fork.json"


class GitArchives:
    """The archives of one repository, by its common dir."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._top = os.path.join(common_dir, "forksight", "archive")
        self._survey = GitSurvey(common_dir)
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}

    def folder(self, session: str, plan: str) -> str:
        """See `core.ports.store.Archives`."""
        return os.path.join(self._top, f"{_key(session)}-{plan[:8]}")

    # ------------------------------------------------------------------------------------------ transcripts

    def keep_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the transcript {transcript} can't be copied to {folder}"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            members = packing.pack(os.path.join(folder, _PACKED), os.path.dirname(transcript), _files_of(transcript))
            write_json(os.path.join(folder, _LISTED), {"members": [packing.to_json(member) for member in members]})

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the transcript {transcript} can't be removed"):
            project = os.path.dirname(transcript)
            kept = {member.path: member for member in _members(os.path.join(folder, _LISTED))}
            there = list(_files_of(transcript))
            for path in there:
                known = kept.get(path, Member(path, FOLDER))  # a folder whose files were removed already is no news
                if not _is(os.path.join(project, path), known):
                    raise OSError(0, f"{os.path.join(project, path)} changed since it was copied")
            for path in reversed(there):  # the transcript first: without it nothing is a session
                _unlink(os.path.join(project, path))
            companion = _companion(transcript)
            for root, _, _ in os.walk(companion, topdown=False):  # what can't be listed can't be removed either
                os.rmdir(root)
            if os.path.isdir(project):
                packing.sync(project)

    def return_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the transcript {transcript} can't be put back"):
            project = os.path.dirname(transcript)
            members = _members(os.path.join(folder, _LISTED))
            missing = []
            for member in members:
                path = os.path.join(project, member.path)
                if not os.path.lexists(path):
                    missing.append(member)
                elif not _is(path, member):
                    raise OSError(0, f"something else is at {path}")
            staging = os.path.join(project, f".forksight-{os.path.basename(folder)}")
            shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
            os.makedirs(staging, mode=0o700)
            try:
                packing.unpack(os.path.join(folder, _PACKED), members, staging, durable=True)
                for member in missing:
                    target = os.path.join(project, member.path)
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    os.rename(os.path.join(staging, member.path), target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            packing.sync(project)

    # ------------------------------------------------------------------------------------------ worktrees

    def keep_worktree(self, folder: str, worktree: KeptWorktree, main: str | None) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"what is in {worktree.path} can't be copied to {folder}"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            worktree_archive.keep(folder, worktree, lambda: self._survey.contents(self._at(worktree.path), main))

    def remove_worktree(self, folder: str, path: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the worktree {path} can't be removed"):
            worktree_archive.remove(folder, path)
        self.forget_worktree(path)

    def forget_worktree(self, path: str) -> None:
        """See `core.ports.store.Archives`."""
        if os.path.lexists(path):
            raise ArchiveError(f"{path} is there again", fix="look at it, then try again")
        worktree_archive.forget(path, self._common_dir)

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the worktree {worktree.path} can't be made again"):
            if worktree_archive.bring_out(folder, worktree.path):
                return
            with suppress(OSError):
                os.rmdir(worktree.path)  # an empty folder is nothing
            if os.path.lexists(worktree.path):
                raise OSError(0, "something else is there")
            self.forget_worktree(worktree.path)
            worktree_archive.bring_back(folder, worktree, self._common_dir, self._branch_at(worktree))

    def _branch_at(self, worktree: KeptWorktree) -> str | None:
        """The branch to check out: none if it was detached, or has moved on since."""
        branch = self._survey.branches().local.get(worktree.branch or "")
        return branch.name if branch is not None and branch.commit == worktree.head else None

    def _at(self, path: str) -> Worktree:
        found = next((place for place in self._survey.places() if place.worktree.path == path), None)
        if found is None or found.missing or found.broken:
            raise OSError(0, "it is no worktree any more")
        return found.worktree

    # ------------------------------------------------------------------------------------------ commits

    def keep_commits(self, folder: str, session: str, commits: Mapping[str, str]) -> None:
        """See `core.ports.store.Archives`."""
        index = worktree_archive.staged(folder)
        wanted = {**commits, **({"index": index} if index else {})}
        self._update_refs("".join(f"update {_ref(session)}/{word} {commit}\n" for word, commit in wanted.items()))

    def return_branch(self, branch: KeptBranch) -> None:
        """See `core.ports.store.Archives`."""
        there = self._survey.branches().local.get(branch.name)
        if there is not None and there.commit != branch.commit:
            raise ArchiveError(
                f"there is another branch {branch.name} now, at {there.commit[:10]}",
                fix=f"rename that one: git branch -m {branch.name} NEW-NAME",
            )
        if there is None:
            self._git("branch", "--no-track", "--", branch.name, branch.commit)
        known = there.settings if there is not None else ()
        for key, value in branch.settings:
            if (key, value) not in known:
                self._git("config", "--local", "--add", f"branch.{branch.name}.{key}", value)

    # ------------------------------------------------------------------------------------------ archives

    def describe(self, folder: str, body: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"{folder} can't be written"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            write(os.path.join(folder, _DESCRIPTION), body)

    def descriptions(self) -> tuple[str, ...]:
        """See `core.ports.store.Archives`."""
        found = []
        for name in sorted(os.listdir(self._top)) if os.path.isdir(self._top) else ():
            with suppress(OSError), open(os.path.join(self._top, name, _DESCRIPTION), encoding="utf-8") as file:
                found.append(file.read())
        return tuple(found)

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """See `core.ports.store.Archives`."""
        if commits:
            listing = os.fsdecode(self._git("for-each-ref", "--format=%(refname)", _ref(session)))
            self._update_refs("".join(f"delete {ref}\n" for ref in listing.split("\n")[:-1]))
        with _told(f"{folder} can't be removed"), suppress(FileNotFoundError):
            shutil.rmtree(folder)

    def _update_refs(self, request: str) -> None:
        if request:
            process.run(["update-ref", "--stdin"], cwd=self._common_dir, env=self._shared, stdin=request.encode())

    def _git(self, *arguments: str) -> bytes:
        return process.run(arguments, cwd=self._common_dir, env=self._shared)


def write(path: str, text: str) -> None:
    """Write a file that is there whole, and on the disk, or not at all. Raises `OSError`."""
    unfinished = f"{path}.new"
    with open(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
    packing.sync(os.path.dirname(path))


def write_json(path: str, body: Mapping[str, Any]) -> None:
    """Write a JSON file in one go. ASCII: bytes of a path that are not UTF-8 survive as lone surrogates."""
    write(path, json.dumps(body))


def _key(session: str) -> str:
    """A session's id as part of a file's and a ref's name."""
    return re.sub(r"[^0-9A-Za-z-]", "-", session)


def _ref(session: str) -> str:
    return f"{_REFS}/{_key(session)}"


def _companion(transcript: str) -> str:
    return transcript.removesuffix(".jsonl")


def _files_of(transcript: str) -> Iterator[str]:
    """The paths of a session relative to its project folder: the companion folder's first, the transcript last."""
    project, companion = os.path.dirname(transcript), _companion(transcript)
    name = os.path.relpath(companion, project)
    if os.path.isdir(companion):
        inside = [os.path.join(name, path) for path in packing.below(companion)]
        yield from inside or [name]
    if os.path.lexists(transcript):
        yield os.path.basename(transcript)


def _members(listed: str) -> tuple[Member, ...]:
    """What a list says is packed. Raises `OSError` if there is none, or if it can't be read."""
    try:
        with open(listed, encoding="utf-8") as file:
            return tuple(map(packing.from_json, json.load(file)["members"]))
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(0, f"{listed} is damaged ({error})") from error


def _is(path: str, member: Member) -> bool:
    """Whether a path is what was packed."""
    if member.kind == LINK:
        return os.path.islink(path) and os.readlink(path) == member.target
    if member.kind == FOLDER:
        return os.path.isdir(path)
    return member.kind == FILE and os.path.isfile(path) and packing.digest(path) == member.sha256


def _unlink(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        return  # an empty folder: it goes with the others
    with suppress(FileNotFoundError):
        os.unlink(path)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what the system says into one sentence that begins with what could not be done."""
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ArchiveError(f"{what} ({said.rstrip('.')})", fix="nothing is lost: look at it, then try again") from error
    except GitError as error:
        raise ArchiveError(f"{what} ({error})", fix=error.fix) from error
