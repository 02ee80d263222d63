"""Without the program, with an older one, or one that hangs or dies, the real Claude Code and its every edit go on."""

import signal
import sys
from pathlib import Path

import pytest

from tests.agents.checkouts import lines
from tests.agents.plugin_rig import EVENTS, OURS, PLUGIN, PluginRig, resident, without_program, work
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(600)]


def test_without_the_program_everything_goes_on(rig: PluginRig, monkeypatch: pytest.MonkeyPatch) -> None:
    without_program(monkeypatch)
    assert not OURS.search(work(rig, *EVENTS))
    assert "Forksight is not installed" in rig.printed[-1]


def test_with_an_older_program_everything_goes_on(
    rig: PluginRig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "forksight").write_text(
        f"#!{sys.executable}\nfrom forksight import cli\nfrom forksight.app.workbench import main\n"
        "del cli.COMMANDS['mcp'], cli.COMMANDS['hook']\nmain()\n"
    )
    (old / "forksight").chmod(0o755)
    without_program(monkeypatch, old)
    assert not OURS.search(work(rig, *EVENTS))
    assert "is older than its plugin" in rig.printed[-1]


def test_with_strict_mcp_config_everything_goes_on(rig: PluginRig) -> None:
    assert not OURS.search(work(rig, "--strict-mcp-config"))


def test_with_a_resident_process_that_hangs_or_is_gone_everything_goes_on(rig: PluginRig) -> None:
    rig.claude.trust(rig.checkouts.main.path)
    with rig.claude.interactive(rig.checkouts.main.path, "--plugin-dir", str(PLUGIN)) as terminal:
        terminal.type("BASH true")
        terminal.wait("OK: BASH true")
        process = resident(rig)
        process.send_signal(signal.SIGSTOP)
        try:
            terminal.type(f"EDIT {rig.app} line 5=>five of main")
            wait_for("the edit", lambda: rig.app.read_text() == lines(five="five of main"))
        finally:
            process.kill()
        terminal.wait("OK: EDIT")
        terminal.type("EDIT app.py line 6=>six of main")
        terminal.wait("OK: EDIT .*six of main")
        assert "six of main" in rig.app.read_text()
