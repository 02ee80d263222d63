"""The skills with the real Claude Code: what they show the model, and what they change."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.agents.plugin_rig import PLUGIN, read_by_model
from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.rigs import ROOT

pytestmark = [pytest.mark.claude, pytest.mark.timeout(600), pytest.mark.usefixtures("patient_program")]


def use(claude: Claude, repo: Checkout, session: str, skill: str) -> str:
    """Type a skill into a session; what the model reads of it."""
    before = len(claude.model.requests)
    claude.go_on(repo.path, session, skill, "--plugin-dir", str(PLUGIN))
    return read_by_model(claude.model.requests[before:])


@pytest.fixture
def session(claude: Claude, repo: Checkout) -> str:
    """A session that has read a file, and that nobody gave a title."""
    return claude.start(repo.path, f"explore\nREAD {repo.path}/app.py")


def forksight(claude: Claude, repo: Checkout, *arguments: str) -> str:
    """What a command prints on the person's own command line."""
    argv = [sys.executable, "-m", "forksight", *arguments]
    return subprocess.run(argv, cwd=repo.path, env=claude.env, capture_output=True, text=True, check=False).stdout


def test_save_asks_and_then_marks_this_session_under_the_name(
    claude: Claude,
    repo: Checkout,
    session: str,
    tmp_path: Path,
) -> None:
    assert "forksight: the name is empty" in use(claude, repo, session, "/forksight:save")
    use(claude, repo, session, f'/forksight:save it\'s "q" $(touch {tmp_path}/ran) `touch {tmp_path}/ran`')
    assert not (tmp_path / "ran").exists(), "a name is data, never a command"
    asked = use(claude, repo, session, "/forksight:save project-baseline")
    assert "would be the baseline project-baseline, and Claude Code would call it so too. Nothing was changed" in asked
    marking = ("baseline", "set", session, "--name", "project-baseline")
    command = " ".join(("forksight", *marking, "--rename"))
    assert command in asked
    claude.run(repo.path, "-p", "--resume", session, "--plugin-dir", str(PLUGIN), "--", f"BASH {command}")
    assert results(claude.model.requests[-1])[-1]["content"] == NOT_ALLOWED
    assert "No baseline yet" in forksight(claude, repo, "baseline", "list")
    assert "Type /rename project-baseline in it" in forksight(claude, repo, *marking), "nothing is renamed unasked"
    assert "`claude -p --resume project-baseline` finds it by that name." in use(
        claude, repo, session, f"BASH {command}"
    )
    assert "project-baseline  main  baseline project-baseline 1" in forksight(claude, repo, "tree")


def test_the_articles_commands_work_for_each_branch_while_the_session_goes_on(claude: Claude, repo: Checkout) -> None:
    """In a terminal, where Claude Code looks for a name otherwise than in `-p`."""
    session = str(uuid.uuid4())
    claude.trust(repo.path)
    plugins = ("--plugin-dir", str(PLUGIN), "--plugin-dir", str(ROOT / "editors/claude-worktrees"))
    with claude.interactive(repo.path, *plugins, "--session-id", session) as baseline:
        baseline.ask(f"READ {repo.path}/app.py")
        baseline.ask(f"BASH forksight baseline set {session} --name project-baseline --rename")
        for branch in ("feature/auth", "feature/tax"):
            article = ("--resume", "project-baseline", "--fork-session", "--worktree", branch)
            with claude.interactive(repo.path, *plugins, *article) as fork:
                fork.ask("BASH git branch --show-current > where.txt")
            where = repo.path / ".claude/worktrees" / branch.replace("/", "-") / "where.txt"
            assert where.read_text() == f"{branch}\n"
        baseline.ask("BASH echo on")
        heard = read_by_model(claude.model.requests[-1:])
        assert f"READ {repo.path}/app.py" in heard, "renamed while it went on, it knows all that it knew"
        assert "`claude --resume project-baseline` finds it by that name." in heard
    tree = forksight(claude, repo, "tree")
    assert "project-baseline  main  baseline project-baseline 1" in tree
    assert "3 sessions · 2 forks" in tree


NOT_ALLOWED = "This command requires approval"
# Each: the skill as it is typed, what it shows, what may be run unasked in it, what may not.
ASKS = (
    (
        "/forksight:fork feature/cart",
        "mark a session as one",
        "fork --dry-run feature/cart",
        "fork --print feature/cart",
    ),
    ("/forksight:refresh shop", "No baseline yet", "baseline list", "baseline refresh --yes"),
    ("/forksight:findings SESSION", "its context of", "findings --dry-run SESSION", "findings SESSION"),
    ("/forksight:clean now", "No abandoned forks", "clean --dry-run", "clean --yes"),
)


def test_whatever_makes_something_needs_the_persons_permission(claude: Claude, repo: Checkout, session: str) -> None:
    def refs_and_worktrees() -> str:
        return repo.git("for-each-ref") + repo.git("worktree", "list") + forksight(claude, repo, "baseline", "list")

    before = refs_and_worktrees()
    for typed, says, unasked, asked in ASKS:
        prompt = f"{typed}\nBASH forksight {unasked}\nBASH forksight {asked}".replace("SESSION", session)
        claude.run(repo.path, "-p", "--resume", session, "--plugin-dir", str(PLUGIN), "--", prompt)
        request = claude.model.requests[-1]
        assert says in read_by_model([request])
        assert [result["content"] == NOT_ALLOWED for result in results(request)[-2:]] == [False, True], typed
    assert refs_and_worktrees() == before


def results(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of tools in a request."""
    blocks = [block for message in request["messages"] for block in message["content"] if isinstance(block, dict)]
    return [block for block in blocks if block.get("type") == "tool_result"]


def test_the_model_hears_of_them_only_when_they_are_typed_and_showing_changes_nothing(
    claude: Claude,
    repo: Checkout,
    session: str,
) -> None:
    before = len(claude.model.requests)
    claude.go_on(repo.path, session, "hello", "--plugin-dir", str(PLUGIN))
    assert "forksight:" not in json.dumps(claude.model.requests[before:])
    other = repo.worktree("pay", "feature/pay")
    for checkout, text in ((repo, "ours\n"), (other, "theirs\n")):
        checkout.write({"README": text})
    refs_and_worktrees = repo.git("for-each-ref") + repo.git("worktree", "list")
    assert "README:1  conflict" in use(claude, repo, session, "/forksight:overlaps")
    assert repo.git("for-each-ref") + repo.git("worktree", "list") == refs_and_worktrees
