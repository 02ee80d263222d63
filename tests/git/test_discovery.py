"""Which repository a path lies in: git is asked once for each checkout, and again once its answer could be another."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.git.worktrees import discovery
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.problems import GitError, NotARepositoryError
from tests.conftest import Checkout


@pytest.fixture
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often git was asked so far which repository a path lies in; nothing is remembered of other tests."""
    folder, log = tmp_path / "counting", tmp_path / "questions"
    folder.mkdir()
    (folder / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *--git-common-dir*) echo >> "{log}";; esac\nexec "{shutil.which("git")}" "$@"\n'
    )
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(discovery, "_accepted", {})
    return lambda: log.read_text().count("\n") if log.exists() else 0


def answer(folder: Path) -> str:
    """What git itself says now."""
    says = Checkout(folder).git("rev-parse", "--path-format=absolute", "--git-common-dir")
    return os.path.realpath(says)


def test_once_for_all_folders_of_a_checkout(repo: Checkout, questions: Callable[[], int]) -> None:
    linked = repo.worktree("linked")
    for checkout in (repo, linked):
        (checkout.path / "src" / "deep").mkdir(parents=True)
        for folder in ("src/deep", "", "src", "src/deep"):
            assert find_common_dir(str(checkout.path / folder)) == str(repo.path / ".git")
    assert questions() == 2


def another_repository_inside(repo: Checkout) -> None:
    Checkout(repo.path / "src").git("init", "--quiet")


def a_bare_repository_inside(repo: Checkout) -> None:
    Checkout(repo.path / "src").git("init", "--quiet", "--bare")


def a_submodule_of_the_same_name(repo: Checkout) -> None:
    library = Checkout(repo.path.parent / "library")
    library.path.mkdir()
    library.git("init", "--quiet")
    library.commit({"lib.py": "x\n"})
    (repo.path / "src").rmdir()
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "src")


def a_worktree_of_another_repository(repo: Checkout) -> None:
    other = Checkout(repo.path.parent / "other")
    other.path.mkdir()
    other.git("init", "--quiet")
    other.commit({"a": "x\n"})
    shutil.rmtree(repo.path / "src")
    other.git("worktree", "add", "--quiet", str(repo.path / "src"))


def another_repository_in_its_place(repo: Checkout) -> None:
    elsewhere = Checkout(repo.path.parent / "elsewhere")
    elsewhere.path.mkdir()
    elsewhere.git("init", "--quiet")
    shutil.rmtree(repo.path / ".git")
    (repo.path / ".git").write_text(f"gitdir: {elsewhere.path}/.git\n")


@pytest.mark.parametrize(
    "change",
    [
        another_repository_inside,
        a_bare_repository_inside,
        a_submodule_of_the_same_name,
        a_worktree_of_another_repository,
        another_repository_in_its_place,
    ],
)
def test_a_repository_that_came_since(
    repo: Checkout, questions: Callable[[], int], change: Callable[[Checkout], None]
) -> None:
    folder = repo.path / "src"
    folder.mkdir()
    assert find_common_dir(str(folder)) == str(repo.path / ".git")
    change(repo)
    assert find_common_dir(str(folder)) == answer(folder) != str(repo.path / ".git")
    assert questions() >= 2


def its_head_is_spoilt(repo: Checkout, _: Checkout) -> None:
    (repo.path / ".git/worktrees/linked/HEAD").write_text("junk\n")


def it_was_pruned(repo: Checkout, _: Checkout) -> None:
    shutil.rmtree(repo.path / ".git/worktrees/linked")


def its_repository_was_moved(repo: Checkout, _: Checkout) -> None:
    repo.path.rename(repo.path.with_name("moved"))


def its_link_is_gone(_: Checkout, linked: Checkout) -> None:
    (linked.path / ".git").unlink()


@pytest.mark.parametrize("change", [its_head_is_spoilt, it_was_pruned, its_repository_was_moved, its_link_is_gone])
def test_a_checkout_that_is_none_any_more(
    repo: Checkout, questions: Callable[[], int], change: Callable[[Checkout, Checkout], None]
) -> None:
    linked = repo.worktree("linked")
    find_common_dir(str(linked.path))
    change(repo, linked)
    with pytest.raises(NotARepositoryError):
        find_common_dir(str(linked.path))
    assert questions() == 2


def test_a_configuration_that_git_refuses(repo: Checkout, questions: Callable[[], int]) -> None:
    find_common_dir(str(repo.path))
    repo.git("config", "core.repositoryFormatVersion", "99")
    with pytest.raises((GitError, NotARepositoryError)):
        find_common_dir(str(repo.path))
    assert questions() == 2


def test_where_variables_limit_how_far_git_looks(
    repo: Checkout, questions: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.path / "src").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repo.path))
    assert find_common_dir(str(repo.path)) == str(repo.path / ".git")
    with pytest.raises(NotARepositoryError):
        find_common_dir(str(repo.path / "src"))
    assert questions() == 2


def test_no_more_than_so_many_are_remembered(
    repo: Checkout, questions: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "_REMEMBERED", 2)
    checkouts = [repo, *(repo.worktree(name) for name in ("one", "two"))]
    for checkout in (*checkouts, checkouts[-1], checkouts[0]):
        find_common_dir(str(checkout.path))
    assert questions() == 4
