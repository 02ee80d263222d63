"""The article's flow with the real Claude Code: mark, fork, work, resume, background, under tmux, from the command line."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.claude.rig import Claude, is_recorded
from tests.conftest import Checkout
from tests.patient import ARGV
from tests.processes import has_ended
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class ClaudeRepo:
    """A repository in which a baseline has read a file, and the command line in Claude Code's own environment."""

    repo: Checkout
    claude: Claude
    baseline: str

    def run(self, *arguments: str, status: int = 0, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [*ARGV, *arguments]
        names = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
        done = subprocess.run(
            command,
            cwd=self.repo.path,
            env={**names, **self.claude.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def json(self, *arguments: str, status: int = 0, **env: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run(*arguments, "--json", status=status, **env).stdout)
        return document

    def node(self, session: str) -> dict[str, Any]:
        return next(node for node in self.json("tree")["sessions"] if node["id"] == session)

    def ask(self, launch: dict[str, Any], prompt: str) -> str:
        """Start a launch as a terminal would, with one prompt; what it answers."""
        arguments = [*launch["argv"][1:], "-p", "--dangerously-skip-permissions", "--", prompt]
        return self.claude.run(Path(launch["cwd"]), *arguments).stdout


@pytest.fixture
def claude_repo(claude: Claude, repo: Checkout) -> Iterator[ClaudeRepo]:
    claude.trust(repo.path)
    session = claude.start(repo.path, f"READ {repo.path}/app.py", "--name", "project-baseline")
    made = ClaudeRepo(repo, claude, session)
    made.run("baseline", "set", "project-baseline", "--name", "project-baseline")
    yield made
    claude.stop_daemon()


def test_the_flow(claude_repo: ClaudeRepo) -> None:
    pay = claude_repo.json("fork", "feature/pay", "--print")["launch"]
    cart = claude_repo.json("fork", "feature/cart", "--print")["launch"]
    assert claude_repo.node(pay["session"])["state"] == "pending"
    for launch, text in ((pay, "paid"), (cart, "carted")):
        app = f"{launch['cwd']}/app.py"
        assert "OK" in claude_repo.ask(launch, f"READ {app}\nEDIT {app} line\\0405=>{text}")
        node = claude_repo.node(launch["session"])
        assert node["parent"] == claude_repo.baseline
        assert node["evidence"] == "ledger"
        assert node["rows"]["inherited"] > 0
        assert node["branch"] == launch["title"]
        assert node["worktree"] == launch["cwd"]
        assert text in Path(app).read_text()
    overlaps = json.loads(claude_repo.run("-C", pay["cwd"], "overlaps", "--json", status=1).stdout)["overlaps"]
    assert [(overlap["kind"], overlap["other"]["branch"]) for overlap in overlaps] == [("conflict", "feature/cart")]
    again = claude_repo.json("fork", "feature/pay", "--print", status=1)
    assert again["warnings"][0]["code"] == "fork-exists"
    resumed = claude_repo.json("resume", "feature/pay", "--print")["launch"]
    assert "OK: hello" in claude_repo.ask(resumed, "hello")
    assert resumed["session"] == pay["session"]
    assert claude_repo.repo.git("worktree", "list").count("\n") == 2


def test_a_deleted_baseline_is_put_back_and_can_be_forked(claude_repo: ClaudeRepo) -> None:
    path = claude_repo.claude.transcript(claude_repo.baseline)
    kept = path.read_bytes()
    path.unlink()
    document = claude_repo.json("fork", "x", "--print")
    assert [warning["code"] for warning in document["warnings"]] == ["transcript-restored"]
    assert path.read_bytes() == kept
    assert "OK: hello" in claude_repo.ask(document["launch"], "hello")
    assert claude_repo.node(document["launch"]["session"])["rows"]["inherited"] > 0


def test_in_the_background(claude_repo: ClaudeRepo) -> None:
    document = claude_repo.json("fork", "x", "--background", "--prompt", "hello")
    session = document["launch"]["session"]
    assert re.fullmatch(r"[0-9a-f-]{36}", session)
    node = claude_repo.node(session)
    assert node["parent"] == claude_repo.baseline
    assert node["rows"]["inherited"] > 0
    assert not [session for session in claude_repo.json("tree")["sessions"] if session["id"].startswith("pending:")]
    wait_for("the live session", lambda: claude_repo.node(session)["state"].startswith("live"))
    live = claude_repo.json("resume", "x", "--print", status=1)
    assert live["warnings"][0]["code"] == "session-live"


def test_in_the_background_without_a_prompt(claude_repo: ClaudeRepo) -> None:
    """It writes no transcript before it is asked something: that is no reason to wait, nor to say that something is amiss."""
    done = claude_repo.run("fork", "x", "--background")
    (node,) = [session for session in claude_repo.json("tree")["sessions"] if session["branch"] == "x"]
    assert re.fullmatch(r"[0-9a-f-]{36}", node["id"])
    assert f"waits for its first prompt. Attach to it with `claude attach {node['id'][:8]}`" in done.stdout
    assert "no transcript" not in done.stderr


def test_a_workspace_that_is_not_trusted_leaves_nothing(claude_repo: ClaudeRepo) -> None:
    (claude_repo.claude.home / ".claude.json").unlink()
    before = claude_repo.repo.git("worktree", "list"), claude_repo.repo.git("branch", "--list")
    done = claude_repo.run("fork", "x", "--background", "--prompt", "hello", status=2)
    assert "not trusted" in done.stderr
    assert "what was made for the fork was removed again" in done.stderr
    assert (claude_repo.repo.git("worktree", "list"), claude_repo.repo.git("branch", "--list")) == before
    assert len(claude_repo.json("tree")["sessions"]) == 1


def test_in_a_terminal(claude_repo: ClaudeRepo) -> None:
    place = claude_repo.repo.path / ".claude" / "worktrees" / "x"
    claude_repo.claude.trust(claude_repo.repo.path, place)
    with claude_repo.claude.interactive(claude_repo.repo.path) as terminal:
        tmux = terminal.tmux("display-message", "-p", "#{socket_path},#{pid},0").strip()
        document = claude_repo.json("fork", "x", "--prompt", "say hello", TMUX=tmux)
        session = document["launch"]["session"]
        terminal.wait("OK: say hello")
        wait_for("the answer on disk", lambda: is_recorded(claude_repo.claude.config, "OK: say hello"))
        assert claude_repo.node(session)["state"].startswith("live")
        assert claude_repo.node(session)["rows"]["inherited"] > 0
        live = claude_repo.json("resume", "x", status=1, TMUX=tmux)
        assert live["warnings"][0]["code"] == "session-live"
        terminal.tmux("select-window", "-t", ":0")
        seen = claude_repo.run("resume", "x", status=1).stdout  # from outside of that tmux, which nobody looks at
        assert f"To see the session: tmux -S {tmux.split(',')[0]} attach-session -t " in seen
        assert terminal.tmux("display-message", "-p", "#{window_index}").strip() == "1"

        pid = int(terminal.tmux("display-message", "-p", "#{pane_pid}"))
        taken = claude_repo.json("resume", "x", "--take-over", "--yes", "--print")
        assert has_ended(pid)
        assert claude_repo.node(session)["state"] == "idle"
        assert "OK: go on" in claude_repo.ask(taken["launch"], "go on")
        parents = [row["parentUuid"] for row in claude_repo.claude.rows(session) if row.get("parentUuid")]
        assert len(parents) == len(set(parents)), "one conversation, not two that parted"
