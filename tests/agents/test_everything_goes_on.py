"""Without the program, with an older one, or one that hangs or dies, the real Claude Code and its every edit go on."""

import signal
import sys
from pathlib import Path

import pytest

from tests.agents.conftest import lines
from tests.agents.team import EVENTS, OURS, PLUGIN, Team, program, resident, team_with_plugin, without_program, work  # noqa: F401 - fixtures
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(240)]


def test_without_the_program_everything_goes_on(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    without_program(monkeypatch)
    assert not OURS.search(work(team, *EVENTS))
    assert "Forksight is not installed" in team.printed[-1]


def test_with_an_older_program_everything_goes_on(team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "forksight").write_text(
        f"#!{sys.executable}\nfrom forksight import cli\nfrom forksight.app.workbench import main\n"
        "del cli.COMMANDS['mcp'], cli.COMMANDS['hook']\nmain()\n"
    )
    (old / "forksight").chmod(0o755)
    without_program(monkeypatch, old)
    assert not OURS.search(work(team, *EVENTS))
    assert "is older than its plugin" in team.printed[-1]


def test_with_strict_mcp_config_everything_goes_on(team: Team) -> None:
    assert not OURS.search(work(team, "--strict-mcp-config"))


def test_with_a_resident_process_that_hangs_or_is_gone_everything_goes_on(team: Team) -> None:
    team.claude.trust(team.two.main.path)
    with team.claude.interactive(team.two.main.path, "--plugin-dir", str(PLUGIN)) as terminal:
        terminal.type("BASH true")
        terminal.wait("OK: BASH true")
        process = resident(team)
        process.send_signal(signal.SIGSTOP)
        try:
            terminal.type(f"EDIT {team.app} line 5=>five of main")
            wait_for("the edit", lambda: team.app.read_text() == lines(five="five of main"))
        finally:
            process.kill()
        terminal.wait("OK: EDIT")
        terminal.type("EDIT app.py line 6=>six of main")
        terminal.wait("OK: EDIT .*six of main")
        assert "six of main" in team.app.read_text()
