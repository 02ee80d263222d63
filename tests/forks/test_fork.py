"""Fork session for this branch: which worktree, which branch, which warnings, and what the plan says."""

import json
import shlex
import uuid
from pathlib import Path

import pytest

from forksight.core.forks.proposal import Proposal
from forksight.core.plans.plan import Action
from forksight.core.problems import ForksightError, GitError, UsageError
from forksight.core.store.ledger import ForkState, Mode
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.stage import DAY, Quiet, Stage

NEW = [Action.IGNORE_WORKTREES, Action.CREATE_BRANCH, Action.CREATE_WORKTREE, Action.RECORD_FORK]


def actions(proposal: Proposal) -> list[Action]:
    assert proposal.plan is not None
    return [step.action for step in proposal.plan.steps]


def codes(proposal: Proposal) -> list[str]:
    return [warning.code for warning in proposal.warnings]


def place(stage: Stage, name: str) -> Path:
    return stage.repo.path / ".claude" / "worktrees" / name


def test_a_new_branch_starts_at_this_worktrees_head(stage: Stage, warm: str) -> None:
    outcome = stage.fork("feature/pay")
    made = Checkout(place(stage, "feature-pay"))
    assert made.git("branch", "--show-current") == "feature/pay"
    assert made.git("rev-parse", "HEAD") == stage.repo.git("rev-parse", "main")
    assert stage.repo.git("status", "--porcelain") == ""
    proposal, start = outcome.proposal, outcome.launch
    assert actions(proposal) == NEW
    assert start.cwd == str(made.path)
    assert start.title == "feature/pay"
    assert uuid.UUID(start.session)
    assert list(start.argv[1:]) == [
        *("--resume", warm, "--fork-session", "--session-id", start.session, "--name", "feature/pay")
    ]
    assert start.env["CLAUDECODE"] is None
    assert start.env["CLAUDE_CODE_SESSION_ID"] is None
    assert start.env["CLAUDE_CONFIG_DIR"] == str(stage.config)
    (fork,) = stage.context().ledger.view()[0].forks
    assert (fork.id, fork.parent, fork.baseline, fork.generation) == (start.session, warm, "payments", 1)
    assert (fork.branch, fork.worktree, fork.state) == ("feature/pay", str(made.path), ForkState.PENDING)


def test_from_a_linked_worktree_it_starts_at_that_ones_head(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    commit = side.commit({"side.py": "x\n"})
    stage.fork("deeper", at=side.path)
    assert stage.repo.git("rev-parse", "deeper") == commit
    assert place(stage, "deeper").is_dir()  # beside the others, not inside the worktree that we are in


def test_a_start_point_can_be_named(stage: Stage, warm: str) -> None:
    first = stage.repo.git("rev-parse", "HEAD")
    stage.repo.commit({"b.py": "b\n"})
    stage.fork("one", start_point="HEAD~1")
    assert stage.repo.git("rev-parse", "one") == first
    stage.fork("two", worktree={"startPoint": "HEAD~1"})
    assert stage.repo.git("rev-parse", "two") == first
    with pytest.raises(GitError, match="`nope` is no commit"):
        stage.fork("three", start_point="nope")
    with pytest.raises(UsageError, match="exists already"):
        stage.fork("one", start_point="HEAD", again=True)


def test_a_branch_that_only_a_remote_has_is_that_branch(stage: Stage, warm: str, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "origin")
    stage.repo.git("clone", "-q", str(stage.repo.path), str(other.path))
    other.git("checkout", "-qb", "theirs")
    commit = other.commit({"t.py": "t\n"})
    stage.repo.git("remote", "add", "origin", str(other.path))
    stage.repo.git("fetch", "-q", "origin")
    outcome = stage.fork("theirs")
    assert stage.repo.git("rev-parse", "theirs") == commit
    assert stage.repo.git("rev-parse", "--abbrev-ref", "theirs@{upstream}") == "origin/theirs"
    assert any("tracking origin/theirs" in step.detail for step in outcome.proposal.plan.steps)


def test_an_existing_branch_gets_a_worktree_of_exactly_that_branch(stage: Stage, warm: str) -> None:
    stage.repo.git("branch", "old")
    outcome = stage.fork("old")
    assert Action.CREATE_BRANCH not in actions(outcome.proposal)
    assert Checkout(place(stage, "old")).git("branch", "--show-current") == "old"


def test_a_branch_that_is_checked_out_uses_that_worktree(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    outcome = stage.fork("side")
    assert actions(outcome.proposal) == [Action.RECORD_FORK]
    assert outcome.launch.cwd == str(side.path)
    here = stage.propose(at=side.path, again=True)
    assert here.worktree == str(side.path)
    assert here.branch == "side"


def test_a_worktree_that_is_gone_is_made_at_its_place(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    stage.repo.git("worktree", "list")
    for path in sorted(side.path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    side.path.rmdir()
    outcome = stage.fork("side")
    assert outcome.launch.cwd == str(side.path)
    assert (side.path / "app.py").exists()


def test_the_main_checkouts_own_branch_is_forked_in_place(stage: Stage, warm: str) -> None:
    outcome = stage.fork()
    assert actions(outcome.proposal) == [Action.RECORD_FORK]
    assert outcome.launch.cwd == str(stage.repo.path)
    (warning,) = outcome.proposal.warnings
    assert warning.code == "fork-in-place"
    assert warning.message.startswith(f"The fork works in the main checkout, {stage.repo.path}, and edits its files")
    assert warning.message.endswith("On a new branch it would: `forksight fork main-fork --print`.")


def test_a_fork_where_the_person_works_says_so(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    assert codes(stage.propose("side")) == []
    assert codes(stage.propose(at=side.path)) == ["fork-in-place"]
    assert codes(stage.propose("new", at=side.path)) == []


def test_but_not_where_a_session_works(stage: Stage, warm: str) -> None:
    stage.run_in(warm, str(stage.repo.path))
    before = trace(stage.repo)
    proposal = stage.propose()
    assert proposal.plan is None
    assert proposal.launch is None
    assert codes(proposal) == ["shared-worktree"]
    assert "“payments”" in proposal.warnings[0].message
    ways = "Fork to a new branch (`forksight fork main-fork --print`), or here all the same (`forksight fork main --again --print`)."
    assert proposal.warnings[0].message.endswith(ways)
    assert proposal.question is not None
    fresh, here = proposal.question.choices
    assert fresh.arguments == {"branch": "main-fork", "mode": "print"}
    assert here.arguments["again"] is True
    assert proposal.question.hint == "forksight fork main-fork --print"
    assert trace(stage.repo) == before
    assert stage.propose(again=True).launch is not None
    (company,) = stage.propose(again=True).warnings
    assert company.code == "shared-worktree"
    assert "new branch" not in company.message
    assert stage.propose("elsewhere").warnings == ()  # nobody is disturbed there


def test_a_session_in_a_nested_worktree_is_not_in_the_main_checkout(stage: Stage, warm: str) -> None:
    stage.fork("x")
    stage.run_in("anybody", str(place(stage, "x") / "deep"))
    assert codes(stage.propose()) == ["fork-in-place"]
    assert codes(stage.propose("x")) == ["fork-exists", "shared-worktree"]


def test_a_second_fork_of_a_branch_is_asked_about(stage: Stage, warm: str) -> None:
    first = stage.fork("x").launch.session
    proposal = stage.propose("x")
    assert codes(proposal) == ["fork-exists"]
    assert proposal.worktree == str(place(stage, "x"))
    assert proposal.question is not None
    resume, again = proposal.question.choices
    assert (resume.command, resume.arguments) == ("resume", {"session": first})
    assert (again.command, again.arguments["again"]) == ("fork", True)
    outcome = stage.fork("x", again=True)
    assert outcome.launch.session != first
    assert outcome.launch.title == "x 2"
    assert outcome.launch.cwd == str(place(stage, "x"))


def test_a_fork_that_runs_in_the_background_is_attached_to(stage: Stage, warm: str) -> None:
    fork = stage.fork("x").launch
    stage.fork_of(warm, fork.session, fork.cwd, "x")
    stage.run_in(fork.session, fork.cwd, kind="bg")
    warning = stage.propose("x").warnings[0]
    assert warning.code == "fork-exists"
    assert f"Attach to it (`claude attach {fork.session[:8]}`), or fork again" in warning.message
    assert "Resume it" not in warning.message


def test_the_commands_that_answer_a_question_leave_nothing_out(stage: Stage, warm: str) -> None:
    first = stage.fork("x").launch.session
    asked = {"baseline": "payments", "title": "pay's", "prompt": "-do it", "mode": Mode.BACKGROUND}
    proposal = stage.propose("x", **asked)
    assert proposal.question is not None
    assert proposal.question.hint == f"forksight resume {first}"
    again = """forksight fork x --baseline payments --name 'pay'"'"'s' --prompt '-do it' --again --background"""
    assert f"(`{again}`)" in proposal.warnings[0].message
    assert stage.propose("x").question.hint == f"forksight resume {first} --print"


def test_a_fork_of_a_branch_that_was_deleted_is_no_reason_to_ask(stage: Stage, warm: str) -> None:
    stage.fork("x")
    stage.repo.git("worktree", "remove", str(place(stage, "x")))
    stage.repo.git("branch", "-D", "x")
    assert codes(stage.propose("x")) == []


def test_which_baseline(stage: Stage) -> None:
    with pytest.raises(UsageError, match="has no baseline yet"):
        stage.propose("x")
    first, second = stage.session("payments"), stage.session("search")
    stage.mark(first, "payments")
    stage.mark(second, "search")
    with pytest.raises(UsageError, match="several baselines"):
        stage.propose("x")
    with pytest.raises(UsageError, match="no baseline `nope`"):
        stage.propose("x", baseline="nope")
    assert stage.propose("x", baseline="search").baseline.session == second


@pytest.mark.parametrize("argument", ["branch", "baseline", "title", "start_point", "prompt"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_argument_is_an_error(stage: Stage, warm: str, argument: str, empty: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        stage.propose(**{"branch": "x", argument: empty})


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
def test_what_git_takes_for_a_branch_is_one(stage: Stage, warm: str, name: str) -> None:
    launch = json.loads(stage.cli("fork", name, "--print", "--json").stdout)["launch"]
    made = Checkout(Path(launch["cwd"]))
    assert made.git("branch", "--show-current") == name
    assert made.path.parent == place(stage, "x").parent
    assert launch["title"] == name
    output = stage.cli("fork", name)
    assert output.returncode == 1
    assert f"or fork again (`forksight fork '{name}' --again`)" in output.stderr


@pytest.mark.parametrize("name", ["pay\u202egnp", "a\u2066b", "a\u2028b", "a\x85b"])
def test_a_branch_that_would_deceive_on_a_terminal(stage: Stage, warm: str, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a branch") as refused:
        stage.propose(name)
    assert name not in refused.value.sentence
    assert "characters that a terminal can't show" in refused.value.sentence


@pytest.mark.parametrize("name", ["a..b", "-x", "a b", "x.lock"])
def test_what_cannot_be_a_branch(stage: Stage, warm: str, name: str) -> None:
    with pytest.raises(UsageError, match="can't be the name of a branch"):
        stage.propose(name)


def test_a_branch_that_git_cannot_have_beside_another(stage: Stage, warm: str) -> None:
    stage.repo.git("branch", "feature/pay")
    for name in ("feature", "feature/pay/deep/er"):
        with pytest.raises(UsageError, match=f"can't be a branch {name} beside feature/pay") as raised:
            stage.propose(name)
        assert raised.value.sentence.endswith("choose another name")
    assert stage.propose("feature/other").plan is not None


@pytest.mark.parametrize(("name", "advice"), [("@", "HEAD"), ("refs/heads/pay", "say `pay`"), ("refs/x", "git branch")])
def test_a_new_branch_is_not_called_like_something_else(stage: Stage, warm: str, name: str, advice: str) -> None:
    with pytest.raises(UsageError) as refused:
        stage.propose(name)
    assert advice in refused.value.sentence
    stage.repo.git("update-ref", f"refs/heads/{name}", "HEAD")
    assert stage.propose(name).branch == name  # one that there is can be forked for all the same


def test_a_detached_head_needs_a_branch(stage: Stage, warm: str) -> None:
    stage.repo.git("checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="on no branch"):
        stage.propose()
    assert stage.propose("x").branch == "x"


def test_a_repository_without_a_commit(stage: Stage, tmp_path: Path) -> None:
    empty = Checkout(tmp_path / "empty")
    stage.repo.git("init", "-q", "-b", "main", str(empty.path))
    other = Stage(empty, stage.config, stage.env)
    other.mark(other.session())
    with pytest.raises(GitError, match="no commit yet"):
        other.propose("x")


def test_something_in_the_way(stage: Stage, warm: str) -> None:
    write(stage.repo, ".claude/worktrees/x/mine.txt", "mine")
    before = trace(stage.repo)
    with pytest.raises(UsageError, match="is in the way"):
        stage.fork("x")
    assert trace(stage.repo) == before


def test_a_file_where_the_folder_of_worktrees_must_be(stage: Stage, warm: str) -> None:
    (stage.repo.path / ".claude").write_text("mine\n")
    before = trace(stage.repo)
    with pytest.raises(UsageError, match=r"\.claude is no folder, and worktrees go there"):
        stage.fork("x")
    assert trace(stage.repo) == before


def test_two_branches_that_look_alike_get_two_folders(stage: Stage, warm: str) -> None:
    stage.fork("a/b")
    assert stage.fork("a-b").launch.cwd == str(place(stage, "a-b-2"))


def test_another_folder_for_worktrees(stage: Stage, warm: str, tmp_path: Path) -> None:
    assert stage.fork("x", worktree={"directory": str(tmp_path / "trees")}).launch.cwd == str(tmp_path / "trees" / "x")
    assert stage.fork("y", worktree={"directory": "../beside"}).launch.cwd == str(
        stage.repo.path.parent / "beside" / "y"
    )
    inside = stage.fork("z", worktree={"directory": "trees [x]"})
    assert stage.repo.git("status", "--porcelain") == ""
    assert [step.action for step in inside.proposal.plan.steps] == NEW


def test_wanted_files_linked_folders_and_the_set_up(stage: Stage, warm: str) -> None:
    stage.repo.commit({".gitignore": ".env\nnode_modules/\nmade\n", ".worktreeinclude": ".env\n"})
    write(stage.repo, ".env", "SECRET=1\n")
    write(stage.repo, "node_modules/left-pad/index.js", "x")
    write(
        stage.repo,
        ".claude/settings.local.json",
        json.dumps({"worktree": {"symlinkDirectories": ["node_modules", ".."]}}),
    )
    stage.repo.git("update-index", "--refresh")
    progress = Quiet()
    outcome = stage.fork("x", worktree={"setup": "echo hello; pwd > made"}, progress=progress)
    made = Checkout(place(stage, "x"))
    assert (made.path / ".env").read_text() == "SECRET=1\n"
    assert (made.path / "node_modules" / "left-pad" / "index.js").exists()
    assert (made.path / "made").read_text() == f"{made.path}\n"
    assert progress.lines == ["hello"]
    assert made.git("status", "--porcelain") == ""
    assert [problem.code for problem in outcome.proposal.problems] == ["not-linked"]
    assert Action.COPY_FILES in actions(outcome.proposal)
    assert (stage.repo.path / ".git" / "info" / "exclude").read_text().splitlines()[-1] == "/node_modules"
    assert stage.fork("x", again=True, worktree={"setup": "exit 1"})  # an existing worktree is left alone


def test_a_list_of_wanted_files_that_is_none(stage: Stage, warm: str) -> None:
    """Whatever is wrong with it is said, and the fork is made."""
    stage.repo.commit({".gitignore": ".env\ngr*\n.worktreeinclude\n"})
    for name in (".env", "größe"):
        write(stage.repo, name, "x")
    wanted = stage.repo.path / ".worktreeinclude"
    wanted.mkdir()
    (problem,) = stage.fork("folder").proposal.problems
    assert (
        problem.message
        == f"{wanted} can't be read (not a regular file): no ignored files are copied into a new worktree."
    )
    wanted.rmdir()
    wanted.symlink_to("gone")
    (problem,) = stage.fork("link").proposal.problems
    assert "can't be read (No such file or directory)" in problem.message
    wanted.unlink()
    wanted.write_bytes(".env\ngröße\n".encode("latin-1"))
    done = stage.cli("fork", "latin", "--print")
    assert done.returncode == 0
    assert f"note: {wanted} is not UTF-8, so it may not name the files that it should: save it as UTF-8." in done.stderr
    assert (place(stage, "latin") / ".env").exists()
    wanted.write_text(".env\ngröße\n")
    assert stage.fork("fine").proposal.problems == ()
    assert (place(stage, "fine") / "größe").exists()


@pytest.mark.permissions
def test_a_list_of_wanted_files_that_may_not_be_read(stage: Stage, warm: str) -> None:
    write(stage.repo, ".worktreeinclude", ".env\n").chmod(0)
    (problem,) = stage.fork("x").proposal.problems
    assert "can't be read (Permission denied)" in problem.message


def test_a_plan_names_what_is_copied_and_linked_and_nothing_else(stage: Stage, warm: str) -> None:
    stage.repo.commit(
        {".gitignore": ".claude\nnode_modules\ndeep/\n.env*\n", ".worktreeinclude": ".env*\nnode_modules/\n"}
    )
    other = stage.repo.worktree("other")
    other.write({".env.theirs": "their own\n", "vendor/lib": "their own\n"})
    other.git("add", "--force", ".env.theirs", "vendor")
    other.git("commit", "-qm", "what is ignored or not there elsewhere")
    stage.repo.git("worktree", "remove", str(other.path))
    for name in ("node_modules/x", "a[b]/deep/x", "vendor/x", ".env", ".env.theirs"):
        write(stage.repo, name, "x")
    folders = ["node_modules", "a[b]/deep/", "missing", "app.py", "vendor", "a[b]/deep"]
    write(stage.repo, ".claude/settings.local.json", json.dumps({"worktree": {"symlinkDirectories": folders}}))
    exclude = stage.repo.path / ".git" / "info" / "exclude"
    before = trace(stage.repo)
    details = [step.detail for step in stage.propose("other").plan.steps]
    assert [detail for detail in details if detail.startswith(("Copy", "Link"))] == [
        f"Copy .env from {stage.repo.path}",
        f"Link node_modules, a[b]/deep to those in {stage.repo.path}",
    ]
    with pytest.raises(ForksightError, match="exit status 1"):
        stage.fork("other", worktree={"setup": f"cp {exclude} {stage.config}/seen; exit 1"})
    assert (stage.config / "seen").read_text().splitlines()[-1] == r"/a\[b]/deep"
    assert trace(stage.repo) == before  # what was ignored for it is no longer
    made = Checkout(Path(stage.fork("other").launch.cwd))
    assert made.git("status", "--porcelain") == ""
    assert sorted(str(path.relative_to(made.path)) for path in made.path.rglob("*") if path.is_symlink()) == [
        "a[b]/deep",
        "node_modules",
    ]
    assert "/node_modules" not in exclude.read_text()  # that one is ignored as a link too
    with pytest.raises(ForksightError, match="exit status 1"):
        stage.fork("y", worktree={"setup": "exit 1"})
    assert made.git("status", "--porcelain") == ""  # the line that another worktree needs stays


def test_a_dry_run_shows_what_a_run_does(stage: Stage, warm: str) -> None:
    before = trace(stage.repo)
    proposal = stage.propose("x", mode=Mode.TERMINAL)
    assert actions(proposal) == [*NEW, Action.START]
    assert trace(stage.repo) == before
    assert stage.context().ledger.view()[0].forks == ()
    assert not (stage.repo.path / ".git" / "info" / "exclude").read_text().count(".claude")


def test_a_baseline_that_claude_code_deleted_is_put_back(stage: Stage, warm: str) -> None:
    path = stage.transcript(warm)
    kept = path.read_bytes()
    path.unlink()
    outcome = stage.fork("x")
    assert codes(outcome.proposal) == ["transcript-restored"]
    assert actions(outcome.proposal)[0] is Action.RESTORE_TRANSCRIPT
    assert path.read_bytes() == kept
    path.unlink()
    stage.context().vault.drop(warm)
    with pytest.raises(ForksightError, match="there is no copy of it"):
        stage.fork("y")


def test_the_copy_is_renewed_when_the_baseline_grew(stage: Stage, warm: str) -> None:
    with stage.transcript(warm).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payments","sessionId":"x"}\n')
    size = stage.transcript(warm).stat().st_size
    stage.fork("x")
    copy = stage.context().vault.find(warm)
    assert copy is not None
    assert copy.size == size


def test_a_baseline_that_will_be_deleted_soon(stage: Stage) -> None:
    stage.mark(stage.session(age=25 * DAY))
    (warning,) = stage.propose("x").warnings
    assert warning.code == "baseline-expires"
    assert "in 4 days" in warning.message
    write(stage.repo, ".claude/settings.json", '{"cleanupPeriodDays": 365}')
    assert stage.propose("x").warnings == ()


def test_a_baseline_that_is_at_work(stage: Stage, warm: str) -> None:
    stage.run_in(warm, str(stage.repo.path))
    assert codes(stage.propose("x")) == []
    stage.run_in(warm, str(stage.repo.path), status="busy")
    assert codes(stage.propose("x")) == ["baseline-busy"]


def test_without_claude_the_command_can_still_be_shown(
    stage: Stage, warm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORKSIGHT_CLAUDE", "/nowhere/claude")
    before = trace(stage.repo)
    with pytest.raises(ForksightError, match="no claude binary"):
        stage.fork("x", mode=Mode.TERMINAL)
    assert trace(stage.repo) == before
    outcome = stage.fork("x")
    assert codes(outcome.proposal) == ["claude-missing"]


def test_titles(stage: Stage, warm: str) -> None:
    assert stage.propose("x", title="  Pay by card ").launch.title == "Pay by card"
    with pytest.raises(UsageError, match="begins with a dash"):
        stage.propose("x", title="-rf")
    assert stage.propose("payments").launch.title == "payments 2"  # the baseline is called so already


def test_a_printed_command_is_one_line_for_a_shell(stage: Stage, warm: str) -> None:
    stage.repo.git("branch", "it's")
    command = stage.fork("it's", title="it's $(x)").launch.command(())
    assert shlex.split(command)[-1] == "it's $(x)"


def test_a_bare_repository(stage: Stage, warm: str, tmp_path: Path) -> None:
    bare = tmp_path / "project" / ".bare"
    stage.repo.git("clone", "-q", "--bare", str(stage.repo.path), str(bare))
    work = Checkout(tmp_path / "project" / "work")
    Checkout(bare).git("worktree", "add", "-q", str(work.path), "main")
    other = Stage(work, stage.config, stage.env)
    other.mark(other.session(cwd=str(work.path)))
    from_bare = other.fork("x", at=bare)
    assert from_bare.launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "x")
    assert other.fork("y").launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "y")
