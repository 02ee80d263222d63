"""A real VS Code for tests: code-server in a home of its own, with the packaged extension, driven through a browser."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.rigs import RIGS, ROOT
from tests.waiting import wait_for

EXTENSION = ROOT / "editors" / "vscode"
REPOSITORY = "https://example.org/ada/forksight"  # where the extension says that it is published
STORIES = Path(__file__).parent / "stories"
FONTS = """<?xml version="1.0"?>
<fontconfig>
  <alias binding="strong"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
"""

SETTINGS = {
    "workbench.startupEditor": "none",
    "workbench.colorTheme": os.environ.get("FORKSIGHT_THEME", "Default Dark Modern"),
    "workbench.tips.enabled": False,
    "workbench.reduceMotion": "on",  # the browser draws without a graphics card
    "editor.cursorBlinking": "solid",
    "workbench.layoutControl.enabled": False,
    "workbench.quickOpen.closeOnFocusLost": False,  # on a busy machine the focus of the command before comes late
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
    "window.commandCenter": False,
    "editor.minimap.enabled": False,
    "editor.fontFamily": "'JetBrains Mono', monospace",
    "editor.fontSize": 14,
    "terminal.integrated.fontSize": 13,
    "terminal.integrated.gpuAcceleration": "off",  # so that what it shows can be read
    "files.autoSave": "off",  # in a browser it saves after a second, which on a busy machine comes before the warning
    "chat.disableAIFeatures": True,
    "git.openRepositoryInParentFolders": "never",
    "telemetry.telemetryLevel": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "update.mode": "none",
    "forksight.overlaps.delay": 0,
}


@dataclass(frozen=True)
class Rig:
    """What scripts/rigs/vscode.sh has set up."""

    folder: Path

    @property
    def node(self) -> Path:
        """Node 24."""
        return self.folder / "node" / "bin" / "node"

    @property
    def code_server(self) -> Path:
        """The start script of code-server."""
        return self.folder / "app" / "node_modules" / "code-server" / "out" / "node" / "entry.js"

    @property
    def test_server(self) -> Path:
        """The start script of VS Code's own web server, which has the driver for extension-host tests."""
        return self.folder / "app" / "node_modules" / "code-server" / "lib" / "vscode" / "out" / "server-main.js"

    def run(self, *argv: str | Path, cwd: Path = EXTENSION, **more: str) -> str:
        """Run something with this Node on PATH. Raises AssertionError with what it printed unless it succeeds.

        `more` are added to the environment.
        """
        env = {**os.environ, **more, "PATH": f"{self.node.parent}:{os.environ['PATH']}"}
        done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @functools.cached_property
    def vsix(self) -> Path:
        """The extension as users install it, built anew, without the server's wheel."""
        self.run(self.node, "package.mjs", "--without-server", FORKSIGHT_REPOSITORY=REPOSITORY)
        version = json.loads((EXTENSION / "package.json").read_text())["version"]
        return EXTENSION / "dist" / f"forksight-{version}.vsix"

    @functools.cached_property
    def extensions(self) -> Path:
        """A folder of extensions that has it installed, for editors to copy."""
        with tempfile.TemporaryDirectory() as home:
            editor = Editor(self, Path(home), {})
            shutil.rmtree(folder := EXTENSION / "dist" / "extensions", ignore_errors=True)
            flags = ["--user-data-dir", home, "--extensions-dir", str(folder), "--install-extension", str(self.vsix)]
            self.run(self.node, self.code_server, *flags, cwd=EXTENSION, **editor.environment())
        return folder


def find() -> Rig | None:
    """The rig, None if it is not set up."""
    rig = Rig(RIGS / "vscode")
    parts = rig.folder / "ready", EXTENSION / "node_modules" / ".package-lock.json"
    return rig if all(part.is_file() for part in parts) and shutil.which("chromium") else None


@dataclass(frozen=True)
class Editor:
    """A VS Code of its own."""

    rig: Rig
    home: Path  # holds everything that it writes
    env: dict[str, str]  # added to its environment

    @property
    def home_of_person(self) -> Path:
        """The HOME of all that runs in it."""
        return Path(self.env.get("HOME", self.home))

    def environment(self) -> dict[str, str]:
        """The whole environment to run it in; nothing of the user's own leaks in. The server is found on PATH."""
        return {
            "PATH": f"{Path(sys.executable).parent}:{self.rig.node.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home_of_person),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "EXTENSIONS_GALLERY": '{"serviceUrl": ""}',
            **self.env,
        }

    @contextmanager
    def serve(self, *, trust: bool = True, **settings: object) -> Iterator["Window"]:
        """The editor runs, with the extension installed, until the block ends."""
        flags = [*self._prepare(settings), "--auth", "none", "--config", self.home / "code-server.yaml"]
        flags += ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"]
        if trust:
            flags.append("--disable-workspace-trust")
        shutil.copytree(self.rig.extensions, self.home / "extensions", dirs_exist_ok=True)
        with self._running([self.rig.code_server, *flags, "--bind-addr", "127.0.0.1:0"]) as port:
            yield Window(self, port)

    @contextmanager
    def serve_tests(self, **settings: object) -> Iterator["Window"]:
        """VS Code's own web server with its test driver on, for extension-host tests of the sources as built."""
        flags = [*self._prepare(settings), "--accept-server-license-terms", "--without-connection-token"]
        flags += ["--server-data-dir", self.home, "--enable-smoke-test-driver", "--telemetry-level", "off"]
        flags += ["--disable-workspace-trust"]
        with self._running([self.rig.test_server, *flags, "--host", "127.0.0.1", "--port", "0"]) as port:
            yield Window(self, port)

    def _prepare(self, settings: dict[str, object]) -> list[str | Path]:
        user = self.home / "user"
        # VS Code asks a login shell for the environment, which begins with the PATH of /etc/profile
        (self.home_of_person / ".profile").write_text(f'export PATH="{self.environment()["PATH"]}"\n')
        (self.home / ".config/fontconfig").mkdir(parents=True, exist_ok=True)
        (self.home / ".config/fontconfig/fonts.conf").write_text(FONTS)
        named = {f"forksight.{name.replace('__', '.')}": value for name, value in settings.items()}
        for scope in ("User", "Machine"):  # what names a program is read from the machine's
            (user / scope).mkdir(parents=True, exist_ok=True)
            (user / scope / "settings.json").write_text(json.dumps({**SETTINGS, **named}))
        return ["--user-data-dir", user, "--extensions-dir", self.home / "extensions"]

    @contextmanager
    def _running(self, argv: list[str | Path]) -> Iterator[int]:
        """The port that it listens on: one that was free."""
        log_file = self.home / "editor.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [self.rig.node, *argv],
                cwd=self.home,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                wait_for("VS Code to listen", lambda: _port_in(log_file) or process.poll() is not None, 240)
                port = _port_in(log_file)
                assert port is not None, log_file.read_text()
                yield port
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(30)
                _end_all_of(self.home_of_person)
                process.wait()


@dataclass(frozen=True)
class Window:
    """A running editor, to be opened in a browser."""

    editor: Editor
    port: int

    def play(self, story: str, **facts: Any) -> dict[str, Any]:
        """Act out stories/STORY.mjs in a browser; what it reports. Its assertions are this test's.

        Screenshots go to the folder that FORKSIGHT_SCREENSHOTS names, in its resolution, else beside what the editor writes.
        """
        pictures = os.environ.get("FORKSIGHT_SCREENSHOTS")
        shots = pictures or str(self.editor.home / "shots")
        os.makedirs(shots, exist_ok=True)
        scale = 1.5 if pictures else 1
        facts_file = {"port": self.port, "shots": shots, "scale": scale, "home": str(self.editor.home), **facts}
        env = {
            **self.editor.environment(),
            "PLAYWRIGHT": str(self.editor.rig.folder / "app" / "node_modules" / "playwright-core"),
        }
        argv = [str(self.editor.rig.node), str(STORIES / f"{story}.mjs"), json.dumps(facts_file, default=str)]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=1080)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.log()[-8000:]}"
        print(done.stdout)
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return seen

    def log(self) -> str:
        """What the extension and the server wrote into their log."""
        logs = sorted(self.editor.home.glob("**/*Forksight.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')}" for path in logs)


def _port_in(log: Path) -> int | None:
    """The port that VS Code says it listens on."""
    said = re.search(r"listening on (?:http://127\.0\.0\.1:)?(\d+)[/\n]", log.read_text(errors="replace"))
    return int(said[1]) if said else None


def _end_all_of(home: Path) -> None:
    """End every process whose HOME this is: terminals and servers that have sessions of their own."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(home):
                process.kill()
        except psutil.Error:
            continue
