"""The archives of forks (`core.ports.store.Archives`) in `<git common dir>/forksight/archive/`, readable by this user only.

Each archive is a folder with the packed transcript and its companion folder, the packed files of a worktree that checking out
its HEAD would not restore, and a description. Refs under `refs/forksight/archive/` keep its commits.
"""

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
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
from forksight.core.problems import ArchiveError, GitError, undone
from forksight.core.store import archives
from forksight.core.store.ledger import Archive, KeptBranch, KeptWorktree

if TYPE_CHECKING:
    from forksight.adapters.git.survey import GitSurvey

_REFS = "refs/forksight/archive"
_DESCRIPTION = "fork.json"
_WORDS = ("branch", "head", "index")  # the last parts of an archive's refs
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SETTING = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class GitArchives:
    """The archives of one repository."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._top = os.path.join(common_dir, "forksight", "archive")
        self._seal = Seal(common_dir)
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}
        # Path of a packed file -> its `_state` when this process verified it. Nothing is removed unless its copy was verified.
        self._verified: dict[str, tuple[int, ...]] = {}

    @cached_property
    def _survey(self) -> "GitSurvey":
        from forksight.adapters.git.survey import GitSurvey  # not needed to list archives

        return GitSurvey(self._common_dir)

    def folder(self, session: str, plan: str) -> str:
        """See `core.ports.store.Archives`."""
        return os.path.join(self._top, f"{_key(session)}-{plan[:8]}")

    # ------------------------------------------------------------------------------------------ transcripts

    def keep_transcript(self, folder: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be copied to {folder}"):
            archive = self._folder(folder)
            archive.make()
            transcripts.keep(archive, transcript)
            self._note_verified(archive.file(transcripts.PACKED))

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be removed"):
            archive = self._folder(folder)
            if not self._is_verified(archive.file(transcripts.PACKED)):
                transcripts.verify(archive, session)
            transcripts.remove(archive, session, transcript)

    def return_transcript(self, folder: str, session: str, transcript: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the transcript {transcript} can't be put back"):
            transcripts.bring_back(self._folder(folder), session, transcript)

    # ------------------------------------------------------------------------------------------ worktrees

    def keep_worktree(self, folder: str, worktree: KeptWorktree, main: str | None) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"what is in {worktree.path} can't be copied to {folder}"):
            archive = self._folder(folder)
            archive.make()
            worktree_archive.keep(archive, worktree, lambda: self._survey.contents(self._at(worktree.path), main))
            self._note_verified(archive.file(worktree_archive.PACKED))

    def remove_worktree(self, folder: str, path: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the worktree {path} can't be removed"):
            archive = self._folder(folder)
            if not self._is_verified(archive.file(worktree_archive.PACKED)):
                worktree_archive.verify(archive)
            worktree_archive.remove(archive, path)
        self.forget_worktree(path)

    def forget_worktree(self, path: str) -> None:
        """See `core.ports.store.Archives`."""
        if not is_absent(path):
            raise ArchiveError(f"{path} is there again, or can't be looked at", fix="look at it, then try again")
        worktree_archive.forget(path, self._common_dir)

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the worktree {worktree.path} can't be made again"):
            archive = self._folder(folder)
            if worktree_archive.bring_out(archive, worktree.path):
                return
            with suppress(OSError):
                os.rmdir(worktree.path)  # an empty folder does not count
            if not is_absent(worktree.path):
                raise OSError(0, "something else is there")
            self._check_record(archive, worktree)
            self.forget_worktree(worktree.path)
            worktree_archive.bring_back(archive, worktree, self._common_dir, self._branch_at(worktree))

    def _check_record(self, archive: ArchiveFolder, worktree: KeptWorktree) -> None:
        """Raise `GitError` if git lists another, lost worktree at this path whose git dir holds something that is nowhere else."""
        from forksight.adapters.git.worktrees.leftovers import check_stranded

        listed = next((place.worktree for place in self._survey.places() if place.worktree.path == worktree.path), None)
        if listed is not None:
            check_stranded(listed, self._common_dir, process.quiet(), kept=worktree_archive.staged(archive))

    def _branch_at(self, worktree: KeptWorktree) -> str | None:
        """The branch to check out; None if HEAD was detached, or if the branch is at another commit now."""
        branch = self._survey.branches().local.get(worktree.branch or "")
        return branch.name if branch is not None and branch.commit == worktree.head else None

    def _at(self, path: str) -> Worktree:
        """The worktree at a path. Raises `OSError` if there is no intact one."""
        place = next((place for place in self._survey.places() if place.worktree.path == path), None)
        if place is None or place.missing or place.broken:
            raise OSError(0, "it is no worktree any more")
        return place.worktree

    # ------------------------------------------------------------------------------------------ commits

    def keep_commits(self, folder: str, session: str, commits: Mapping[str, str]) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the commits of {session} can't be kept"):
            index = worktree_archive.staged(self._folder(folder))
        targets = {**commits, **({"index": index} if index else {})}
        for word, commit in targets.items():  # checked, since they become lines of `git update-ref --stdin`
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
        strange = next((key for key, _ in branch.settings if not _SETTING.fullmatch(key)), None)
        if strange is not None:
            raise ArchiveError(f"branch.{branch.name}.{strange} is no setting of a branch")
        if existing is not None:
            self._set(branch.name, [setting for setting in branch.settings if setting not in existing.settings])
            return
        self._git("branch", "--no-track", "--", branch.name, branch.commit)
        with undone(lambda: self._git("branch", "-D", "--", branch.name)):
            self._set(branch.name, branch.settings)

    def _set(self, branch: str, settings: Iterable[tuple[str, str]]) -> None:
        for key, value in settings:
            self._git("config", "--local", "--add", f"branch.{branch}.{key}", value)

    # ------------------------------------------------------------------------------------------ archives

    def describe(self, folder: str, body: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"{folder} can't be written"):
            archive = self._folder(folder)
            archive.make()
            archive.write(_DESCRIPTION, json.loads(body))

    def descriptions(self) -> tuple[str, ...]:
        """See `core.ports.store.Archives`."""
        descriptions = []
        for name in self._names():
            try:
                descriptions.append(json.dumps(self._folder(name).read(_DESCRIPTION)))
            except FileNotFoundError:
                continue  # it was not completed, or is half removed
            except OSError as error:
                if error.errno:  # else it was read, and is damaged or not this user's
                    raise
        return tuple(descriptions)

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """See `core.ports.store.Archives`."""
        if commits:
            listing = os.fsdecode(self._git("for-each-ref", "--format=%(refname)", _ref(session)))
            self._update_refs("".join(f"delete {ref}\n" for ref in listing.split("\n")[:-1]))
        with _as_archive_error(f"{folder} can't be removed"), suppress(FileNotFoundError):
            archive = self._folder(folder)
            with suppress(FileNotFoundError):
                os.unlink(archive.file(_DESCRIPTION))  # first, so that the rest is no archive if this process is killed
            shutil.rmtree(archive.path)

    def check_returned(self, folder: str) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the archive {folder} stays, since what it holds is not all back"):
            files = self._folder(folder)
            if is_absent(files.file(_DESCRIPTION)):
                return
            archive = next(iter(archives.readable([json.dumps(files.read(_DESCRIPTION))])), None)
            if archive is None:
                raise OSError(0, f"{files.file(_DESCRIPTION)} is another version's, or damaged")
            if archive.transcript:
                transcripts.check_returned(files, archive.session, archive.transcript)
            if archive.worktree is not None and not worktree_archive.is_there(files, archive.worktree.path):
                raise OSError(0, f"the worktree {archive.worktree.path} is not there")
        if archive.branch is not None:
            name, commit = archive.branch.name, archive.branch.commit
            self._git("merge-base", "--is-ancestor", commit, f"refs/heads/{name}")

    def verify(self, archive: Archive) -> None:
        """See `core.ports.store.Archives`."""
        with _as_archive_error(f"the archive {archive.file} is of no use"):
            files = self._folder(archive.file)
            files.read(_DESCRIPTION)
            if archive.transcript:
                transcripts.verify(files, archive.session)
                self._note_verified(files.file(transcripts.PACKED))
            if archive.worktree is not None:
                worktree_archive.verify(files)
                self._note_verified(files.file(worktree_archive.PACKED))
            environment = {**process.quiet(), "GIT_DIR": self._common_dir}
            kept_objects.verify(self._common_dir, environment, _ref(archive.session), self._kept(files, archive))

    def _kept(self, files: ArchiveFolder, archive: Archive) -> dict[str, str]:
        """The last part of each of an archive's refs -> the commit or tree that it must keep. Raises `OSError`."""
        kept = {"branch": archive.branch.commit} if archive.branch is not None else {}
        if archive.worktree is not None:
            if archive.worktree.head != kept.get("branch"):
                kept["head"] = archive.worktree.head
            staged = worktree_archive.staged(files)
            if staged is not None:
                kept["index"] = staged
        return kept

    def _note_verified(self, packed: str) -> None:
        self._verified[packed] = _state(packed)

    def _is_verified(self, packed: str) -> bool:
        return packed in self._verified and self._verified[packed] == _state(packed)

    def adopt(self) -> None:
        """See `core.ports.store.Archives`."""
        documents = (transcripts.LISTED, _DESCRIPTION, worktree_archive.LISTED, worktree_archive.STAMP)
        for name in self._names():
            with _as_archive_error(f"the archive {name} can't be adopted"):
                archive = self._folder(name)
                for document in documents:
                    archive.adopt(document)

    def _names(self) -> list[str]:
        return sorted(os.listdir(self._top)) if os.path.isdir(self._top) else []

    def _folder(self, folder: str) -> ArchiveFolder:
        """See `folder_in`."""
        return folder_in(self._top, folder, self._seal)

    def _update_refs(self, request: str) -> None:
        """Run `git update-ref --stdin` with these commands, if there are any."""
        if request:
            process.run(["update-ref", "--stdin"], cwd=self._common_dir, env=self._shared, stdin=request.encode())

    def _git(self, *arguments: str) -> bytes:
        return process.run(arguments, cwd=self._common_dir, env=self._shared)


def _state(path: str) -> tuple[int, ...]:
    """A file's stat, by which a change of it is detected."""
    facts = os.lstat(path)
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _key(session: str) -> str:
    """A session's id with every character replaced that may not be in the name of a file or a ref."""
    return re.sub(r"[^0-9A-Za-z-]", "-", session)


def _ref(session: str) -> str:
    """The prefix of the refs of a session's archive; one of `_WORDS` follows it."""
    return f"{_REFS}/{_key(session)}"


@contextmanager
def _as_archive_error(failure: str) -> Iterator[None]:
    """Turn the block's errors into an `ArchiveError` whose message begins with `failure`."""
    try:
        yield
    except (OSError, tarfile.TarError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ArchiveError(
            f"{failure} ({reason.rstrip('.')})", fix="nothing is lost: look at it, then try again"
        ) from error
    except GitError as error:
        raise ArchiveError(f"{failure} ({error})", fix=error.fix) from error
