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
from functools import cached_property
from typing import TYPE_CHECKING

from forksight.adapters.git import process
from forksight.adapters.store.archive import kept_objects
from forksight.adapters.store.archive import transcript as transcripts
from forksight.adapters.store.archive import worktree as worktree_archive
from forksight.adapters.store.archive.folder import ArchiveFolder, folder_in
from forksight.adapters.store.seal import Seal
from forksight.adapters.system.disk.absence import is_absent
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import ArchiveError, GitError
from forksight.core.store import archives
from forksight.core.store.ledger import Archive, KeptBranch, KeptWorktree

if TYPE_CHECKING:
    from forksight.adapters.git.survey import GitSurvey

_REFS = "refs/forksight/archive"
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
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}
        # The packed files that this process read to their end, by path, as they were then: only what is kept whole is removed.
        self._read_back: dict[str, tuple[int, ...]] = {}

    @cached_property
    def _survey(self) -> "GitSurvey":
        from forksight.adapters.git.survey import GitSurvey  # whoever lists archives needs none of it

        return GitSurvey(self._common_dir)

    def folder(self, session: str, plan: str) -> str:
        """See `core.ports.store.Archives`."""
        return os.path.join(self._top, f"{_key(session)}-{plan[:8]}")

    # ------------------------------------------------------------------------------------------ transcripts

    def keep_transcript(self, folder: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be copied to {folder}"):
            place = self._place(folder)
            place.make()
            transcripts.keep(place, transcript)
            self._note_read(place.file(transcripts.PACKED))

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be removed"):
            place = self._place(folder)
            if not self._is_read(place.file(transcripts.PACKED)):
                transcripts.verify(place, session)
            transcripts.remove(place, session, transcript)

    def return_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be put back"):
            transcripts.bring_back(self._place(folder), session, transcript)

    # ------------------------------------------------------------------------------------------ worktrees

    def keep_worktree(self, folder: str, worktree: KeptWorktree, main: str | None) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"what is in {worktree.path} can't be copied to {folder}"):
            place = self._place(folder)
            place.make()
            worktree_archive.keep(place, worktree, lambda: self._survey.contents(self._at(worktree.path), main))
            self._note_read(place.file(worktree_archive.PACKED))

    def remove_worktree(self, folder: str, path: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the worktree {path} can't be removed"):
            place = self._place(folder)
            if not self._is_read(place.file(worktree_archive.PACKED)):
                worktree_archive.verify(place)
            worktree_archive.remove(place, path)
        self.forget_worktree(path)

    def forget_worktree(self, path: str) -> None:
        """See `core.ports.store.Archives`."""
        if not is_absent(path):
            raise ArchiveError(f"{path} is there again, or can't be looked at", fix="look at it, then try again")
        worktree_archive.forget(path, self._common_dir)

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the worktree {worktree.path} can't be made again"):
            if worktree_archive.bring_out(self._place(folder), worktree.path):
                return
            with suppress(OSError):
                os.rmdir(worktree.path)  # an empty folder is nothing
            if not is_absent(worktree.path):
                raise OSError(0, "something else is there")
            place = self._place(folder)
            self._check_record(place, worktree)
            self.forget_worktree(worktree.path)
            worktree_archive.bring_back(place, worktree, self._common_dir, self._branch_at(worktree))

    def _check_record(self, place: ArchiveFolder, worktree: KeptWorktree) -> None:
        """Raise `GitError` if git knows a lost worktree at this path, other than the archived one, that has what nothing else has."""
        from forksight.adapters.git.worktrees.leftovers import check_stranded

        listed = (found.worktree for found in self._survey.places() if found.worktree.path == worktree.path)
        known = next(listed, None)
        if known is not None:
            check_stranded(known, self._common_dir, process.quiet(), kept=worktree_archive.staged(place))

    def _branch_at(self, worktree: KeptWorktree) -> str | None:
        """The branch to check out: none if it was detached, or has moved on since."""
        branch = self._survey.branches().local.get(worktree.branch or "")
        return branch.name if branch is not None and branch.commit == worktree.head else None

    def _at(self, path: str) -> Worktree:
        place = next((place for place in self._survey.places() if place.worktree.path == path), None)
        if place is None or place.missing or place.broken:
            raise OSError(0, "it is no worktree any more")
        return place.worktree

    # ------------------------------------------------------------------------------------------ commits

    def keep_commits(self, folder: str, session: str, commits: Mapping[str, str]) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the commits of {session} can't be kept"):
            index = worktree_archive.staged(self._place(folder))
        targets = {**commits, **({"index": index} if index else {})}
        for word, commit in targets.items():  # lines of a request to git
            if word not in _WORDS or not _COMMIT.fullmatch(commit):
                raise ArchiveError(f"{word} {commit} can't be kept: that is no commit")
        self._update_refs("".join(f"update {_ref(session)}/{word} {commit}\n" for word, commit in targets.items()))

    def return_branch(self, branch: KeptBranch) -> None:
        """See `core.ports.store.Archives`."""
        existing = self._survey.branches().local.get(branch.name)
        if existing is not None and existing.commit != branch.commit:
            raise ArchiveError(
                f"there is another branch {branch.name} now, at {existing.commit[:10]}",
                fix=f"rename that one: git branch -m {branch.name} NEW-NAME",
            )
        if existing is None:
            self._git("branch", "--no-track", "--", branch.name, branch.commit)
        known = existing.settings if existing is not None else ()
        for key, value in branch.settings:
            if not _SETTING.fullmatch(key):
                raise ArchiveError(f"branch.{branch.name}.{key} is no setting of a branch")
            if (key, value) not in known:
                self._git("config", "--local", "--add", f"branch.{branch.name}.{key}", value)

    # ------------------------------------------------------------------------------------------ archives

    def describe(self, folder: str, body: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"{folder} can't be written"):
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
        with _as_archive_error(f"{folder} can't be removed"), suppress(FileNotFoundError):
            place = self._place(folder)
            with suppress(FileNotFoundError):
                os.unlink(place.file(_DESCRIPTION))  # first: what is left is no archive, if we are killed here
            shutil.rmtree(place.path)

    def check_returned(self, folder: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the archive {folder} stays, since what it holds is not all back"):
            place = self._place(folder)
            if is_absent(place.file(_DESCRIPTION)):
                return
            archive = next(iter(archives.readable([json.dumps(place.read(_DESCRIPTION))])), None)
            if archive is None:
                raise OSError(0, f"{place.file(_DESCRIPTION)} is another version's, or damaged")
            if archive.transcript:
                transcripts.check_returned(place, archive.session, archive.transcript)
            if archive.worktree is not None and not worktree_archive.is_there(place, archive.worktree.path):
                raise OSError(0, f"the worktree {archive.worktree.path} is not there")
        if archive.branch is not None:
            name, commit = archive.branch.name, archive.branch.commit
            self._git("merge-base", "--is-ancestor", commit, f"refs/heads/{name}")

    def verify(self, archive: Archive) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the archive {archive.file} is of no use"):
            place = self._place(archive.file)
            place.read(_DESCRIPTION)
            if archive.transcript:
                transcripts.verify(place, archive.session)
                self._note_read(place.file(transcripts.PACKED))
            if archive.worktree is not None:
                worktree_archive.verify(place)
                self._note_read(place.file(worktree_archive.PACKED))
            looking = {**process.quiet(), "GIT_DIR": self._common_dir}
            kept_objects.verify(self._common_dir, looking, _ref(archive.session), self._kept(place, archive))

    def _kept(self, place: ArchiveFolder, archive: Archive) -> dict[str, str]:
        """The commits and trees that an archive's refs must keep, by the last part of each ref. Raises `OSError`."""
        kept = {"branch": archive.branch.commit} if archive.branch is not None else {}
        if archive.worktree is not None:
            if archive.worktree.head != kept.get("branch"):
                kept["head"] = archive.worktree.head
            staged = worktree_archive.staged(place)
            if staged is not None:
                kept["index"] = staged
        return kept

    def _note_read(self, packed: str) -> None:
        self._read_back[packed] = _state(packed)

    def _is_read(self, packed: str) -> bool:
        return packed in self._read_back and self._read_back[packed] == _state(packed)

    def adopt(self) -> None:
        """See `core.ports.store.Archives`."""
        documents = (transcripts.LISTED, _DESCRIPTION, worktree_archive.LISTED, worktree_archive.STAMP)
        for name in sorted(os.listdir(self._top)) if os.path.isdir(self._top) else ():
            with _as_archive_error(f"the archive {name} can't be adopted"):
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


def _state(path: str) -> tuple[int, ...]:
    facts = os.lstat(path)
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _key(session: str) -> str:
    """A session's id as part of a file's and a ref's name."""
    return re.sub(r"[^0-9A-Za-z-]", "-", session)


def _ref(session: str) -> str:
    return f"{_REFS}/{_key(session)}"


@contextmanager
def _as_archive_error(failure: str) -> Iterator[None]:
    """Turn what the system says into one sentence that begins with what could not be done."""
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ArchiveError(
            f"{failure} ({reason.rstrip('.')})", fix="nothing is lost: look at it, then try again"
        ) from error
    except GitError as error:
        raise ArchiveError(f"{failure} ({error})", fix=error.fix) from error
