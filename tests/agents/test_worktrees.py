"""The plugin forksight-worktrees with the real Claude Code: exactly the branch that is named, and nothing lost when it goes."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner

from forksight.app.workbench import Forksight
from forksight.cli.commands.agents.hook import command
from forksight.features.agents.worktrees import remove_worktree
from forksight.features.cleanup.interrupted import finish_interrupted
from forksight.features.cleanup.restore import propose_restore, restore
from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.rigs import ROOT

PLUGIN = str(ROOT / "editors/claude-worktrees")
OTHER = "0f0f0f0f-0000-4000-8000-000000000000"
claude_runs = [pytest.mark.claude, pytest.mark.timeout(600), pytest.mark.usefixtures("patient_program")]


def hook(cwd: Path, event: str, **fields: str) -> tuple[str, str]:
    """What `forksight hook` answers, and what it says on stderr."""
    text = json.dumps({"hook_event_name": event, "session_id": "s", "cwd": str(cwd)} | fields)
    done = CliRunner().invoke(command, input=text, obj=Forksight())
    assert done.exit_code == 0, done.exception
    return done.stdout.strip(), done.stderr


def forksight(cwd: Checkout, *arguments: str) -> str:
    """What a command prints."""
    argv = [sys.executable, "-m", "forksight", *arguments]
    return subprocess.run(argv, cwd=cwd.path, capture_output=True, text=True, check=False).stdout


def worktree_of(repo: Checkout, branch: str) -> Path:
    """Where a branch is checked out."""
    listed = repo.git("worktree", "list", "--porcelain").split("\n\n")
    (path,) = [part.partition("\n")[0] for part in listed if part.strip().endswith(f"refs/heads/{branch}")]
    return Path(path.removeprefix("worktree "))


def branch_of(path: str) -> str:
    """The branch that is checked out there."""
    return Checkout(Path(path)).git("branch", "--show-current")


def test_it_makes_the_worktree_of_exactly_that_branch_once(
    repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gitconfig").write_text('[forksight "worktree"]\n\tsetup = cp .env ready\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    repo.write({".worktreeinclude": ".env\n", ".env": "SECRET\n"})
    repo.write({".git/info/exclude": ".env\n"})
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    assert branch_of(path) == "feature/auth"
    assert (Path(path) / ".env").read_text() == (Path(path) / "ready").read_text() == "SECRET\n"
    assert hook(repo.path, "WorktreeCreate", name="feature/auth")[0] == path


def test_what_can_not_be_made_is_an_error_and_leaves_nothing(repo: Checkout) -> None:
    before = repo.git("for-each-ref") + repo.git("worktree", "list")
    for name, why in (("main", "main checkout"), ("a..b", "can't be the name of a branch")):
        answer, said = hook(repo.path, "WorktreeCreate", name=name)
        assert answer == ""
        assert why in said
    assert repo.git("for-each-ref") + repo.git("worktree", "list") == before


def remove(repo: Checkout, path: str, session: str = "s") -> tuple[str, str]:
    """What is answered when a session asks for a worktree to go."""
    return hook(repo.path, "WorktreeRemove", worktree_path=path, session_id=session)


def at_start(checkout: Checkout, *options: str) -> str:
    """What the person is told when the next session starts."""
    text = json.dumps({"hook_event_name": "SessionStart", "session_id": "t", "cwd": str(checkout.path)})
    argv = [sys.executable, "-m", "forksight", "hook", *options]
    done = subprocess.run(argv, input=text, cwd=checkout.path, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout).get("systemMessage", ""))


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches, data and Claude Code's folder of this test alone."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.mark.usefixtures("own_folders")
def test_removing_archives_what_would_be_lost_and_the_next_session_says_so_once(repo: Checkout) -> None:
    repo.commit({".gitignore": "*.log\n"})
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    worktree = Checkout(Path(path))
    tip = worktree.commit({"pushed-nowhere.py": "x\n"})
    repo.git("config", "status.showUntrackedFiles", "no")
    worktree.write({"app.py": "mine\n", "new.py": "new\n", "out.log": "kept nowhere else\n"})
    assert remove(repo, path)[0] == path
    assert not worktree.path.exists()
    assert repo.git("rev-parse", "feature/auth") == tip, "the branch stays"
    told = at_start(repo, "--removed")
    assert "1 uncommitted file: app.py; 1 untracked file: new.py; 1 ignored file found nowhere else: out.log" in told
    assert "`forksight restore feature/auth` brings it back" in told
    assert at_start(repo) == ""
    forksight(repo, "restore", "feature/auth")
    assert branch_of(path) == "feature/auth"
    assert [(Path(path) / name).read_text() for name in ("app.py", "new.py", "out.log")] == [
        "mine\n",
        "new\n",
        "kept nowhere else\n",
    ]


@pytest.mark.usefixtures("own_folders")
def test_a_worktree_without_work_of_its_own_goes_without_a_word(repo: Checkout) -> None:
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    Checkout(Path(path)).commit({"new.py": "x\n"})
    assert remove(repo, path) == (path, "")
    assert (at_start(repo), forksight(repo, "restore")) == ("", "No fork is archived.\n")


@pytest.mark.usefixtures("own_folders")
def test_commits_on_no_branch_are_archived_too(repo: Checkout) -> None:
    loose = repo.worktree("loose")
    loose.git("checkout", "--quiet", "--detach")
    tip = loose.commit({"lost.py": "x\n"})
    assert remove(repo, str(loose.path))[0] == str(loose.path)
    back = at_start(repo).partition("`")[2].partition("`")[0].split()
    assert back[:2] == ["forksight", "restore"]
    forksight(repo, *back[1:])
    assert loose.git("rev-parse", "HEAD") == tip


@pytest.mark.usefixtures("own_folders")
def test_what_no_archive_can_hold_or_another_session_uses_stays_and_is_named(repo: Checkout, tmp_path: Path) -> None:
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    worktree = Checkout(Path(path))
    worktree.write({"new.py": "x\n"})
    worktree.git("bisect", "start")
    assert remove(repo, path) == ("", f"forksight: {path} is in the middle of a bisection: finish or abort it first\n")
    worktree.git("bisect", "reset")
    (tmp_path / "claude_config_dir").mkdir(exist_ok=True)
    sessions_repo = SessionsRepo(repo, tmp_path / "claude_config_dir")
    sessions_repo.run_in(OTHER, path)
    assert f"works in {path}" in remove(repo, path)[1]
    assert remove(repo, path, session=OTHER)[0] == path, "its own session may ask"
    assert remove(repo, str(repo.path))[0] == ""
    assert repo.path.exists()


class DiesAt:
    """Progress of a process that is killed as a step begins; steps are counted from 1."""

    def __init__(self, number: int) -> None:
        self.left = number

    def step(self, detail: str) -> None:
        self.left -= 1
        if not self.left:
            os._exit(9)

    def output(self, line: str) -> None:
        pass

    def stopped(self) -> bool:
        return False


@pytest.mark.usefixtures("own_folders")
def test_killed_at_any_step_the_next_clean_up_finishes_or_takes_back(repo: Checkout) -> None:
    branches = [f"feature/{number}" for number in range(1, 7)]
    paths = [Path(hook(repo.path, "WorktreeCreate", name=branch)[0]) for branch in branches]
    for path in paths:
        Checkout(path).write({"new.py": "new\n"})
    statuses = []
    for number, path in enumerate(paths, 1):
        child = os.fork()
        if not child:
            try:
                remove_worktree(Forksight().open(str(repo.path)), str(path), "s", DiesAt(number))
            finally:
                os._exit(0)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert statuses == [9, 9, 9, 9, 9, 0], "there are five steps"
    assert finish_interrupted(Forksight().open(str(repo.path)), DiesAt(0)) == ()
    context = Forksight().open(str(repo.path))
    archived = {str(archive.node.branch) for archive in context.ledger.view()[0].archives}
    assert archived == {"feature/5", "feature/6"}, "only what was recorded goes"
    assert [path.exists() for path in paths] == [True, True, True, True, False, False]
    for branch in sorted(archived):
        restore(context, propose_restore(context, branch), DiesAt(0))
    assert [(path / "new.py").read_text() for path in paths] == ["new\n"] * 6


def test_a_subagents_worktree_vanishes_when_it_is_unchanged(repo: Checkout) -> None:
    unchanged, _ = hook(repo.path, "WorktreeCreate", name="agent-a1b2c3")
    changed, _ = hook(repo.path, "WorktreeCreate", name="agent-a4d5e6")
    committed, _ = hook(repo.path, "WorktreeCreate", name="agent-a7f8a9")
    assert branch_of(unchanged) == "worktree-agent-a1b2c3"
    Checkout(Path(changed)).write({"new.py": "x\n"})
    Checkout(Path(committed)).commit({"new.py": "x\n"})
    for path in (unchanged, changed, committed):
        hook(Path(path), "SubagentStop")
    assert [Path(path).exists() for path in (unchanged, changed, committed)] == [False, True, True]
    assert repo.git("branch", "--list", "worktree-agent-a1b2c3") == ""
    mine, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    hook(Path(mine), "SubagentStop")
    assert Path(mine).exists(), "it is no subagent's"


class TestRealClaude:
    """What the real Claude Code makes of it."""

    pytestmark = claude_runs

    def test_worktree_checks_out_the_branch_resumed_and_forked_too(self, claude: Claude, repo: Checkout) -> None:
        repo.write({".worktreeinclude": ".env\n", ".env": "SECRET\n", "deps/one": "1\n"})
        repo.write({".claude/settings.json": '{"worktree": {"symlinkDirectories": ["deps"]}}'})
        repo.write({".git/info/exclude": ".env\ndeps/\n"})
        baseline = claude.start(repo.path, f"READ {repo.path}/app.py")
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        prompt = "BASH git branch --show-current > where.txt; cat .env deps/one >> where.txt"
        for resumed in (
            ("--worktree", "feature/new"),
            ("--resume", baseline, "--fork-session", "--worktree", "feature/auth"),
            ("--resume", baseline, "--worktree", "feature/pay"),
        ):
            claude.run(repo.path, *options, *resumed, "--", prompt)
            path = worktree_of(repo, resumed[-1])
            assert (path / "where.txt").read_text() == f"{resumed[-1]}\nSECRET\n1\n"
            assert (path / "deps").is_symlink()

    def test_a_subagent_in_a_worktree_of_its_own_leaves_what_it_changed_and_nothing_else(
        self,
        claude: Claude,
        repo: Checkout,
    ) -> None:
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        claude.run(repo.path, *options, "--", "APART BASH git branch --show-current")
        assert repo.git("worktree", "list").count("\n") == 0
        assert repo.git("branch", "--list", "worktree-agent-*") == ""
        claude.run(repo.path, *options, "--", "APART BASH echo x > new.txt")
        assert (repo.git("worktree", "list").count("\n"), "agent-" in repo.git("worktree", "list")) == (1, True)

    def test_a_failure_is_told(self, claude: Claude, repo: Checkout) -> None:
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        done = claude.run(repo.path, *options, "--worktree", "main", "--", "hello", ok=False)
        assert done.returncode != 0
        assert "main is checked out in the main checkout" in done.stdout + done.stderr

    def test_what_only_a_removed_worktree_had_is_archived_and_told_once(
        self,
        claude: Claude,
        repo: Checkout,
        patient_plugins: Path,
    ) -> None:
        claude.trust(repo.path)
        place, session = repo.path / ".claude/worktrees/feature-auth", str(uuid.uuid4())
        plugins = [word for plugin in patient_plugins.iterdir() for word in ("--plugin-dir", str(plugin))]
        begin = ("--session-id", session, "--worktree", "feature/auth")
        with claude.interactive(repo.path, *plugins, *begin) as terminal:
            terminal.tmux("set-option", "-g", "remain-on-exit", "on")
            terminal.ask("BASH echo mine > new.py")
            terminal.type("/exit")
            terminal.wait("Remove worktree")
            terminal.press("Down", "Enter")
            terminal.wait("Worktree removed")
        assert not place.exists()
        listing = ("--output-format=stream-json", "--verbose", "--include-hook-events")
        started = claude.run(repo.path, "-p", *plugins, *listing, "--resume", session, "--", "hello").stdout
        assert len([line for line in started.splitlines() if "brings it back" in line]) == 1, (
            "both plugins, one message"
        )
        assert "1 untracked file: new.py" in started
        argv = [sys.executable, "-m", "forksight", "restore", "feature/auth"]
        subprocess.run(argv, cwd=repo.path, env=claude.env, check=True, capture_output=True)
        assert (place / "new.py").read_text() == "mine\n"
