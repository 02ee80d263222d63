"""Which worktrees there are, what is wrong with the others, and which one a path lies in."""

import os
import shutil
from pathlib import Path

import pytest

from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.problems import GitError, NotARepositoryError
from forksight.features.git.worktrees import worktree_of
from tests.conftest import Checkout
from tests.permissions import unreadable


def test_all_of_them_main_first(repo: Checkout) -> None:
    zulu, alpha = repo.worktree("zulu"), repo.worktree("a b\nc", branch="alpha")
    zulu.git("checkout", "--quiet", "--detach")
    repo.git("worktree", "lock", "--reason", "claude session x (pid 1)", str(zulu.path))
    worktrees, problems = repo.open().worktrees()
    head = repo.git("rev-parse", "HEAD")
    assert problems == ()
    assert [worktree.path for worktree in worktrees] == [str(repo.path), str(alpha.path), str(zulu.path)]
    assert [worktree.branch for worktree in worktrees] == ["main", "alpha", None]
    assert [worktree.main for worktree in worktrees] == [True, False, False]
    assert [worktree.locked for worktree in worktrees] == [None, None, "claude session x (pid 1)"]
    assert {worktree.head for worktree in worktrees} == {head}
    assert worktrees[0].git_dir == str(repo.path / ".git")
    assert worktrees[2].git_dir == str(repo.path / ".git" / "worktrees" / "zulu")


def test_an_unborn_branch(checkout: Checkout) -> None:
    (worktree,), problems = checkout.open().worktrees()
    assert (worktree.head, worktree.branch, problems) == (None, "main", ())


def test_locked_without_a_reason(repo: Checkout) -> None:
    other = repo.worktree("other")
    repo.git("worktree", "lock", str(other.path))
    assert other.seen_by(repo.open()).locked == ""


def test_one_that_is_missing_does_not_hide_the_others(repo: Checkout) -> None:
    gone, kept = repo.worktree("gone"), repo.worktree("kept")
    shutil.rmtree(gone.path)
    worktrees, problems = repo.open().worktrees()
    assert [worktree.path for worktree in worktrees] == [str(repo.path), str(kept.path)]
    assert [(problem.code, problem.path) for problem in problems] == [("worktree-missing", str(gone.path))]
    assert "git worktree" in problems[0].message


def test_one_whose_git_dir_is_damaged(repo: Checkout) -> None:
    broken = repo.worktree("broken")
    (broken.path / ".git").write_text("gitdir: /nowhere/at/all\n")
    worktrees, problems = repo.open().worktrees()
    assert [worktree.path for worktree in worktrees] == [str(repo.path)]
    assert [(problem.code, problem.path) for problem in problems] == [("worktree-unreadable", str(broken.path))]


def test_one_whose_head_is_garbage(repo: Checkout) -> None:
    broken = repo.worktree("broken")
    repository = repo.open()
    worktree = broken.seen_by(repository)
    (repo.path / ".git" / "worktrees" / "broken" / "HEAD").write_text("garbage\n")
    with pytest.raises((GitError, NotARepositoryError)):
        repository.scan(worktree)
    assert str(repo.path) in {worktree.path for worktree in repository.worktrees()[0]}


@pytest.mark.permissions
def test_one_that_may_not_be_read(repo: Checkout) -> None:
    closed = repo.worktree("closed")
    with unreadable(closed.path):
        _, problems = repo.open().worktrees()
    assert [(problem.code, problem.path) for problem in problems] == [("worktree-unreadable", str(closed.path))]


def test_a_bare_main_is_no_worktree_and_no_problem(repo: Checkout, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    bare = Checkout(tmp_path.resolve() / "bare.git")
    linked = bare.worktree("linked")
    repository = bare.open()
    worktrees, problems = repository.worktrees()
    assert ([worktree.path for worktree in worktrees], problems) == ([str(linked.path)], ())
    assert repository.scan(worktrees[0])[0].changes == {}
    with pytest.raises(NotARepositoryError, match="in no worktree"):
        worktree_of(repository, str(bare.path))


def test_a_submodule_is_a_repository_of_its_own(repo: Checkout, tmp_path: Path) -> None:
    repo.git("-c", "protocol.file.allow=always", "clone", "--quiet", str(repo.path), str(tmp_path / "library"))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    lib = Checkout(repo.path / "lib")
    linked = lib.worktree("lib-linked")
    lib.write({"app.py": "dirty\n"})
    repository = lib.open()
    worktrees, problems = repository.worktrees()
    assert ([worktree.path for worktree in worktrees], problems) == ([str(lib.path), str(linked.path)], ())
    assert set(repository.scan(worktrees[0])[0].changes) == {"app.py"}


def test_paths_are_resolved(repo: Checkout, tmp_path: Path) -> None:
    os.symlink(repo.path, tmp_path / "link")
    assert find_common_dir(str(tmp_path / "link")) == str(repo.path / ".git")
    assert find_common_dir(str(repo.worktree("other").path)) == str(repo.path / ".git")
    assert find_common_dir(str(repo.path / ".git" / "refs")) == str(repo.path / ".git")


def test_the_innermost_worktree_of_a_path(repo: Checkout) -> None:
    nested = repo.worktree(".claude/worktrees/pay")
    similar = repo.worktree("repo-2")
    repository = repo.open()
    expected = {
        repo.path: repo,
        repo.path / "src" / "deep": repo,
        repo.path / ".claude" / "worktrees": repo,
        nested.path: nested,
        nested.path / "app.py": nested,
        similar.path / "x": similar,
    }
    for path, checkout in expected.items():
        assert worktree_of(repository, str(path)).path == str(checkout.path)
    with pytest.raises(NotARepositoryError, match="in no worktree"):
        worktree_of(repository, "/")


def test_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match=str(tmp_path)) as caught:
        find_common_dir(str(tmp_path))
    assert caught.value.fix


def test_a_repository_of_another_user(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match="belongs to another user") as caught:
        find_common_dir(str(repo.path))
    assert caught.value.code == "git-unsafe"
    assert "safe.directory" in caught.value.fix


def test_the_repository_can_be_moved_away(repo: Checkout) -> None:
    repository = GitRepository(str(repo.path / ".git"))
    repository.worktrees()
    shutil.rmtree(repo.path)
    with pytest.raises((GitError, NotARepositoryError)):
        repository.worktrees()
