"""No copy and no archive in a repository's folder is acted on unless this user made it on this machine."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from forksight.adapters.store.archive.archives import GitArchives
from forksight.adapters.store.vault import Vault
from forksight.core.problems import ArchiveError, VaultError
from forksight.core.store.ledger import KeptBranch, KeptWorktree
from tests.cleanup.forks_repo import ForksRepo
from tests.conftest import Checkout
from tests.permissions import unreadable
from tests.store.conftest import moved
from tests.store.records import SESSION, keep


def test_of_every_document_every_value_counts_only_as_this_user_wrote_it(forks_repo: ForksRepo) -> None:
    """Every file of an archive and every copy of a transcript, whatever of it somebody else changed."""
    made = forks_repo.add_fork("feature/pay")
    made.checkout.write({"work.py": "work\n"})
    assert forks_repo.clean(made.id, discard=[made]).problems == ()
    context = forks_repo.context()
    (put_away,) = context.ledger.view()[0].archives
    base = forks_repo.session()
    forks_repo.mark(base)
    copy = forks_repo.context().vault.find(base)
    assert copy is not None
    documents = sorted((forks_repo.repo.path / ".git" / "forksight").rglob("*.json"))
    assert [path.name for path in documents if path.parent.name != "transcripts"] == [
        "fork.json",
        "transcript.json",
        "worktree.json",
    ]
    context.archives.verify(put_away)
    for path in (*documents, Path(put_away.file) / "worktree.stamp"):
        whole = path.read_text()
        for name, value in json.loads(whole).items():
            path.write_text(json.dumps({**json.loads(whole), name: [value, "/home/me"]}))
            if path.parent.name == "transcripts":
                assert context.vault.find(base) is None, (path, name)
            else:
                with pytest.raises(ArchiveError, match=re.escape(path.name)):
                    context.archives.verify(put_away)
        path.write_text(whole)
    context.archives.verify(put_away)


def test_a_copy_of_a_transcript_that_was_tampered_with_puts_nothing_back(
    vault: Vault,
    transcript: Path,
) -> None:
    keep(vault, transcript)
    index = Path(vault.folder) / f"{SESSION}.json"
    body = json.loads(index.read_text())
    body["files"][0]["path"] = "../-other/memory/MEMORY.md"
    index.write_text(json.dumps(body))
    assert [problem.code for problem in vault.copies()[1]] == ["copy-unreadable"]
    with pytest.raises(VaultError, match="there is no copy"):
        vault.restore(SESSION, str(transcript.parents[1]))
    vault.adopt()  # even then nothing but the session's own files comes back
    with pytest.raises(VaultError, match="none of the session's files"):
        vault.restore(SESSION, str(transcript.parents[1]))
    assert not (transcript.parents[1] / "-other").exists()


def test_a_copy_of_another_repository_is_none_here(tmp_path: Path, vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    to = moved(Path(vault.folder).parents[1], tmp_path / "copy")
    there = Vault(str(to))
    assert there.find(SESSION) is None
    there.adopt()
    assert there.find(SESSION) is not None


@pytest.fixture
def put_away(repo: Checkout, transcript: Path) -> tuple[GitArchives, str]:
    archives = GitArchives(str(repo.path / ".git"))
    folder = archives.folder(SESSION, "12345678")
    archives.keep_transcript(folder, str(transcript))
    return archives, folder


def test_an_archive_is_one_of_this_repository_whatever_path_is_named(
    put_away: tuple[GitArchives, str], tmp_path: Path
) -> None:
    archives, folder = put_away
    precious = tmp_path / "Documents"
    precious.mkdir()
    (precious / "thesis.tex").write_text("years of work\n")
    archives.drop(str(precious), SESSION, commits=False)
    for name in ("..", ".", "", "a/.."):
        with pytest.raises(ArchiveError, match="is no archive"):
            archives.drop(os.path.join(str(precious), name) if name else "/", SESSION, commits=False)
    assert (precious / "thesis.tex").exists()
    assert Path(folder).is_dir()


def test_an_archives_list_that_was_tampered_with_is_refused(
    put_away: tuple[GitArchives, str],
    transcript: Path,
) -> None:
    archives, folder = put_away
    listed = Path(folder) / "transcript.json"
    body = json.loads(listed.read_text())
    body["members"][0]["path"] = f"{SESSION}/../../-other/memory/MEMORY.md"
    listed.write_text(json.dumps(body))
    for attempt in (archives.return_transcript, archives.remove_transcript):
        with pytest.raises(ArchiveError, match="was not written by you on this machine"):
            attempt(folder, SESSION, str(transcript))
    archives.adopt()
    with pytest.raises(ArchiveError, match="none of the session's files"):
        archives.return_transcript(folder, SESSION, str(transcript))
    assert transcript.exists()


def test_what_is_kept_for_git_is_checked(put_away: tuple[GitArchives, str]) -> None:
    archives, folder = put_away
    for commits in (
        {"branch": "HEAD"},
        {"../../heads/main": "0" * 40},
        {"head": "0" * 40 + "\ndelete refs/heads/main"},
    ):
        with pytest.raises(ArchiveError, match="that is no commit"):
            archives.keep_commits(folder, SESSION, commits)
    with pytest.raises(ArchiveError, match="no setting of a branch"):
        archives.return_branch(KeptBranch("x", archives_head(archives), (("a.b", "c"),)))


def archives_head(archives: GitArchives) -> str:
    return next(iter(archives._survey.branches().local.values())).commit


@pytest.mark.permissions
def test_a_companion_folder_that_is_unreadable_is_not_left_out(repo: Checkout, transcript: Path) -> None:
    archives = GitArchives(str(repo.path / ".git"))
    with unreadable(transcript.parent / SESSION / "subagents"), pytest.raises(ArchiveError, match="Permission denied"):
        archives.keep_transcript(archives.folder(SESSION, "12345678"), str(transcript))


def test_a_worktrees_private_files_are_those_that_are_kept(repo: Checkout) -> None:
    archives = GitArchives(str(repo.path / ".git"))
    pay = repo.worktree("pay")
    kept = KeptWorktree(str(pay.path), repo.git("rev-parse", "HEAD"), "pay")
    folder = archives.folder(SESSION, "12345678")
    archives.keep_worktree(folder, kept, str(repo.path))
    listed = Path(folder) / "worktree.json"
    body = json.loads(listed.read_text())
    body["private"]["../../hooks/post-checkout"] = "#!/bin/sh\ntouch ran\n"
    listed.write_text(json.dumps(body))
    repo.git("worktree", "remove", "--force", str(pay.path))
    with pytest.raises(ArchiveError, match="was not written by you"):
        archives.return_worktree(folder, kept)
    archives.adopt()
    with pytest.raises(ArchiveError, match="which is not kept"):
        archives.return_worktree(folder, replace(kept, branch=None))
    assert not (repo.path / ".git" / "hooks" / "post-checkout").exists()
