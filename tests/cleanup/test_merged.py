"""When a branch counts as merged: only if a branch that is a target has its commits, or all that they changed."""

from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Why
from tests.cleanup.yard import Forked, Yard


@pytest.fixture
def origin(yard: Yard, tmp_path: Path) -> Path:
    """A remote, with main pushed and its HEAD known."""
    path = tmp_path / "origin.git"
    yard.repo.git("init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    yard.repo.git("remote", "add", "origin", str(path))
    yard.repo.git("push", "--quiet", "--set-upstream", "origin", "main")
    yard.repo.git("remote", "set-head", "origin", "main")
    return path


def merged_into(yard: Yard, fork: Forked) -> str | None:
    """The target of a fork that is proposed as merged."""
    for entry in yard.plan().entries:
        if entry.session == fork.id and entry.facts.branch and Why.MERGED in {reason.why for reason in entry.reasons}:
            return entry.facts.branch.target
    return None


@pytest.mark.parametrize("name", ["review/pay", "pay"])
def test_what_is_pushed_for_review_is_not_merged(yard: Yard, origin: Path, name: str) -> None:
    assert origin.exists()
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "--set-upstream", "origin", f"HEAD:{name}")
    assert yard.plan().entries == ()
    yard.clean()
    assert fork.checkout.path.exists()


def test_what_it_was_made_from_is_a_target(yard: Yard, origin: Path) -> None:
    assert origin.exists()
    yard.repo.git("branch", "develop")
    yard.repo.git("push", "--quiet", "origin", "develop")
    here, there = yard.repo.path.parent / "here", yard.repo.path.parent / "there"
    yard.repo.git("worktree", "add", "--quiet", "-b", "here", str(here), "develop")
    yard.repo.git("worktree", "add", "--quiet", "-b", "there", str(there), "origin/develop")
    forks = [yard.adopted("here", here), yard.adopted("there", there)]
    for fork in forks:
        fork.checkout.commit({fork.branch: "x\n"})
    assert [merged_into(yard, fork) for fork in forks] == [None, None]
    yard.repo.git("branch", "--force", "develop", "here")
    forks[1].checkout.git("push", "--quiet", "origin", "there:develop")
    assert [merged_into(yard, fork) for fork in forks] == ["develop", "origin/develop"]


def test_what_forksight_made_it_from_is_a_target(yard: Yard) -> None:
    yard.stage.mark(yard.parent)
    yard.repo.git("checkout", "--quiet", "-b", "develop")
    made = yard.stage.fork("pay").proposal.fork
    assert made is not None
    assert made.session is not None
    yard.stage.fork_of(yard.parent, made.session, made.worktree, "pay")
    fork = Forked(made.session, yard.at(Path(made.worktree)), "pay")
    fork.checkout.commit({"p": "p\n"})
    yard.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    yard.repo.git("checkout", "--quiet", "main")
    assert merged_into(yard, fork) == "develop"


def test_what_its_settings_name_is_a_target(yard: Yard) -> None:
    yard.repo.git("branch", "next")
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    yard.repo.git("branch", "--force", "next", "pay")
    assert merged_into(yard, fork) is None
    yard.repo.git("config", "branch.pay.gh-merge-base", "next")
    assert merged_into(yard, fork) == "next"


def test_moving_along_with_the_target_is_no_work(yard: Yard) -> None:
    fork = yard.fork("pay", age=0)
    yard.repo.commit({"m": "m\n"}, "main goes on")
    fork.checkout.git("merge", "--quiet", "--ff-only", "main")
    assert yard.plan().entries == ()


def test_work_that_was_taken_back_is_not_merged(yard: Yard) -> None:
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"idea": "half\n"}, "an idea")
    fork.checkout.git("revert", "--no-edit", "HEAD")
    assert yard.plan().entries == ()
    assert yard.entry(fork).lost.commits


def test_what_git_can_not_compare_is_not_merged(yard: Yard) -> None:
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"deep/big": "b\n"})
    yard.repo.commit({"deep/other": "o\n"})
    folder = yard.repo.git("rev-parse", "pay:deep")
    (yard.repo.path / ".git" / "objects" / folder[:2] / folder[2:]).unlink()
    branch = yard.entry(fork).facts.branch
    assert branch is not None
    assert branch.merged is None


@pytest.mark.parametrize("remote", ["origin", "company"])
@pytest.mark.parametrize("tracks", [True, False])
def test_a_squash_at_a_remote_whose_head_nobody_set(yard: Yard, tmp_path: Path, remote: str, tracks: bool) -> None:
    """Only `git clone` sets a remote's HEAD; the default branch there is known by its name, whatever the remote is called."""
    path = tmp_path / "remote.git"
    yard.repo.git("init", "--quiet", "--bare", str(path))
    yard.repo.git("remote", "add", remote, str(path))
    yard.repo.git("push", "--quiet", *(["--set-upstream"] if tracks else []), remote, "main")
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.commit({"p": "q\n"})
    assert merged_into(yard, fork) is None
    squashed = yard.repo.git("commit-tree", "-p", "main", "-m", "squash", fork.checkout.git("rev-parse", "HEAD^{tree}"))
    yard.repo.git("push", "--quiet", remote, f"{squashed}:refs/heads/main")
    assert merged_into(yard, fork) == f"{remote}/main"


@pytest.mark.parametrize(("setting", "target"), [(None, None), ("canonical", "canonical/main")])
def test_of_several_remotes_the_preferred_one_counts(
    yard: Yard, tmp_path: Path, setting: str | None, target: str | None
) -> None:
    """A branch that somebody proposes may be pushed to the main branch of a remote of their own."""
    for name in ("mine", "canonical"):
        yard.repo.git("init", "--quiet", "--bare", str(tmp_path / name))
        yard.repo.git("remote", "add", name, str(tmp_path / name))
        yard.repo.git("push", "--quiet", name, "main")
    if setting:
        yard.repo.git("config", "checkout.defaultRemote", setting)
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "mine", "pay:main")
    assert merged_into(yard, fork) is None
    fork.checkout.git("push", "--quiet", "canonical", "pay:main")
    assert merged_into(yard, fork) == target
