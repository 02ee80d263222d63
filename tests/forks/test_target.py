"""Where a fork is going to work: which branch and worktree, under which name, in every kind of repository."""

import json
from pathlib import Path

import pytest

from forksight.core.plans.plan import Action
from forksight.core.problems import GitError, UsageError
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.sessions_repo import SessionsRepo
from tests.forks.test_fork import NEW, actions, steps_of


def test_a_start_point_can_be_named(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    first = sessions_repo.repo.git("rev-parse", "HEAD")
    sessions_repo.repo.commit({"b.py": "b\n"})
    sessions_repo.fork("one", start_point="HEAD~1")
    assert sessions_repo.repo.git("rev-parse", "one") == first
    sessions_repo.fork("two", worktree={"startPoint": "HEAD~1"})
    assert sessions_repo.repo.git("rev-parse", "two") == first
    with pytest.raises(GitError, match="`nope` is no commit"):
        sessions_repo.fork("three", start_point="nope")
    with pytest.raises(UsageError, match="exists already"):
        sessions_repo.fork("one", start_point="HEAD", again=True)


def test_a_branch_that_only_a_remote_has_is_that_branch(
    sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path
) -> None:
    other = Checkout(tmp_path / "origin")
    sessions_repo.repo.git("clone", "-q", str(sessions_repo.repo.path), str(other.path))
    other.git("checkout", "-qb", "theirs")
    commit = other.commit({"t.py": "t\n"})
    sessions_repo.repo.git("remote", "add", "origin", str(other.path))
    sessions_repo.repo.git("fetch", "-q", "origin")
    outcome = sessions_repo.fork("theirs")
    assert sessions_repo.repo.git("rev-parse", "theirs") == commit
    assert sessions_repo.repo.git("rev-parse", "--abbrev-ref", "theirs@{upstream}") == "origin/theirs"
    assert any("tracking origin/theirs" in step.detail for step in steps_of(outcome.proposal))


def test_an_existing_branch_gets_a_worktree_of_exactly_that_branch(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    sessions_repo.repo.git("branch", "old")
    outcome = sessions_repo.fork("old")
    assert Action.CREATE_BRANCH not in actions(outcome.proposal)
    assert Checkout(sessions_repo.place("old")).git("branch", "--show-current") == "old"


def test_a_branch_that_is_checked_out_uses_that_worktree(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    side = sessions_repo.repo.worktree("side")
    outcome = sessions_repo.fork("side")
    assert actions(outcome.proposal) == [Action.RECORD_FORK]
    assert outcome.launch.cwd == str(side.path)
    here = sessions_repo.propose(at=side.path, again=True)
    assert here.worktree == str(side.path)
    assert here.branch == "side"


def test_a_worktree_that_is_gone_is_made_at_its_place(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    side = sessions_repo.repo.worktree("side")
    sessions_repo.repo.git("worktree", "list")
    for path in sorted(side.path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    side.path.rmdir()
    outcome = sessions_repo.fork("side")
    assert outcome.launch.cwd == str(side.path)
    assert (side.path / "app.py").exists()


@pytest.mark.parametrize(
    "name",
    [
        "👨\u200d👩\u200d👧/pay",
        "🏴\U000e0067\U000e0062\U000e007f",
        "\u0645\u06cc\u200c\u0645",
        "a\xa0b",
        "❤\ufe0f",
        "\ue0a0",
    ],
)
def test_what_git_takes_for_a_branch_is_one(sessions_repo: SessionsRepo, baseline_id: str, name: str) -> None:
    launch = json.loads(sessions_repo.cli("fork", name, "--print", "--json").stdout)["launch"]
    made = Checkout(Path(launch["cwd"]))
    assert made.git("branch", "--show-current") == name
    assert made.path.parent == sessions_repo.place("x").parent
    assert launch["title"] == name
    output = sessions_repo.cli("fork", name)
    assert output.returncode == 1
    assert f"or fork again (`forksight fork '{name}' --again`)" in output.stderr


@pytest.mark.parametrize("name", ["pay\u202egnp", "a\u2066b", "a\u2028b", "a\x85b", "a\U000e0072b"])
def test_a_branch_that_would_deceive_on_a_terminal(sessions_repo: SessionsRepo, baseline_id: str, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a branch") as refused:
        sessions_repo.propose(name)
    assert name not in refused.value.sentence
    assert "characters that a terminal can't show" in refused.value.sentence


@pytest.mark.parametrize("name", ["a..b", "-x", "a b", "x.lock"])
def test_what_cannot_be_a_branch(sessions_repo: SessionsRepo, baseline_id: str, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a branch"):
        sessions_repo.propose(name)


def test_a_branch_that_git_cannot_have_beside_another(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.git("branch", "feature/pay")
    for name in ("feature", "feature/pay/deep/er"):
        with pytest.raises(UsageError, match=f"can't be a branch {name} beside feature/pay") as raised:
            sessions_repo.propose(name)
        assert raised.value.sentence.endswith("choose another name")
    assert sessions_repo.propose("feature/other").plan is not None


@pytest.mark.parametrize(("name", "advice"), [("@", "HEAD"), ("refs/heads/pay", "say `pay`"), ("refs/x", "git branch")])
def test_a_new_branch_is_not_called_like_something_else(
    sessions_repo: SessionsRepo, baseline_id: str, name: str, advice: str
) -> None:
    with pytest.raises(UsageError) as refused:
        sessions_repo.propose(name)
    assert advice in refused.value.sentence
    sessions_repo.repo.git("update-ref", f"refs/heads/{name}", "HEAD")
    assert sessions_repo.propose(name).branch == name  # one that there is can be forked for all the same


def test_a_detached_head_needs_a_branch(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.git("checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="on no branch"):
        sessions_repo.propose()
    assert sessions_repo.propose("x").branch == "x"


def test_a_repository_without_a_commit(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    empty = Checkout(tmp_path / "empty")
    sessions_repo.repo.git("init", "-q", "-b", "main", str(empty.path))
    other = SessionsRepo(empty, sessions_repo.config, sessions_repo.env)
    other.mark(other.session())
    with pytest.raises(GitError, match="no commit yet"):
        other.propose("x")


def test_something_in_the_way(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    write(sessions_repo.repo, ".claude/worktrees/x/mine.txt", "mine")
    before = trace(sessions_repo.repo)
    with pytest.raises(UsageError, match="is in the way"):
        sessions_repo.fork("x")
    assert trace(sessions_repo.repo) == before


def test_a_file_where_the_folder_of_worktrees_must_be(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    (sessions_repo.repo.path / ".claude").write_text("mine\n")
    before = trace(sessions_repo.repo)
    with pytest.raises(UsageError, match=r"\.claude is not a folder, but worktrees are made there"):
        sessions_repo.fork("x")
    assert trace(sessions_repo.repo) == before


def test_two_branches_that_look_alike_get_two_folders(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.fork("a/b")
    assert sessions_repo.fork("a-b").launch.cwd == str(sessions_repo.place("a-b-2"))


def test_another_folder_for_worktrees(sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path) -> None:
    assert sessions_repo.fork("x", worktree={"directory": str(tmp_path / "trees")}).launch.cwd == str(
        tmp_path / "trees" / "x"
    )
    assert sessions_repo.fork("y", worktree={"directory": "../beside"}).launch.cwd == str(
        sessions_repo.repo.path.parent / "beside" / "y"
    )
    inside = sessions_repo.fork("z", worktree={"directory": "trees [x]"})
    assert sessions_repo.repo.git("status", "--porcelain") == ""
    assert actions(inside.proposal) == NEW


def staged_in(sessions_repo: SessionsRepo, repo: Checkout) -> SessionsRepo:
    """A sessions_repo like this one in another repository, with a baseline."""
    other = SessionsRepo(repo, sessions_repo.config, sessions_repo.env)
    other.mark(other.session())
    return other


def test_forks_of_a_submodule_lie_in_its_checkout(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    repo = sessions_repo.repo
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "library"))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    inner = staged_in(sessions_repo, Checkout(repo.path / "lib"))
    outcome = inner.fork("topic")
    assert outcome.proposal.worktree == f"{repo.path}/lib/.claude/worktrees/topic"
    assert Path(outcome.proposal.worktree, "app.py").exists()
    assert not inner.repo.git("status", "--porcelain"), "the folder of worktrees is ignored"


def test_a_branch_on_several_remotes_is_asked_about(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    """git refuses to guess as well; nothing says which of them is meant."""
    repo = sessions_repo.repo
    for remote in ("origin", "upstream"):
        repo.git("remote", "add", remote, "nowhere")
        repo.git("update-ref", f"refs/remotes/{remote}/feature/x", repo.commit({"f": remote}))
    proposal = sessions_repo.propose("feature/x", again=True)
    assert proposal.plan is None
    assert proposal.question is not None
    assert [choice.arguments["start_point"] for choice in proposal.question.choices] == [
        "origin/feature/x",
        "upstream/feature/x",
    ]
    assert "--start-point origin/feature/x" in proposal.question.hint
    assert [warning.code for warning in proposal.warnings] == ["several-remotes"]
    outcome = sessions_repo.fork("feature/x", start_point="upstream/feature/x")
    assert repo.git("rev-parse", "feature/x") == repo.git("rev-parse", "upstream/feature/x")
    assert repo.git("config", "branch.feature/x.remote") == "upstream", "it tracks what it starts from"
    assert not outcome.proposal.warnings
    repo.git("config", "checkout.defaultRemote", "origin")
    repo.git("update-ref", "refs/remotes/origin/y", "HEAD~")
    repo.git("update-ref", "refs/remotes/upstream/y", "HEAD")
    sessions_repo.fork("y")
    assert repo.git("rev-parse", "y") == repo.git("rev-parse", "origin/y")


def test_a_branch_under_rebase_elsewhere_makes_no_plan(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    topic = sessions_repo.repo.worktree("topic")
    topic.commit({"app.py": "theirs\n"})
    sessions_repo.repo.commit({"app.py": "ours\n"})
    with pytest.raises(AssertionError):
        topic.git("rebase", "main")
    with pytest.raises(GitError, match="rebase"):
        sessions_repo.propose("topic")


def test_a_fork_whose_post_checkout_hook_fails(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    hook = sessions_repo.repo.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    outcome = sessions_repo.fork("topic")
    assert [problem.code for problem in outcome.problems] == ["hook-failed"]
    assert (sessions_repo.repo.path / ".claude/worktrees/topic/app.py").exists()


def test_forks_are_made_from_around_a_bare_repository(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    root = tmp_path.resolve() / "project"
    sessions_repo.repo.git("clone", "--quiet", "--bare", str(sessions_repo.repo.path), str(root / ".bare"))
    (root / ".git").write_text("gitdir: ./.bare\n")
    Checkout(root).git("worktree", "add", "--quiet", "main")
    outer = staged_in(sessions_repo, Checkout(root))
    assert outer.fork("topic").proposal.worktree == f"{root}/.claude/worktrees/topic"
    assert outer.propose("main").worktree == f"{root}/main"


def test_a_hook_of_claude_code_that_makes_worktrees_is_not_passed_over_silently(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    hook = {"hooks": [{"type": "command", "command": "exit 1"}]}
    sessions_repo.repo.write({".claude/settings.local.json": json.dumps({"hooks": {"WorktreeCreate": [hook]}})})
    proposal = sessions_repo.propose("topic")
    assert [problem.code for problem in proposal.problems] == ["worktree-hook"]
    assert sessions_repo.propose("main", again=True).problems == (), "no worktree is made"
