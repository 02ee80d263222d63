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

from forksight.adapters.git import process
from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.store import packing
from forksight.adapters.store.archive import worktree as worktree_archive
from forksight.adapters.store.archive.folder import ArchiveFolder, folder_in
from forksight.adapters.store.packing import FOLDER, Member, is_below
from forksight.adapters.store.seal import Seal
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import ArchiveError, GitError
from forksight.core.store import archives
from forksight.core.store.ledger import Archive, KeptBranch, KeptWorktree

_REFS = "refs/forksight/archive"
_PACKED, _LISTED = "transcript.tar.gz", "transcript.json"
_DESCRIPTION = "fork.json"
_WORDS = ("branch", "head", "index")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SETTING = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class GitArchives:
    """The archives of one repository, by its common dir."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._top = os.path.join(common_dir, "forksight", "archive")
        self._seal = Seal(common_dir)
        self._survey = GitSurvey(common_dir)
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}

    def folder(self, session: str, plan: str) -> str:
        """See `core.ports.store.Archives`."""
        return os.path.join(self._top, f"{_key(session)}-{plan[:8]}")

    # ------------------------------------------------------------------------------------------ transcripts

    def keep_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the transcript {transcript} can't be copied to {folder}"):
            place = self._place(folder)
            place.make()
            members = packing.pack(place.file(_PACKED), os.path.dirname(transcript), _files_of(transcript))
            place.write(_LISTED, {"members": [packing.to_json(member) for member in members]})

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the transcript {transcript} can't be removed"):
            project = os.path.dirname(transcript)
            kept = {member.path: member for member in _members(self._place(folder), session)}
            there = list(_files_of(transcript))
            for path in there:
                known = kept.get(path, Member(path, FOLDER))  # a folder whose files were removed already is no news
                if not packing.is_same(os.path.join(project, path), known):
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
            members = _members(self._place(folder), session)
            missing = []
            for member in members:
                path = os.path.join(project, member.path)
                if not os.path.lexists(path):
                    missing.append(member)
                elif not packing.is_same(path, member, grown=True):
                    raise OSError(0, f"something else is at {path}")
            staging = os.path.join(project, f".forksight-{os.path.basename(folder)}")
            shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
            os.makedirs(staging, mode=0o700)
            try:
                packing.unpack(self._place(folder).file(_PACKED), members, staging, durable=True)
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
            place = self._place(folder)
            place.make()
            worktree_archive.keep(place, worktree, lambda: self._survey.contents(self._at(worktree.path), main))

    def remove_worktree(self, folder: str, path: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the worktree {path} can't be removed"):
            worktree_archive.remove(self._place(folder), path)
        self.forget_worktree(path)

    def forget_worktree(self, path: str) -> None:
        """See `core.ports.store.Archives`."""
        if os.path.lexists(path):
            raise ArchiveError(f"{path} is there again", fix="look at it, then try again")
        worktree_archive.forget(path, self._common_dir)

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the worktree {worktree.path} can't be made again"):
            if worktree_archive.bring_out(self._place(folder), worktree.path):
                return
            with suppress(OSError):
                os.rmdir(worktree.path)  # an empty folder is nothing
            if os.path.lexists(worktree.path):
                raise OSError(0, "something else is there")
            self.forget_worktree(worktree.path)
            worktree_archive.bring_back(self._place(folder), worktree, self._common_dir, self._branch_at(worktree))

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
        with _told(f"the commits of {session} can't be kept"):
            index = worktree_archive.staged(self._place(folder))
        wanted = {**commits, **({"index": index} if index else {})}
        for word, commit in wanted.items():  # lines of a request to git
            if word not in _WORDS or not _COMMIT.fullmatch(commit):
                raise ArchiveError(f"{word} {commit} can't be kept: that is no commit")
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
            if not _SETTING.fullmatch(key):
                raise ArchiveError(f"branch.{branch.name}.{key} is no setting of a branch")
            if (key, value) not in known:
                self._git("config", "--local", "--add", f"branch.{branch.name}.{key}", value)

    # ------------------------------------------------------------------------------------------ archives

    def describe(self, folder: str, body: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"{folder} can't be written"):
            place = self._place(folder)
            place.make()
            place.write(_DESCRIPTION, json.loads(body))

    def descriptions(self) -> tuple[str, ...]:
        """See `core.ports.store.Archives`."""
        descriptions = []
        for name in sorted(os.listdir(self._top)) if os.path.isdir(self._top) else ():
            with suppress(OSError):
                descriptions.append(json.dumps(self._place(name).read(_DESCRIPTION)))
        return tuple(descriptions)

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """See `core.ports.store.Archives`."""
        if commits:
            listing = os.fsdecode(self._git("for-each-ref", "--format=%(refname)", _ref(session)))
            self._update_refs("".join(f"delete {ref}\n" for ref in listing.split("\n")[:-1]))
        with _told(f"{folder} can't be removed"), suppress(FileNotFoundError):
            place = self._place(folder)
            with suppress(FileNotFoundError):
                os.unlink(place.file(_DESCRIPTION))  # first: what is left is no archive, if we are killed here
            shutil.rmtree(place.path)

    def check_returned(self, folder: str) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the archive {folder} stays, since what it holds is not all back"):
            place = self._place(folder)
            if not os.path.lexists(place.file(_DESCRIPTION)):
                return
            archive = next(iter(archives.readable([json.dumps(place.read(_DESCRIPTION))])), None)
            if archive is None:
                raise OSError(0, f"{place.file(_DESCRIPTION)} is another version's, or damaged")
            if archive.transcript:
                project = os.path.dirname(archive.transcript)
                for member in _members(place, archive.session):
                    if not packing.is_same(os.path.join(project, member.path), member, grown=True):
                        raise OSError(0, f"{os.path.join(project, member.path)} is not what was archived")
            if archive.worktree is not None and not worktree_archive.is_there(place, archive.worktree.path):
                raise OSError(0, f"the worktree {archive.worktree.path} is not there")
        if archive.branch is not None:
            name, commit = archive.branch.name, archive.branch.commit
            self._git("merge-base", "--is-ancestor", commit, f"refs/heads/{name}")

    def verify(self, archive: Archive) -> None:
        """See `core.ports.store.Archives`."""
        with _told(f"the archive {archive.file} is of no use"):
            place = self._place(archive.file)
            place.read(_DESCRIPTION)
            if archive.transcript:
                packing.verify(place.file(_PACKED), _members(place, archive.session))
            if archive.worktree is not None:
                worktree_archive.verify(place)
            kept = {commit.commit for commit in (archive.branch,) if commit} | (
                {archive.worktree.head} if archive.worktree and archive.worktree.head else set()
            )
            for commit in sorted(kept):
                self._git("cat-file", "-e", f"{commit}^{{commit}}")

    def adopt(self) -> None:
        """See `core.ports.store.Archives`."""
        documents = (_LISTED, _DESCRIPTION, worktree_archive.LISTED, worktree_archive.STAMP)
        for name in sorted(os.listdir(self._top)) if os.path.isdir(self._top) else ():
            with _told(f"the archive {name} can't be adopted"):
                place = self._place(name)
                for document in documents:
                    place.adopt(document)

    def _place(self, folder: str) -> ArchiveFolder:
        """An archive by its name, wherever the path before it leads."""
        return folder_in(self._top, folder, self._seal)

    def _update_refs(self, request: str) -> None:
        if request:
            process.run(["update-ref", "--stdin"], cwd=self._common_dir, env=self._shared, stdin=request.encode())

    def _git(self, *arguments: str) -> bytes:
        return process.run(arguments, cwd=self._common_dir, env=self._shared)


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


def _members(place: ArchiveFolder, session: str) -> tuple[Member, ...]:
    """What is packed of a transcript: it, and what is in its companion folder. Raises `OSError` if the list can't be believed."""
    listed = place.file(_LISTED)
    try:
        members = tuple(map(packing.from_json, place.read(_LISTED)["members"]))
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
