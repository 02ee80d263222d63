"""The article's flow with the real Claude Code: mark, fork, work, resume, background, under tmux, from the command line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Shop:
    """A repository in which a baseline has read a file, and the command line in Claude Code's own environment."""

    repo: Checkout
    claude: Claude
    baseline: str

    def run(self, *arguments: str, status: int = 0, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "forksight", *arguments]
        names = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
        done = subprocess.run(
            command,
            cwd=self.repo.path,
            env={**names, **self.claude.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
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
def shop(claude: Claude, repo: Checkout) -> Iterator[Shop]:
    claude.trust(repo.path)
    session = claude.start(repo.path, f"READ {repo.path}/app.py", "--name", "project-baseline")
    made = Shop(repo, claude, session)
    made.run("baseline", "set", "project-baseline", "--name", "project-baseline")
    yield made
    claude.stop_daemon()


def test_the_flow(shop: Shop) -> None:
    pay = shop.json("fork", "feature/pay", "--print")["launch"]
    cart = shop.json("fork", "feature/cart", "--print")["launch"]
    assert shop.node(pay["session"])["state"] == "pending"
    for launch, text in ((pay, "paid"), (cart, "carted")):
        app = f"{launch['cwd']}/app.py"
        assert "OK" in shop.ask(launch, f"READ {app}\nEDIT {app} line\\0405=>{text}")
        node = shop.node(launch["session"])
        assert node["parent"] == shop.baseline
        assert node["evidence"] == "ledger"
        assert node["rows"]["inherited"] > 0
        assert node["branch"] == launch["title"]
        assert node["worktree"] == launch["cwd"]
        assert text in Path(app).read_text()
    overlaps = json.loads(shop.run("-C", pay["cwd"], "overlaps", "--json", status=1).stdout)["overlaps"]
    assert [(overlap["kind"], overlap["other"]["branch"]) for overlap in overlaps] == [("conflict", "feature/cart")]
    again = shop.json("fork", "feature/pay", "--print", status=1)
    assert again["warnings"][0]["code"] == "fork-exists"
    resumed = shop.json("resume", "feature/pay", "--print")["launch"]
    assert "OK: hello" in shop.ask(resumed, "hello")
    assert resumed["session"] == pay["session"]
    assert shop.repo.git("worktree", "list").count("\n") == 2


def test_a_deleted_baseline_is_put_back_and_can_be_forked(shop: Shop) -> None:
    path = shop.claude.transcript(shop.baseline)
    kept = path.read_bytes()
    path.unlink()
    document = shop.json("fork", "x", "--print")
    assert [warning["code"] for warning in document["warnings"]] == ["transcript-restored"]
    assert path.read_bytes() == kept
    assert "OK: hello" in shop.ask(document["launch"], "hello")
    assert shop.node(document["launch"]["session"])["rows"]["inherited"] > 0


def test_in_the_background(shop: Shop) -> None:
    document = shop.json("fork", "x", "--background", "--prompt", "hello")
    session = document["launch"]["session"]
    assert re.fullmatch(r"[0-9a-f-]{36}", session)
    node = shop.node(session)
    assert node["parent"] == shop.baseline
    assert node["rows"]["inherited"] > 0
    assert not [session for session in shop.json("tree")["sessions"] if session["id"].startswith("pending:")]
    wait_for("the live session", lambda: shop.node(session)["state"].startswith("live"))
    live = shop.json("resume", "x", "--print", status=1)
    assert live["warnings"][0]["code"] == "session-live"


def test_in_the_background_without_a_prompt(shop: Shop) -> None:
    """It writes no transcript before it is asked something: that is no reason to wait, nor to say that something is amiss."""
    done = shop.run("fork", "x", "--background")
    (node,) = [session for session in shop.json("tree")["sessions"] if session["branch"] == "x"]
    assert re.fullmatch(r"[0-9a-f-]{36}", node["id"])
    assert f"waits for its first prompt. Attach to it with `claude attach {node['id'][:8]}`" in done.stdout
    assert "no transcript" not in done.stderr


def test_a_workspace_that_is_not_trusted_leaves_nothing(shop: Shop) -> None:
    (shop.claude.home / ".claude.json").unlink()
    before = shop.repo.git("worktree", "list"), shop.repo.git("branch", "--list")
    done = shop.run("fork", "x", "--background", "--prompt", "hello", status=2)
    assert "not trusted" in done.stderr
    assert "what was made for it is taken back" in done.stderr
    assert (shop.repo.git("worktree", "list"), shop.repo.git("branch", "--list")) == before
    assert len(shop.json("tree")["sessions"]) == 1


def test_in_a_terminal(shop: Shop) -> None:
    place = shop.repo.path / ".claude" / "worktrees" / "x"
    shop.claude.trust(shop.repo.path, place)
    with shop.claude.interactive(shop.repo.path) as terminal:
        tmux = terminal.tmux("display-message", "-p", "#{socket_path},#{pid},0").strip()
        document = shop.json("fork", "x", "--prompt", "say hello", TMUX=tmux)
        session = document["launch"]["session"]
        terminal.wait("OK: say hello")
        assert shop.node(session)["state"].startswith("live")
        assert shop.node(session)["rows"]["inherited"] > 0
        live = shop.json("resume", "x", status=1, TMUX=tmux)
        assert live["warnings"][0]["code"] == "session-live"
        terminal.tmux("select-window", "-t", ":0")
        seen = shop.run("resume", "x", status=1).stdout  # from outside of that tmux, which nobody looks at
        assert f"To see it: tmux -S {tmux.split(',')[0]} attach-session -t " in seen
        assert terminal.tmux("display-message", "-p", "#{window_index}").strip() == "1"

        pid = int(terminal.tmux("display-message", "-p", "#{pane_pid}"))
        taken = shop.json("resume", "x", "--take-over", "--yes", "--print")
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        assert shop.node(session)["state"] == "idle"
        assert "OK: go on" in shop.ask(taken["launch"], "go on")
        parents = [row["parentUuid"] for row in shop.claude.rows(session) if row.get("parentUuid")]
        assert len(parents) == len(set(parents)), "one conversation, not two that parted"
