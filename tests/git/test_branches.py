"""Making and removing branches, and what uses one: what can't be a branch's name, remote branches, unfinished operations."""

import time
from pathlib import Path

import pytest

from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import GitError, UsageError
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.git.conftest import head, place


@pytest.mark.parametrize(
    "name", ["", "a..b", "-x", "a b", "a~1", "x.lock", "/a", "a/", "@{-1}", "HEAD", "a\nb", "a\x00b", "\udcff", "a@{b"]
)
def test_what_cannot_be_a_branch(maker: GitWorktreeMaker, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a branch"):
        maker.branch(name)


def test_branches(repo: Checkout, maker: GitWorktreeMaker) -> None:
    assert maker.branch("main") == head(repo)
    assert maker.branch("größe/🚀") is None
    maker.create_branch("größe/🚀", head(repo), None)
    assert maker.branch("größe/🚀") == head(repo)
    with pytest.raises(GitError, match=r"could not be made .*already exists"):
        maker.create_branch("main", head(repo), None)
    with pytest.raises(GitError) as raised:
        maker.create_branch("main/deeper", head(repo), None)
    assert "rename that branch" in raised.value.sentence
    maker.delete_branch("größe/🚀", "0" * 40)
    assert maker.branch("größe/🚀") == head(repo)
    maker.delete_branch("größe/🚀", head(repo))
    assert maker.branch("größe/🚀") is None
    maker.delete_branch("main", head(repo))  # checked out: it stays
    assert maker.branch("main") == head(repo)


def test_a_tag_of_the_same_name_is_no_branch(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("tag", "v1")
    assert maker.branch("v1") is None


def test_remote_branches(repo: Checkout, maker: GitWorktreeMaker) -> None:
    """What `git checkout NAME` would take: of each configured remote, where its refspec tracks that branch."""
    for remote in ("origin", "team/mirror", "old.name"):
        repo.git("remote", "add", remote, "nowhere")
        repo.git("update-ref", f"refs/remotes/{remote}/all", "HEAD")
    repo.git("config", "remote.old.name.fetch", "+refs/heads/*:refs/remotes/elsewhere/*")
    repo.git("update-ref", "refs/remotes/elsewhere/all", "HEAD")
    repo.git("update-ref", "refs/remotes/origin/feature/pay", "HEAD")
    repo.git("update-ref", "refs/remotes/removed/left", "HEAD")
    assert maker.remote_branches("feature/pay") == ("origin/feature/pay",)
    assert maker.remote_branches("all") == ("origin/all", "team/mirror/all", "elsewhere/all")
    assert maker.remote_branches("neither") == maker.remote_branches("left") == ()
    repo.git("config", "checkout.defaultRemote", "team/mirror")
    assert maker.remote_branches("all") == ("team/mirror/all",)
    assert maker.remote_branches("feature/pay") == ("origin/feature/pay",), "it does not have that branch"


@pytest.mark.parametrize("how", ["rebase", "rebase --apply", "rebase --update-refs", "bisect"])
def test_a_branch_that_an_unfinished_operation_uses(repo: Checkout, maker: GitWorktreeMaker, how: str) -> None:
    """HEAD is detached then; git refuses the branch all the same (2.39 not yet what --update-refs will move), before anything is begun."""
    topic = repo.worktree("topic")
    topic.commit({"app.py": "theirs\n"})
    if how.endswith("refs"):
        topic.git("checkout", "--quiet", "-b", "above")
        topic.commit({"more": "x\n"})
    repo.commit({"app.py": "ours\n"})
    if how == "bisect":
        topic.commit({"more": "x\n"})
        topic.git("bisect", "start", "HEAD", "main~")
    else:
        with pytest.raises(AssertionError):
            topic.git(*how.split(), "main")
    assert "topic" not in [worktree.branch for worktree in maker.registered()]
    with pytest.raises(GitError) as raised:
        maker.check(place(repo), "topic")
    assert str(topic.path) in str(raised.value)
    assert ("bisect" if how == "bisect" else "rebase") in raised.value.fix
    if not how.endswith("refs"):
        with pytest.raises(AssertionError, match=r"already (checked out|used)"):
            repo.git("worktree", "add", "--quiet", place(repo), "topic")
    maker.check(place(repo), "topic", [str(topic.path)])  # it will be gone by then


def test_a_branch_of_a_main_checkout_that_nobody_knows(tmp_path: Path) -> None:
    main = Checkout(tmp_path.resolve() / "main")
    main.path.mkdir()
    main.git(
        "init", "--quiet", "--initial-branch=trunk", f"--separate-git-dir={tmp_path.resolve()}/git", str(main.path)
    )
    main.commit()
    linked = main.worktree("linked")
    maker = GitWorktreeMaker(str(tmp_path.resolve() / "git"))
    with pytest.raises(GitError, match="main checkout"):
        maker.check(str(tmp_path / "new"), "trunk")
    assert [worktree.path for worktree in maker.registered()] == [str(linked.path)]


def test_commits(repo: Checkout, maker: GitWorktreeMaker) -> None:
    first = head(repo)
    repo.git("tag", "v1")
    assert maker.commit("v1", str(repo.path)) == first
    for wrong in ("nope", "-x", "--help", "", "v1:app.py"):
        with pytest.raises(GitError, match="is no commit"):
            maker.commit(wrong, str(repo.path))


def test_the_commit_at_a_moment_is_the_reflogs(
    repo: Checkout, maker: GitWorktreeMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    first = head(repo)
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{now + 1000} +0000")
    second = repo.commit({"b.py": "b"})
    assert maker.commit_at(now + 500, str(repo.path)) == first
    assert maker.commit_at(now + 1500, str(repo.path)) == second
    for log in ("HEAD", "refs/heads/main"):
        (repo.path / ".git" / "logs" / log).unlink()
    assert maker.commit_at(now + 500, str(repo.path)) == second


def test_a_config_that_stays_locked_leaves_no_branch(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("update-ref", "refs/remotes/origin/x", head(repo))
    repo.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    write(repo, ".git/config.lock", "")
    before = trace(repo)
    with pytest.raises(GitError) as raised:
        maker.create_branch("x", head(repo), "origin/x")
    assert "another git is at work" in raised.value.sentence
    assert trace(repo) == before


def test_a_branch_that_is_deleted_meanwhile_hides_no_other(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("branch", "pay")
    repo.git("branch", "--move", "pay", "payments")
    survey = GitSurvey(str(repo.path / ".git"))
    assert survey.origins(["gone"]) == {}
    assert {*survey.origins(["gone", "payments"])} == {"payments"}
    monkeypatch.setattr(GitSurvey, "_heads", lambda _: ["refs/heads/gone", "refs/heads/payments"])
    assert survey.renamed() == {"pay": "payments"}
