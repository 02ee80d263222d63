"""The plugin forksight-lsp: an agent gets diagnostics where no hook answers, and where one does nothing is told twice."""

import itertools
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.store.residents import ResidentFiles
from tests.agents.checkouts import Checkouts, lines
from tests.agents.plugin_rig import PluginRig, read_by_model, resident, without_program, work
from tests.lsp.client import insert
from tests.lsp.fixtures import Start
from tests.rigs import ROOT
from tests.waiting import wait_for

LSP = str(ROOT / "editors/claude-lsp")


def test_a_server_shows_nothing_as_long_as_hooks_are_answered(
    checkouts: Checkouts,
    start: Start,
    tmp_path: Path,
) -> None:
    claude_code = str(os.getpid())
    answering = ResidentFiles(str(tmp_path / "forksight"), claude_code)
    answering.enter()
    env = {"XDG_CACHE_HOME": str(tmp_path), "FORKSIGHT_HOOKS_OF": claude_code}
    editor = start(checkouts.main.path, env=env).answer_as_usual()
    editor.initialize(checkouts.main.path, options={"overlaps": {"delay": 0}})
    uri = editor.open(checkouts.main.path / "app.py", lines(five="five of main"))

    def counted() -> bool:
        status = editor.request("forksight/status", {"textDocument": {"uri": uri}})
        return bool(status["overlaps"]["conflicts"])

    wait_for("the conflict", counted)
    assert editor.published(uri) == []
    answering.leave()
    editor.change(uri, insert(0, 0, "# "))
    assert editor.diagnostics(uri, bool)


def test_a_server_that_no_claude_code_started_always_shows(tmp_path: Path) -> None:
    ResidentFiles(str(tmp_path), "1").enter()
    for claude_code in (None, "", "../1"):
        ResidentFiles(str(tmp_path), claude_code).enter()
        assert not ResidentFiles(str(tmp_path), claude_code).is_there()


def test_what_killed_processes_left_goes(tmp_path: Path) -> None:
    held = ResidentFiles(str(tmp_path), "1")
    held.enter()
    folder = tmp_path / "residents"
    (folder / "2").touch()
    for name in ("1", "2"):
        os.utime(folder / name, (1, 1))
    ResidentFiles(str(tmp_path), "3").enter()
    assert {path.name for path in folder.iterdir()} == {"1", "3"}
    held.leave()
    assert not (folder / "1").exists()


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_with_both_plugins_diagnostics_come_once_the_resident_process_is_gone(rig: PluginRig) -> None:
    rig.claude.trust(rig.checkouts.main.path)
    before = len(rig.claude.model.requests)
    plugins = ("--plugin-dir", str(rig.plugin), "--plugin-dir", LSP)
    with rig.claude.interactive(rig.checkouts.main.path, *plugins) as terminal:
        terminal.type(f"READ {rig.app}\nEDIT {rig.app} line 5=>five of main")
        wait_for("the edit", lambda: rig.app.read_text() == lines(five="five of main"))
        terminal.wait("OK:")

        def heard() -> str:
            return read_by_model(rig.claude.model.requests[before:])

        def say(text: str) -> None:
            terminal.type(f"SAY {text}")
            wait_for("an answer", lambda: f"SAY {text}" in heard())

        numbers = itertools.count()

        def said_until(what: str, heard_of: Callable[[], object]) -> None:
            """Each prompt brings what the one before did not yet."""

            def hears() -> object:
                if not heard_of():
                    say(f"number {next(numbers)}")
                return heard_of()

            try:
                wait_for(what, hears, 120)
            except TimeoutError as error:
                raise AssertionError(heard()) from error

        said_until("the hook", lambda: "app.py:5" in heard())
        say("no more")
        assert "new-diagnostics" not in heard()
        resident(rig).send_signal(signal.SIGKILL)
        terminal.type("EDIT app.py five of main=>FIVE of main")
        wait_for("the edit", lambda: rig.app.read_text() == lines(five="FIVE of main"))
        said_until(
            "the server", lambda: re.search(r"app\.py:\s+⚠ \[Line 5:1\] feature/pay changed these lines too", heard())
        )


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_without_the_program_every_edit_goes_on(rig: PluginRig, monkeypatch: pytest.MonkeyPatch) -> None:
    without_program(monkeypatch)
    assert "new-diagnostics" not in work(rig, "--plugin-dir", LSP)
