"""Any byte of the ledger, a copy or an archive may be wrong: the rest works, the file is named, nothing false comes back."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from forksight.adapters.store.archive.archives import GitArchives
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.store.vault import Vault
from forksight.core.problems import ForksightError
from forksight.core.store.ledger import Archive
from tests.cleanup.forks_repo import ForksRepo
from tests.store.records import SESSION, baseline, fork, keep

EACH = os.environ.get("FORKSIGHT_EVERY") == "1"  # every byte instead of some


def said_by(work: Callable[[], object]) -> str:
    """What is said if something is refused, else nothing."""
    try:
        work()
    except ForksightError as error:
        return error.sentence
    return ""


def damage(path: Path, count: int) -> Iterator[int]:
    """Put a wrong byte into a file, at one place after another (`count` of them); whole again in the end."""
    whole = path.read_bytes()
    places = range(len(whole))
    rng = random.Random(1)
    try:
        for place in places if EACH else sorted(rng.sample(places, min(count, len(whole)))):
            data = bytearray(whole)
            data[place] ^= rng.choice((0x01, 0x20, 0x80, 0xFF))
            path.write_bytes(data)
            yield place
    finally:
        path.write_bytes(whole)


def test_of_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    common_dir = str(tmp_path / "git")
    folder, backup = tmp_path / "git" / "forksight", tmp_path / "backup"
    first = SqliteLedger(common_dir)
    first.save_baseline(baseline(), replacing=None)
    for number in range(5):
        first.record_fork(fork(created=float(number)))
    first.mute("wip")
    before = first.view()[0]
    first.close()
    shutil.copytree(folder, backup)
    for place in damage(backup / "ledger.db", 100):
        shutil.rmtree(folder)
        shutil.copytree(backup, folder)
        ledger = SqliteLedger(common_dir)
        view, problems = ledger.view()
        assert {*view.forks} <= {*before.forks}, place
        assert {*view.baselines} <= {*before.baselines}, place
        assert view.mutes <= before.mutes, place
        assert view == before or problems, place
        # By its header it is a newer version's, or another program's.
        refused = said_by(partial(ledger.mute, "wip"))
        assert ledger.path in refused if refused else ledger.view()[0].baselines == before.baselines, place
        ledger.close()


@pytest.mark.parametrize("what", ["index", "archive"])
def test_of_a_copy(vault: Vault, transcript: Path, what: str) -> None:
    keep(vault, transcript)
    companion = transcript.with_suffix("")
    whole = {path: path.read_bytes() for path in (transcript, *companion.rglob("*")) if path.is_file()}
    copy = vault.find(SESSION)
    assert copy is not None
    for place in damage(Path(vault.folder, f"{SESSION}.json") if what == "index" else Path(copy.archive), 80):
        for path in whole:
            path.unlink(missing_ok=True)
        copies, problems = vault.copies()
        complaints = [said_by(partial(vault.verify, known)) for known in copies]
        refused = said_by(lambda: vault.restore(SESSION, str(transcript.parents[1])))
        if refused:
            assert not transcript.exists(), place
            assert [*filter(None, complaints), *(problem.path for problem in problems)], (
                place
            )  # doctor tells of it, too
        else:  # a byte that nothing depends on
            assert {path: path.read_bytes() for path in whole} == whole, place


def test_of_a_list_that_is_nested_too_deep(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    Path(vault.folder, "deep.json").write_text("[" * 200_000)
    assert ([copy.session for copy in vault.copies()[0]], len(vault.copies()[1])) == ([SESSION], 1)
    vault.adopt()
    assert vault.find("deep") is None


@pytest.fixture
def put_away(forks_repo: ForksRepo) -> tuple[ForksRepo, Archive, bytes]:
    """A repository with an archived fork, its archive, and what its transcript held."""
    fork = forks_repo.add_fork("feature/pay")
    fork.checkout.commit({"pay.py": "x\n"}, "pay")
    fork.checkout.write({"pay.py": "changed\n", "new.bin": b"\0\1", "staged.py": "s\n"}).git("add", "staged.py")
    forks_repo.companion(fork, {"subagents/agent-1.jsonl": b"{}\n"})
    transcript = forks_repo.transcript(fork.id).read_bytes()
    assert forks_repo.clean(fork.id, discard=[fork]).problems == ()
    (archive,) = forks_repo.context().ledger.view()[0].archives
    return forks_repo, archive, transcript


def test_of_an_archive(put_away: tuple[ForksRepo, Archive, bytes]) -> None:
    forks_repo, archive, whole = put_away
    archives = GitArchives(str(forks_repo.repo.path / ".git"))
    projects = forks_repo.config / "projects"
    before = {path for path in projects.rglob("*") if path.is_file()}
    for path in sorted(Path(archive.file).iterdir()):
        for place in damage(path, 40):
            refused = said_by(lambda: archives.verify(archive))
            if refused:
                assert archive.file in refused, (path, place)
                continue
            archives.return_transcript(archive.file, archive.session, str(archive.transcript))
            (transcript,) = {path for path in projects.rglob("*.jsonl") if path.parent.parent == projects} - before
            assert transcript.read_bytes() == whole, (path, place)
            archives.remove_transcript(archive.file, archive.session, str(transcript))


def test_of_what_git_keeps_for_an_archive(put_away: tuple[ForksRepo, Archive, bytes]) -> None:
    """The commits, the staged tree and what is in them: everything that is only there for the archive."""
    forks_repo, archive, _ = put_away
    archives = GitArchives(str(forks_repo.repo.path / ".git"))
    archives.verify(archive)
    listing = forks_repo.repo.git(
        "rev-list", "--objects", "--no-object-names", "--glob=refs/forksight", "--not", "--branches"
    )
    objects = forks_repo.repo.path / ".git" / "objects"
    own = [objects / oid[:2] / oid[2:] for oid in listing.split()]
    assert len(own) >= 5  # a commit, two trees, two files
    for path in own:
        path.chmod(0o600)
        for _ in damage(path, 4):
            with pytest.raises(ForksightError, match="is of no use"):
                archives.verify(archive)
        path.rename(f"{path}.away")
        with pytest.raises(ForksightError, match="is of no use"):
            archives.verify(archive)
        Path(f"{path}.away").rename(path)
    for line in forks_repo.repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/forksight").splitlines():
        ref, oid = line.split(" ")
        forks_repo.repo.git("update-ref", "-d", ref)
        with pytest.raises(ForksightError, match=ref):
            archives.verify(archive)
        forks_repo.repo.git("update-ref", ref, oid)
    archives.verify(archive)
