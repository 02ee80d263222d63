"""Where the main checkout is, wherever its git dir lies: the same for every door, and found again when it changes."""

import subprocess
from pathlib import Path

import pytest

from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import NotARepositoryError
from forksight.features.git.worktrees import worktree_of
from tests.conftest import Checkout


def answers(start: Checkout) -> tuple[str | None, list[str]]:
    """The main checkout, on which all doors agree, and the codes of what is not compared, as found from there."""
    repository = start.open()
    worktrees, problems = repository.worktrees()
    common_dir = repository.common_dir
    doors = [
        worktrees,
        GitWorktreeMaker(common_dir).registered(),
        tuple(place.worktree for place in GitSurvey(common_dir).places()),
    ]
    mains = [[worktree.path for worktree in door if worktree.main] for door in doors]
    assert mains[0] == mains[1] == mains[2]
    return next(iter(mains[0]), None), [problem.code for problem in problems]


@pytest.fixture
def place(tmp_path: Path) -> Checkout:
    """A folder to put a checkout in."""
    (tmp_path / "place").mkdir()
    return Checkout(tmp_path.resolve() / "place")


@pytest.mark.parametrize("name", ["elsewhere.git", "elsewhere/.git"])
def test_a_git_dir_elsewhere(place: Checkout, tmp_path: Path, name: str) -> None:
    """Nothing in the git dir leads to the checkout: a linked worktree opened first can't tell, until somebody was there."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    place.git("init", "--quiet", f"--separate-git-dir={tmp_path}/{name}", str(place.path))
    place.commit({"deeper/file": "x\n"})
    linked = place.worktree("linked")
    assert answers(linked) == (None, ["worktree-unknown"])
    assert answers(Checkout(place.path / "deeper")) == (str(place.path), [])
    assert answers(linked) == (str(place.path), []), "one who knows tells all"
    place.path.rename(tmp_path / "moved")
    assert answers(linked) == (None, ["worktree-unknown"]), "it is not there any more"
    assert answers(Checkout(tmp_path.resolve() / "moved")) == (str(tmp_path.resolve() / "moved"), [])


def test_what_the_message_advises_helps(place: Checkout, tmp_path: Path) -> None:
    place.git("init", "--quiet", f"--separate-git-dir={tmp_path}/elsewhere.git", str(place.path))
    place.commit({"file": "x\n"})
    linked = place.worktree("linked")
    _, (problem,) = linked.open().worktrees()
    subprocess.run(problem.message.split("`")[1].replace("PATH", str(place.path)).split(), check=True)
    assert answers(linked) == (str(place.path), [])


def test_a_linked_git_dir(repo: Checkout, tmp_path: Path) -> None:
    (repo.path / ".git").rename(tmp_path / "store")
    (repo.path / ".git").symlink_to(tmp_path / "store")
    assert answers(repo) == (str(repo.path), [])
    assert answers(repo.worktree("linked")) == (str(repo.path), [])


def test_a_submodule(repo: Checkout, tmp_path: Path) -> None:
    """Its git dir lies in the outer repository's; core.worktree, relative to it, tells where the checkout is."""
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "library"))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    lib = Checkout(repo.path / "lib")
    assert answers(lib.worktree("linked")) == (str(lib.path), [])
    assert answers(lib) == (str(lib.path), [])
    assert answers(repo) == (str(repo.path), [])


def test_core_worktree_without_a_way_back(repo: Checkout, tmp_path: Path) -> None:
    """git works there only if it is told the git dir: what is in the folder is not guessed at."""
    (tmp_path / "other").mkdir()
    linked = repo.worktree("linked")
    repo.git("config", "core.worktree", str(tmp_path / "other"))
    worktrees, problems = linked.open().worktrees()
    assert [worktree.path for worktree in worktrees] == [str(linked.path)]
    assert [(problem.code, problem.path) for problem in problems] == [
        ("worktree-unlinked", str(tmp_path.resolve() / "other"))
    ]


def test_a_checkout_that_is_called_bare(repo: Checkout) -> None:
    """Some tools leave core.bare behind: git refuses to work there, and what would help is said; it is found again then."""
    linked = repo.worktree("linked")
    repo.git("config", "core.bare", "true")
    assert answers(linked) == (None, ["worktree-bare"])
    _, (problem,) = linked.open().worktrees()
    assert problem.path == str(repo.path)
    subprocess.run(problem.message.split("`")[1].split(), check=True)
    assert answers(linked) == (str(repo.path), [])


def test_worktrees_inside_a_git_dir(repo: Checkout, tmp_path: Path) -> None:
    """Git's own files are in no worktree, but a worktree below them is."""
    nested = repo.worktree(".git/tool/worktrees/topic")
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "project.git"))
    bare = Checkout(tmp_path.resolve() / "project.git")
    topic = bare.worktree("topics/one")
    assert answers(bare) == (None, [])
    assert worktree_of(repo.open(), f"{nested.path}/app.py").path == str(nested.path)
    assert worktree_of(bare.open(), f"{topic.path}/app.py").path == str(topic.path)
    for outside in (f"{repo.path}/.git/COMMIT_EDITMSG", f"{repo.path}/.git", f"{repo.path}/.git/tool"):
        with pytest.raises(NotARepositoryError, match="in no worktree"):
            worktree_of(repo.open(), outside)
