"""The real Claude Code for tests: offline against `Model`, in a home of its own, from the command line and under tmux."""

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.claude.model import Model
from tests.rigs import RIGS
from tests.waiting import wait_for

if TYPE_CHECKING:
    import psutil

KEY = "sk-ant-test-0123456789abcdefghijklmnopqrstuvwxyz"


def binary(name: str) -> Path | None:
    """The claude of a rig folder (`claude`, `claude-old`; see scripts/rigs/claude.sh), None if it is not set up."""
    path = RIGS / name / "node_modules" / ".bin" / "claude"
    return path if path.exists() else None


@dataclass(frozen=True)
class Claude:
    """One Claude Code installation with its own home."""

    path: Path  # the binary's
    home: Path  # the HOME that it runs with
    model: Model

    @property
    def config(self) -> Path:
        """Its configuration folder (~/.claude)."""
        return self.home / ".claude"

    @property
    def env(self) -> dict[str, str]:
        """The whole environment to run it in; nothing of the user's own leaks in."""
        return {
            "PATH": f"{self.path.parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": KEY,
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "IS_SANDBOX": "1",  # lets --dangerously-skip-permissions run as root, as containers do
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }

    def run(self, cwd: Path, *args: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run it there with these arguments. Raises AssertionError with what it printed unless it succeeds."""
        done = subprocess.run(
            [self.path, *args],
            cwd=cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert not ok or done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self, cwd: Path, prompt: str, *args: str) -> str:
        """A new session that does what the prompt says; its id."""
        identity = str(uuid.uuid4())
        self.run(cwd, "-p", "--dangerously-skip-permissions", "--session-id", identity, *args, "--", prompt)
        return identity

    def go_on(self, cwd: Path, session: str, prompt: str, *args: str) -> None:
        """One more prompt in a session."""
        self.run(cwd, "-p", "--dangerously-skip-permissions", "--resume", session, *args, "--", prompt)

    def fork(self, cwd: Path, session: str, prompt: str, *args: str) -> str:
        """A fork of a session, started in `cwd`; its id."""
        identity = str(uuid.uuid4())
        self.go_on(cwd, session, prompt, "--fork-session", "--session-id", identity, *args)
        return identity

    def transcript(self, session: str) -> Path:
        """Where a session is stored."""
        (path,) = (self.config / "projects").glob(f"*/{session}.jsonl")
        return path

    def rows(self, session: str) -> list[dict[str, Any]]:
        """A session's rows."""
        return rows_in(self.transcript(session))

    def running(self) -> list[dict[str, Any]]:
        """What running sessions say of themselves. Those that ended in a crash are among them."""

        def read() -> tuple[list[dict[str, Any]]] | None:
            try:
                return ([json.loads(path.read_bytes()) for path in (self.config / "sessions").glob("*.json")],)
            except (ValueError, FileNotFoundError):
                return None  # one is being written, or has just gone

        return wait_for("whole files", read)[0]

    def one_running(self, *but: str) -> str:
        """The id of the one session that runs, once it is none of some."""

        def find() -> str | None:
            sessions = [str(state["sessionId"]) for state in self.running()]
            return sessions[0] if len(sessions) == 1 and sessions[0] not in but else None

        return wait_for("the session", find)

    def trust(self, *folders: Path) -> None:
        """Answer the questions of a first interactive start beforehand."""
        projects = {str(folder): {"hasTrustDialogAccepted": True, "allowedTools": []} for folder in folders}
        seed = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "bypassPermissionsModeAccepted": True,
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": projects,
        }
        (self.home / ".claude.json").write_text(json.dumps(seed))

    @contextmanager
    def interactive(self, cwd: Path, *args: str, asks: bool = False) -> Iterator["Terminal"]:
        """It runs in a terminal of its own (tmux) until the block ends. `asks`: it asks for permissions, as by default."""
        assert shutil.which("tmux"), "interactive sessions run under tmux"
        terminal = Terminal(f"forksight-{uuid.uuid4().hex[:8]}", self.env)
        mode = "--permission-mode=default" if asks else "--dangerously-skip-permissions"
        command = [str(self.path), mode, *args]
        try:
            terminal.tmux("new-session", "-d", "-x", "150", "-y", "50", "-c", str(cwd), "--", *command)
            terminal.wait("for shortcuts" if asks else "bypass permissions")
            yield terminal
        finally:
            terminal.end()

    def stop_daemon(self) -> None:
        """End the background daemon and its sessions, if any were started."""
        listed = self.run(self.home, "agents", "--json", "--all", ok=False)
        if listed.returncode == 0 and listed.stdout.lstrip().startswith("["):
            for agent in json.loads(listed.stdout):
                if "id" in agent:
                    self.run(self.home, "stop", agent["id"], ok=False)
        for process in processes_of(self.home):
            with suppress(ProcessLookupError):
                os.kill(process, 15)


@dataclass(frozen=True)
class Terminal:
    """A tmux server of its own with one window."""

    name: str
    env: dict[str, str]

    def tmux(self, *args: str, check: bool = True) -> str:
        """Run one tmux command on this server; what it prints."""
        done = subprocess.run(
            ["tmux", "-L", self.name, "-f", os.devnull, *args],
            env=self.env,
            check=check,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def screen(self) -> str:
        """The text that the window shows now."""
        return self.tmux("capture-pane", "-p", "-J")

    def wait(self, pattern: str, seconds: float = 120) -> str:
        """Wait until the screen matches a regular expression; the screen."""
        return self.shows(pattern, seconds=seconds)

    def shows(self, *patterns: str, seconds: float = 120) -> str:
        """Wait until one screen matches all these regular expressions, none of them in part; the screen."""

        def whole() -> str | None:
            screen = self.screen()
            return screen if all(re.search(pattern, screen) for pattern in patterns) else None

        try:
            return wait_for(" and ".join(patterns), whole, seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}; the screen shows:\n{self.screen()}") from error

    def type(self, text: str) -> None:
        """Type a line and press Enter once it stands in the input box."""
        self.tmux("send-keys", "-l", "--", text)
        self.wait(re.escape(text[:40]))
        self.tmux("send-keys", "Enter")

    def ask(self, prompt: str) -> None:
        """Type a prompt of one line and wait for the scripted answer: on the screen, and on disk, where it comes later."""
        self.type(prompt)
        answer = f"OK: {prompt[-200:]}"
        self.wait(r"\s+".join(map(re.escape, answer[:60].split())))
        wait_for(f"{answer} on disk", lambda: is_recorded(Path(self.env["HOME"]) / ".claude", answer))

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self.tmux("send-keys", *keys)

    def end(self) -> None:
        """Close all windows, and wait until what ran in them has written what it had to, and is gone."""
        import psutil

        pids = [int(pid) for pid in self.tmux("list-panes", "-a", "-F", "#{pane_pid}", check=False).split()]
        processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        self.tmux("kill-server", check=False)
        for process in psutil.wait_procs(processes, timeout=60)[1]:
            process.kill()


def is_recorded(config: Path, answer: str) -> bool:
    """Whether any transcript of a configuration folder has an answer of the model that ends with this text."""
    rows = (row for path in (config / "projects").glob("*/*.jsonl") for row in rows_in(path))
    return any(
        row["type"] == "assistant"
        and any(block.get("text", "").endswith(answer) for block in row["message"]["content"])
        for row in rows
    )


def rows_in(transcript: Path) -> list[dict[str, Any]]:
    """The rows of a transcript, but for one that is being written."""
    lines = transcript.read_bytes().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def processes_of(home: Path) -> list[int]:
    """The processes whose HOME this is: what a test left running."""
    import psutil

    return [process.pid for process in psutil.process_iter() if home_of(process) == str(home)]


def home_of(process: "psutil.Process") -> str | None:
    """The HOME of a process; None of one that has ended meanwhile, or that tells nothing."""
    import psutil

    try:
        return process.environ().get("HOME")
    except psutil.Error:
        return None
