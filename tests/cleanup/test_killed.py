"""Killed at any step, the next run finishes or takes back: nothing is ever lost, and nothing is left lying about."""

import shutil
from pathlib import Path

import pytest

from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.forks_repo import ForksRepo
from tests.cleanup.killed import killed_at
from tests.forks.sessions_repo import RecordedProgress

PARTS = 6  # the kill points are spread over as many tests, so that they can run side by side


class Scene:
    """A fork with everything that can be lost, put back into its first state as often as needed."""

    def __init__(self, forks_repo: ForksRepo, backup: Path) -> None:
        self.forks_repo, self.backup = forks_repo, backup
        self.top = forks_repo.repo.path.parent
        self.fork = fork = forks_repo.add_fork("feature/pay")
        forks_repo.repo.git("config", "branch.feature/pay.description", "payments")
        fork.checkout.commit({"pay.py": "x\n", "old.py": "y\n"}, "pay")
        fork.checkout.write({"app.py": "changed\n", "new.bin": b"\0\1", "old.py": None, "staged.py": "s\n"})
        fork.checkout.git("add", "staged.py")
        forks_repo.companion(fork, {"subagents/agent-1.jsonl": b"{}\n"})
        self.before = forks_repo.state(fork)
        self.save()

    def save(self) -> None:
        shutil.rmtree(self.backup)
        shutil.copytree(self.top, self.backup, symlinks=True)

    def reset(self) -> None:
        """Put everything back. The repository's folder stays the same one: a seal counts for no other."""
        repository = self.forks_repo.repo.path / ".git"
        for place, kept in (
            (self.top, self.forks_repo.repo.path),
            (self.forks_repo.repo.path, repository),
            (repository, None),
        ):
            for path in place.iterdir():
                if path.is_dir() and not path.is_symlink() and path != kept:
                    shutil.rmtree(path)
                elif path != kept:
                    path.unlink()
        shutil.copytree(self.backup, self.top, symlinks=True, dirs_exist_ok=True)

    def clean(self) -> None:
        cleaned = self.forks_repo.clean(self.fork.id, discard=[self.fork])
        assert cleaned.problems == ()

    def is_there(self) -> bool:
        """Whether everything is as it was; else it is put away, all of it."""
        if self.fork.checkout.path.exists():
            assert self.forks_repo.state(self.fork) == self.before
            assert self.forks_repo.archived() == ([], "")
            return True
        assert self.forks_repo.repo.git("branch", "--list", "feature/pay") == ""
        assert not list((self.forks_repo.config / "projects").rglob(f"*{self.fork.id}*"))
        assert self.forks_repo.state()["leftovers"] == []
        folders, refs = self.forks_repo.archived()
        assert len(folders) == 1
        assert refs
        return False


@pytest.fixture
def scene(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(forks_repo, tmp_path_factory.mktemp("backup"))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_clean_up_is_finished_or_taken_back(scene: Scene, part: int) -> None:
    seen = {True: 0, False: 0}
    number = part
    while killed_at(number, scene.clean):
        scene.forks_repo.finish_interrupted()
        there = scene.is_there()
        seen[there] += 1
        if not there:
            scene.forks_repo.restore(scene.fork)
            assert scene.is_there()
        scene.reset()
        number += PARTS
    assert not scene.is_there()
    assert min(seen.values()) >= 2, seen


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_restore_is_finished_or_taken_back(scene: Scene, part: int) -> None:
    scene.clean()
    scene.save()
    seen = {True: 0, False: 0}
    number = part
    while killed_at(number, lambda: scene.forks_repo.restore(scene.fork)):
        scene.forks_repo.finish_interrupted()
        there = scene.is_there()
        seen[there] += 1
        if not there:
            scene.forks_repo.restore(scene.fork)
            assert scene.is_there()
        scene.reset()
        number += PARTS
    assert scene.is_there()
    assert seen[True] >= 2, seen


def test_nothing_goes_whose_copy_is_damaged_by_now(scene: Scene) -> None:
    """What is finished after a kill is read back first, however whole it was when it was written."""
    transcript, folder = (
        scene.forks_repo.transcript(scene.fork.id),
        scene.forks_repo.repo.path / ".git/forksight/archive",
    )
    wanted = {
        ("worktree", False),
        ("transcript", True),
        ("transcript", False),
    }  # what is damaged; is the transcript there?
    for number in range(44, 70):
        assert killed_at(number, scene.clean), wanted
        context, was_there = scene.forks_repo.context(), transcript.exists()
        spoilt = next((what for what, there in wanted if there == was_there), "worktree")
        if context.ledger.view()[0].archives and scene.fork.checkout.path.exists():
            (packed,) = folder.glob(f"*/{spoilt}.tar.gz")
            data = bytearray(packed.read_bytes())
            data[len(data) // 2] ^= 0xFF
            packed.write_bytes(data)
            if problems := finish_interrupted(
                context, RecordedProgress()
            ):  # else it had not come so far that it is finished
                assert packed.parent.name in problems[0].message
                wanted -= {(spoilt, was_there)}
            if transcript.exists():
                assert scene.is_there()
            else:  # its copy is damaged: it can't come back, so that nothing more goes
                assert (spoilt, was_there) == ("transcript", False)
                assert scene.fork.checkout.path.exists()
                assert packed.exists()
        if not wanted:
            return
        scene.reset()
    raise AssertionError(wanted)


def test_killed_again_while_it_is_seen_to(scene: Scene) -> None:
    """Every third kill point of the clean-up, and each time one while that is mended."""
    for number in range(0, 60, 3):
        if not killed_at(number, scene.clean):
            break
        killed_at(number % 7, scene.forks_repo.finish_interrupted)
        scene.forks_repo.finish_interrupted()
        if not scene.is_there():
            scene.forks_repo.restore(scene.fork)
            assert scene.is_there()
        scene.reset()
