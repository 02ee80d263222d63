"""When a branch counts as merged: only if a branch that is a target has its commits, or all that they changed."""

from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Why
from tests.cleanup.forks_repo import Forked, ForksRepo


@pytest.fixture
def origin(forks_repo: ForksRepo, tmp_path: Path) -> Path:
    """A remote, with main pushed and its HEAD known."""
    path = tmp_path / "origin.git"
    forks_repo.repo.git("init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    forks_repo.repo.git("remote", "add", "origin", str(path))
    forks_repo.repo.git("push", "--quiet", "--set-upstream", "origin", "main")
    forks_repo.repo.git("remote", "set-head", "origin", "main")
    return path


def merged_into(forks_repo: ForksRepo, fork: Forked) -> str | None:
    """The target of a fork that is proposed as merged."""
    for entry in forks_repo.plan().entries:
        if entry.session == fork.id and entry.facts.branch and Why.MERGED in {reason.why for reason in entry.reasons}:
            return entry.facts.branch.target
    return None


@pytest.mark.parametrize("name", ["review/pay", "pay"])
def test_what_is_pushed_for_review_is_not_merged(forks_repo: ForksRepo, origin: Path, name: str) -> None:
    assert origin.exists()
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "--set-upstream", "origin", f"HEAD:{name}")
    assert forks_repo.plan().entries == ()
    forks_repo.clean()
    assert fork.checkout.path.exists()


@pytest.mark.parametrize("pushed", ["pay", "review/pay", "company/team:pay"])
def test_an_idle_fork_whose_commits_are_only_pushed_for_review_stays(
    forks_repo: ForksRepo, origin: Path, tmp_path: Path, pushed: str
) -> None:
    remote, _, name = pushed.rpartition(":")
    if remote:
        forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / "team"))
        forks_repo.repo.git("remote", "add", remote, str(tmp_path / "team"))
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", remote or "origin", f"HEAD:{name}")
    (entry,) = forks_repo.plan().entries
    assert ({reason.why for reason in entry.reasons}, entry.at_risk) == ({Why.IDLE}, True)
    said = f"the commits of pay are on {remote or 'origin'}/{name} and not in main: they may be under review"
    assert said in entry.unseen
    forks_repo.clean()
    assert fork.checkout.path.exists()
    forks_repo.repo.git("push", "--quiet", str(origin), "pay:main")
    forks_repo.repo.git("fetch", "--quiet", "origin")
    (entry,) = forks_repo.plan().entries
    assert not entry.at_risk
    assert "origin/main has every commit of pay" in entry.seen


def test_commits_on_somebody_elses_branch_are_not_merged(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("branch", "look", "pay")
    (entry,) = forks_repo.plan().entries
    assert (entry.at_risk, entry.lost.commits) == (True, ())
    assert "the commits of pay are on look and not in main: they may be under review" in entry.unseen


def test_a_detached_worktree_at_what_is_under_review_stays(forks_repo: ForksRepo, origin: Path) -> None:
    assert origin.exists()
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "origin", "HEAD:review")
    fork.checkout.git("checkout", "--quiet", "--detach")
    forks_repo.repo.git("branch", "--force", "pay", "main")
    (entry,) = forks_repo.plan().entries
    assert entry.at_risk
    assert "the commits of what is checked out are on origin/review and not in main" in entry.unseen[0]


def test_the_branch_of_a_review_that_it_was_made_from_is_no_target(forks_repo: ForksRepo, origin: Path) -> None:
    """`git worktree add -b NAME PATH origin/pay` tracks origin/pay: that is where its work is pushed, not merged."""
    assert origin.exists()
    forks_repo.repo.git("push", "--quiet", "origin", "main:feature/pay")
    path = forks_repo.repo.path.parent / "review"
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "review", str(path), "origin/feature/pay")
    fork = forks_repo.add_fork_in("review", path)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "origin", "HEAD:feature/pay")
    assert forks_repo.plan().entries == ()


def test_a_copy_at_a_remote_with_a_slash_is_a_copy(forks_repo: ForksRepo, tmp_path: Path) -> None:
    forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / "team"))
    forks_repo.repo.git("remote", "add", "company/team", str(tmp_path / "team"))
    forks_repo.repo.git("push", "--quiet", "company/team", "main", "main:pay")
    path = forks_repo.repo.path.parent / "pay"
    forks_repo.repo.git("worktree", "add", "--quiet", "--no-track", "-b", "pay", str(path), "company/team/pay")
    fork = forks_repo.add_fork_in("pay", path)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "company/team", "pay")
    assert forks_repo.plan().entries == ()


def test_what_the_main_checkout_happens_to_be_on_is_no_target(forks_repo: ForksRepo) -> None:
    """Without a default branch that is known by its name, the main checkout's is only if it was not made from another."""
    forks_repo.repo.git("branch", "--move", "main", "dev")
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("checkout", "--quiet", "-b", "look", "pay")
    assert forks_repo.plan().entries == ()
    forks_repo.repo.git("checkout", "--quiet", "dev")
    forks_repo.repo.git("merge", "--quiet", "--ff-only", "pay")
    assert merged_into(forks_repo, fork) == "dev"


def test_what_it_was_made_from_is_a_target(forks_repo: ForksRepo, origin: Path) -> None:
    assert origin.exists()
    forks_repo.repo.git("branch", "develop")
    forks_repo.repo.git("push", "--quiet", "origin", "develop")
    here, there = forks_repo.repo.path.parent / "here", forks_repo.repo.path.parent / "there"
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "here", str(here), "develop")
    forks_repo.repo.git("worktree", "add", "--quiet", "--no-track", "-b", "there", str(there), "origin/develop")
    forks = [forks_repo.add_fork_in("here", here), forks_repo.add_fork_in("there", there)]
    for fork in forks:
        fork.checkout.commit({fork.branch: "x\n"})
    assert [merged_into(forks_repo, fork) for fork in forks] == [None, None]
    forks_repo.repo.git("branch", "--force", "develop", "here")
    forks[1].checkout.git("push", "--quiet", "origin", "there:develop")
    assert [merged_into(forks_repo, fork) for fork in forks] == ["develop", "origin/develop"]


def test_what_forksight_made_it_from_is_a_target(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    forks_repo.repo.git("checkout", "--quiet", "-b", "develop")
    fork = forks_repo.make_fork("pay")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(fork.checkout.path), "pay")
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    forks_repo.repo.git("checkout", "--quiet", "main")
    assert merged_into(forks_repo, fork) == "develop"


def test_what_its_settings_name_is_a_target(forks_repo: ForksRepo) -> None:
    forks_repo.repo.git("branch", "next")
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("branch", "--force", "next", "pay")
    assert merged_into(forks_repo, fork) is None
    forks_repo.repo.git("config", "branch.pay.gh-merge-base", "next")
    assert merged_into(forks_repo, fork) == "next"


def test_moving_along_with_the_target_is_no_work(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay", age=0)
    forks_repo.repo.commit({"m": "m\n"}, "main goes on")
    fork.checkout.git("merge", "--quiet", "--ff-only", "main")
    assert forks_repo.plan().entries == ()


def test_work_that_was_taken_back_is_not_merged(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"idea": "half\n"}, "an idea")
    fork.checkout.git("revert", "--no-edit", "HEAD")
    assert forks_repo.plan().entries == ()
    assert forks_repo.entry(fork).lost.commits


def test_what_git_can_not_compare_is_not_merged(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"deep/big": "b\n"})
    forks_repo.repo.commit({"deep/other": "o\n"})
    folder = forks_repo.repo.git("rev-parse", "pay:deep")
    (forks_repo.repo.path / ".git" / "objects" / folder[:2] / folder[2:]).unlink()
    branch = forks_repo.entry(fork).facts.branch
    assert branch is not None
    assert branch.merged is None


@pytest.mark.parametrize("remote", ["origin", "company"])
@pytest.mark.parametrize("tracks", [True, False])
def test_a_squash_at_a_remote_whose_head_nobody_set(
    forks_repo: ForksRepo, tmp_path: Path, remote: str, tracks: bool
) -> None:
    """Only `git clone` sets a remote's HEAD; the default branch there is known by its name, whatever the remote is called."""
    path = tmp_path / "remote.git"
    forks_repo.repo.git("init", "--quiet", "--bare", str(path))
    forks_repo.repo.git("remote", "add", remote, str(path))
    forks_repo.repo.git("push", "--quiet", *(["--set-upstream"] if tracks else []), remote, "main")
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.commit({"p": "q\n"})
    assert merged_into(forks_repo, fork) is None
    squashed = forks_repo.repo.git(
        "commit-tree", "-p", "main", "-m", "squash", fork.checkout.git("rev-parse", "HEAD^{tree}")
    )
    forks_repo.repo.git("push", "--quiet", remote, f"{squashed}:refs/heads/main")
    assert merged_into(forks_repo, fork) == f"{remote}/main"


@pytest.mark.parametrize(("setting", "target"), [(None, None), ("canonical", "canonical/main")])
def test_of_several_remotes_the_preferred_one_counts(
    forks_repo: ForksRepo, tmp_path: Path, setting: str | None, target: str | None
) -> None:
    """A branch that somebody proposes may be pushed to the main branch of a remote of their own."""
    for name in ("mine", "canonical"):
        forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / name))
        forks_repo.repo.git("remote", "add", name, str(tmp_path / name))
        forks_repo.repo.git("push", "--quiet", name, "main")
    if setting:
        forks_repo.repo.git("config", "checkout.defaultRemote", setting)
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "mine", "pay:main")
    assert merged_into(forks_repo, fork) is None
    fork.checkout.git("push", "--quiet", "canonical", "pay:main")
    assert merged_into(forks_repo, fork) == target
