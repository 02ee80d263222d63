"""A Claude Code with the plugin beside a fork that edits the same lines, and what its model has read."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.agents.checkouts import Checkouts, lines
from tests.claude.rig import Claude, home_of
from tests.patient import make_plugin, make_program
from tests.rigs import ROOT
from tests.waiting import wait_for

PLUGIN = ROOT / "editors/claude"
WORKTREES = ROOT / "editors/claude-worktrees"
EVENTS = ("--verbose", "--output-format=stream-json", "--include-hook-events")  # what hooks answer is printed too
OURS = re.compile(r"hook (additional context|success|error)|orksight")


@dataclass(frozen=True)
class PluginRig:
    """Two worktrees, and a Claude Code with the plugin."""

    checkouts: Checkouts
    claude: Claude
    plugin: Path  # its folder
    printed: list[str] = field(default_factory=list)  # what each `-p` session printed

    def prompt(self, cwd: Path, prompt: str, *arguments: str) -> list[dict[str, Any]]:
        """The requests that a `-p` session makes."""
        before = len(self.claude.model.requests)
        plugin = ("--plugin-dir", str(self.plugin))
        done = self.claude.run(cwd, "-p", "--dangerously-skip-permissions", *plugin, *arguments, "--", prompt)
        self.printed.append(done.stdout)
        return self.claude.model.requests[before:]

    def heard(self, prompt: str, *arguments: str) -> str:
        """All that a session in the main checkout has read when it ends."""
        return read_by_model(self.prompt(self.checkouts.main.path, prompt, *arguments))

    @property
    def app(self) -> Path:
        """The file that both change."""
        return self.checkouts.main.path / "app.py"


def read_by_model(requests: list[dict[str, Any]]) -> str:
    """The texts of the longest conversation among requests: prompts, tool results, and what hooks add to them."""
    longest = max((request["messages"] for request in requests), key=len)
    return "\n".join(texts(longest))


def texts(value: Any) -> Iterator[str]:
    """Every text in messages, but for what the model itself says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            if not (isinstance(item, dict) and item.get("role") == "assistant"):
                yield from texts(item)
    elif isinstance(value, dict):
        yield from texts(value.get("content", value.get("text")))


@pytest.fixture(scope="session")
def patient_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a command `forksight` whose hooks may take long."""
    return make_program(tmp_path_factory.mktemp("program") / "bin").parent


@pytest.fixture(scope="session")
def patient_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the plugins that have hooks, which Claude Code waits long for here."""
    folder = tmp_path_factory.mktemp("plugins")
    for plugin in (PLUGIN, WORKTREES):
        make_plugin(plugin, folder / plugin.name)
    return folder


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """`forksight` is on PATH, as after an installation; nothing ties Claude Code to whoever runs the tests."""
    for name in ("TMUX", "CLAUDE_CONFIG_DIR", "CLAUDECODE", "CLAUDE_CODE_SESSION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


@pytest.fixture
def patient_program(program: None, monkeypatch: pytest.MonkeyPatch, patient_folder: Path) -> None:
    """The same, but that its hooks may take long."""
    monkeypatch.setenv("PATH", f"{patient_folder}:{os.environ['PATH']}")


@pytest.fixture
def rig(checkouts: Checkouts, claude: Claude, patient_program: None, patient_plugins: Path) -> PluginRig:
    return PluginRig(checkouts, claude, patient_plugins / PLUGIN.name)


def without_program(monkeypatch: pytest.MonkeyPatch, *instead: Path) -> None:
    """Take `forksight` off PATH; folders may come in its place."""
    rest = [folder for folder in os.environ["PATH"].split(":") if not Path(folder, "forksight").exists()]
    assert shutil.which("forksight", path=":".join(rest)) is None
    monkeypatch.setenv("PATH", ":".join([*map(str, instead), *rest]))


def work(rig: PluginRig, *arguments: str) -> str:
    """A session that reads, edits and runs a command, all of which must go well; what it has read."""
    heard = rig.heard(f"READ {rig.app}\nEDIT {rig.app} line 5=>five of main\nBASH echo done > done.txt", *arguments)
    assert rig.app.read_text() == lines(five="five of main")
    assert (rig.app.parent / "done.txt").read_text() == "done\n"
    return heard


def resident(rig: PluginRig) -> psutil.Process:
    """The resident process of the session that runs now."""

    def find() -> psutil.Process | None:
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if command[-1:] == ["mcp"] and "python" in command[0] and home_of(process) == str(rig.claude.home):
                return process
        return None

    return wait_for("the resident process", find)
