"""The plugins' folders: Claude Code installs them from the marketplace file, and lets go of them again. `make check` has it validate them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from forksight import __version__
from tests.claude.rig import Claude
from tests.rigs import ROOT
from tests.setup.test_setup import files_of

PLUGIN = ROOT / "editors/claude"
WORKTREES = ROOT / "editors/claude-worktrees"
LSP = ROOT / "editors/claude-lsp"


@pytest.mark.parametrize("folder", [PLUGIN, WORKTREES, LSP], ids=["forksight", "worktrees", "lsp"])
def test_it_has_what_the_public_directory_asks_for(folder: Path) -> None:
    assert len((folder / "README.md").read_text().split()) >= 40
    assert "MIT License" in (folder / "LICENSE").read_text()
    assert (folder / ".claude-plugin/icon.png").read_bytes().startswith(b"\x89PNG\r\n")


@pytest.mark.claude
def test_it_is_installed_from_the_repository_and_leaves_nothing_behind(claude: Claude, tmp_path: Path) -> None:
    def plugin(*arguments: str) -> str:
        return claude.run(tmp_path, "plugin", *arguments).stdout

    plugin("marketplace", "add", str(ROOT))
    names = [f"{name}@forksight" for name in ("forksight", "forksight-worktrees", "forksight-lsp")]
    for name in names:
        plugin("install", name)
    listed = plugin("list")
    assert [name for name in names if name in listed] == names
    for name in names:
        plugin("uninstall", name)
    plugin("marketplace", "remove", "forksight")
    assert files_of(claude) == {}


@pytest.mark.parametrize("plugin", [PLUGIN, WORKTREES, LSP])
def test_it_has_the_version_of_the_program(plugin: Path) -> None:
    manifest = json.loads((plugin / ".claude-plugin/plugin.json").read_text())
    assert manifest["version"] == __version__


def test_all_plugins_find_the_program_alike() -> None:
    """Each is installed into a folder of its own, so each has the script."""
    assert len({(folder / "bin/forksight").read_bytes() for folder in (PLUGIN, WORKTREES, LSP)}) == 1


def answers(*messages: object, program: str | None = None, tmp_path: Path) -> list[dict[str, object]]:
    """What the plugin's program replies to messages, with a stand-in for `forksight` or without any."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if program is not None:
        (folder / "forksight").write_text(program)
        (folder / "forksight").chmod(0o755)
    done = subprocess.run(
        [str(PLUGIN / "bin/forksight"), "mcp"],
        input="".join(json.dumps(message, separators=(",", ":")) + "\n" for message in messages),
        env={"PATH": f"{PLUGIN}/bin:{folder}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_resident_process_that_hangs_ends_with_its_session(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "forksight").write_text("#!/bin/sh\nread -r line\necho $line\nexec sleep 600\n")
    (tmp_path / "forksight").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    wrapper = subprocess.Popen(
        [PLUGIN / "bin/forksight", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True
    )
    assert wrapper.stdin
    assert wrapper.stdout
    wrapper.stdin.write("it is read\n")
    wrapper.stdin.flush()
    assert wrapper.stdout.readline() == "it is read\n"
    (hanging,) = psutil.Process(wrapper.pid).children()
    wrapper.send_signal(number)
    wrapper.communicate(timeout=120)
    psutil.wait_procs([hanging], timeout=120)
    assert not hanging.is_running()


def test_a_program_that_answers_hooks_and_is_older_says_so(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / ".claude-plugin").mkdir()
    manifest = (PLUGIN / ".claude-plugin/plugin.json").read_text()
    shutil.copy(PLUGIN / "bin/forksight", tmp_path / "bin")
    start = json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(tmp_path)})
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    said = []
    for version in (__version__, "99.0.0"):
        (tmp_path / ".claude-plugin/plugin.json").write_text(manifest.replace(__version__, version))
        done = subprocess.run(
            [tmp_path / "bin/forksight", "hook"], input=start, env=env, capture_output=True, text=True, check=True
        )
        said.append(json.loads(done.stdout).get("systemMessage"))
    assert said[0] is None
    assert f"Forksight {__version__} is older than its plugin (99.0.0)" in said[1]


@pytest.mark.parametrize("program", [None, "#!/bin/sh\nexit 2\n"], ids=["none", "old"])
def test_what_to_install_is_said_once_at_a_sessions_start_with_both_plugins(
    program: str | None, tmp_path: Path
) -> None:
    if program is not None:
        (tmp_path / "forksight").write_text(program)
        (tmp_path / "forksight").chmod(0o755)
    said = ""
    for plugin in (PLUGIN, WORKTREES):
        hooks = json.loads((plugin / "hooks/hooks.json").read_text())["hooks"]["SessionStart"]
        for hook in (hook for group in hooks for hook in group["hooks"]):
            env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "CLAUDE_PLUGIN_ROOT": str(plugin)}
            done = subprocess.run(
                ["sh", "-c", hook["command"]], input="{}", env=env, capture_output=True, text=True, check=True
            )
            said += done.stdout
    assert said.count("\n") == 1
    assert "uv tool install" in json.loads(said)["systemMessage"]


@pytest.mark.parametrize(
    "program", [None, "#!/bin/sh\nexit 2\n", "#!/bin/sh\nkill -9 $$\n"], ids=["none", "old", "crashed"]
)
def test_without_a_program_hooks_are_answered_with_nothing(program: str | None, tmp_path: Path) -> None:
    call = {"name": "hook", "arguments": {"tool_input": json.dumps({"content": '"id":9,"method":"initialize"'})}}
    replies = answers(
        {"jsonrpc": "2.0", "id": "first-1", "method": "server/discover", "params": {}},
        {"method": "initialize", "params": {"protocolVersion": "2025-11-25"}, "jsonrpc": "2.0", "id": 0},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"method": "tools/list", "jsonrpc": "2.0", "id": 1},
        {"method": "tools/call", "params": call, "jsonrpc": "2.0", "id": 2},
        program=program,
        tmp_path=tmp_path,
    )
    assert [reply["id"] for reply in replies] == ["first-1", 0, 1, 2]
    assert "error" in replies[0]
    assert replies[2]["result"] == {"tools": []}
    assert replies[3]["result"] == {"content": [{"type": "text", "text": "{}"}]}


def test_it_finds_what_uv_and_pipx_installed_and_never_itself(tmp_path: Path) -> None:
    home = tmp_path / ".local/bin"
    home.mkdir(parents=True)
    (home / "forksight").write_text("#!/bin/sh\necho found $*\n")
    (home / "forksight").chmod(0o755)
    env = {"PATH": f"{PLUGIN}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [str(PLUGIN / "bin/forksight"), "tree", "--json"], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "found tree --json\n"
    os.remove(home / "forksight")
    done = subprocess.run([str(PLUGIN / "bin/forksight"), "tree"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "not installed" in done.stderr) == (127, True)
