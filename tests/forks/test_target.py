"""Where a fork is going to work, in repositories that are not one folder with its `.git` in it."""

import json
from pathlib import Path

import pytest

from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.forks.stage import Stage


def staged_in(stage: Stage, repo: Checkout) -> Stage:
    """The same for another repository, with a baseline."""
    other = Stage(repo, stage.config, stage.env)
    other.mark(other.session())
    return other


def test_forks_of_a_submodule_lie_in_its_checkout(stage: Stage, tmp_path: Path) -> None:
    repo = stage.repo
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "library"))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    inner = staged_in(stage, Checkout(repo.path / "lib"))
    outcome = inner.fork("topic")
    assert outcome.proposal.worktree == f"{repo.path}/lib/.claude/worktrees/topic"
    assert Path(outcome.proposal.worktree, "app.py").exists()
    assert not inner.repo.git("status", "--porcelain"), "the folder of worktrees is ignored"


def test_a_branch_on_several_remotes_is_asked_about(stage: Stage, warm: str) -> None:
    """git refuses to guess as well; nothing says which of them is meant."""
    repo = stage.repo
    for remote in ("origin", "upstream"):
        repo.git("remote", "add", remote, "nowhere")
        repo.git("update-ref", f"refs/remotes/{remote}/feature/x", repo.commit({"f": remote}))
    proposal = stage.propose("feature/x", again=True)
    assert proposal.plan is None
    assert proposal.question is not None
    assert [choice.arguments["start_point"] for choice in proposal.question.choices] == [
        "origin/feature/x",
        "upstream/feature/x",
    ]
    assert "--start-point origin/feature/x" in proposal.question.hint
    assert [warning.code for warning in proposal.warnings] == ["several-remotes"]
    outcome = stage.fork("feature/x", start_point="upstream/feature/x")
    assert repo.git("rev-parse", "feature/x") == repo.git("rev-parse", "upstream/feature/x")
    assert repo.git("config", "branch.feature/x.remote") == "upstream", "it tracks what it starts from"
    assert not outcome.proposal.warnings
    repo.git("config", "checkout.defaultRemote", "origin")
    repo.git("update-ref", "refs/remotes/origin/y", "HEAD~")
    repo.git("update-ref", "refs/remotes/upstream/y", "HEAD")
    stage.fork("y")
    assert repo.git("rev-parse", "y") == repo.git("rev-parse", "origin/y")


def test_a_branch_under_rebase_elsewhere_makes_no_plan(stage: Stage, warm: str) -> None:
    topic = stage.repo.worktree("topic")
    topic.commit({"app.py": "theirs\n"})
    stage.repo.commit({"app.py": "ours\n"})
    with pytest.raises(AssertionError):
        topic.git("rebase", "main")
    with pytest.raises(GitError, match="rebase"):
        stage.propose("topic")


def test_a_fork_whose_post_checkout_hook_fails(stage: Stage, warm: str) -> None:
    hook = stage.repo.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    outcome = stage.fork("topic")
    assert [problem.code for problem in outcome.problems] == ["hook-failed"]
    assert (stage.repo.path / ".claude/worktrees/topic/app.py").exists()


def test_forks_are_made_from_around_a_bare_repository(stage: Stage, tmp_path: Path) -> None:
    root = tmp_path.resolve() / "project"
    stage.repo.git("clone", "--quiet", "--bare", str(stage.repo.path), str(root / ".bare"))
    (root / ".git").write_text("gitdir: ./.bare\n")
    Checkout(root).git("worktree", "add", "--quiet", "main")
    outer = staged_in(stage, Checkout(root))
    assert outer.fork("topic").proposal.worktree == f"{root}/.claude/worktrees/topic"
    assert outer.propose("main").worktree == f"{root}/main"


def test_a_hook_of_claude_code_that_makes_worktrees_is_not_passed_over_silently(stage: Stage, warm: str) -> None:
    hook = {"hooks": [{"type": "command", "command": "exit 1"}]}
    stage.repo.write({".claude/settings.local.json": json.dumps({"hooks": {"WorktreeCreate": [hook]}})})
    proposal = stage.propose("topic")
    assert [problem.code for problem in proposal.problems] == ["worktree-hook"]
    assert stage.propose("main", again=True).problems == (), "no worktree is made"
