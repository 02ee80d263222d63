"""A copy of a repository is not the original: a worktree that leads back to another repository is not its own."""

import shutil
from pathlib import Path

import pytest

from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import GitError
from tests.conftest import Checkout


def copied(repo: Checkout, tmp_path: Path) -> Checkout:
    return Checkout(Path(shutil.copytree(repo.path, tmp_path / "copy", symlinks=True)))


def test_a_copy_leaves_the_original_worktrees_out(repo: Checkout, tmp_path: Path) -> None:
    pay = repo.worktree("pay")
    copy = copied(repo, tmp_path)
    worktrees, (problem,) = copy.open().worktrees()
    assert [worktree.path for worktree in worktrees] == [str(copy.path)]
    assert (problem.code, problem.path) == ("worktree-elsewhere", str(pay.path))
    assert [place.broken for place in GitSurvey(str(copy.path / ".git")).places()] == [False, True]
    assert [worktree.path for worktree in repo.open().worktrees()[0]] == [str(repo.path), str(pay.path)]


def test_a_copy_cannot_remove_the_original_worktrees(repo: Checkout, tmp_path: Path) -> None:
    pay = repo.worktree("pay").write({"a.txt": "uncommitted\n"})
    copy = copied(repo, tmp_path)
    with pytest.raises(GitError, match="a worktree of this repository: it was not removed"):
        GitWorktreeMaker(str(copy.path / ".git")).remove(str(pay.path))
    assert (pay.path / "a.txt").read_text() == "uncommitted\n"


def test_a_clone_in_place_of_a_worktree_stays(repo: Checkout) -> None:
    pay = repo.worktree("pay")
    shutil.rmtree(pay.path)
    repo.git("clone", "--quiet", str(repo.path), str(pay.path))
    assert [problem.code for problem in repo.open().worktrees()[1]] == ["worktree-elsewhere"]
    with pytest.raises(GitError, match="a worktree of this repository: it was not removed"):
        GitWorktreeMaker(str(repo.path / ".git")).remove(str(pay.path))
    assert (pay.path / ".git").is_dir()


def test_an_exclude_file_that_is_a_link_is_not_written_through(repo: Checkout, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious\n/pattern/\n")
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "exclude").unlink(missing_ok=True)
    (repo.path / ".git" / "info" / "exclude").symlink_to(precious)
    maker = GitWorktreeMaker(str(repo.path / ".git"))
    for attempt, pattern in ((maker.exclude, "/other/"), (maker.stop_excluding, "/pattern/")):
        with pytest.raises(GitError, match="can't be written"):
            attempt(pattern)
    assert precious.read_text() == "precious\n/pattern/\n"


@pytest.mark.parametrize("there", ["folder", "link", "file"])
def test_what_is_no_worktree_is_never_removed(repo: Checkout, tmp_path: Path, there: str) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("years of work\n")
    path = tmp_path / "link" if there == "link" else precious
    if there == "link":
        path.symlink_to(precious)
    if there == "file":
        path = precious / "thesis.tex"
    with pytest.raises(GitError, match="it was not removed"):
        GitWorktreeMaker(str(repo.path / ".git")).remove(str(path))
    assert (precious / "thesis.tex").read_text() == "years of work\n"
