"""The dashboard in a real terminal, with keys. With FORKSIGHT_SCREENSHOTS=docs its screen becomes the documentation's picture."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command_line
from tests.claude.rig import Terminal
from tests.conftest import Checkout
from tests.dashboard.conftest import PAY, SEARCH, BusyRepo, Watch
from tests.rigs import ROOT
from tests.sessions.handmade import HandmadeTranscript, session_id
from tests.waiting import wait_for

PATIENCE = 120  # seconds: a loaded machine starts Python slowly
KEYS = r"↑↓ move"


def picture(terminal: Terminal, name: str, title: str) -> None:
    """Keep this screen for the documentation, if asked to."""
    folder = os.environ.get("FORKSIGHT_SCREENSHOTS")
    if folder:
        target = Path(folder, name).resolve()
        screenshot = ROOT / "scripts/screenshot.py"
        shown = terminal.tmux("capture-pane", "-p", "-e")
        subprocess.run([sys.executable, screenshot, target, title], input=shown, text=True, check=True)


def test_who_works_waits_and_conflicts_and_what_changes(busy_repo: BusyRepo, dashboard: Watch) -> None:
    waiting = busy_repo.run(PAY, busy_repo.pay, "waiting", waitingFor="permission prompt")
    busy_repo.run(SEARCH, busy_repo.search, "busy")
    with dashboard() as terminal:
        shown = terminal.shows(
            "✗ feature/search: app.py",
            "repo +1 waits for you · 1 working · 1 conflict · 8.4k tokens in 5 min",
            r"> ◆ take payments +feature/pay +waits for a permission +✗ feature/search",
            r"  ● search the shelv\S+ +feature/search +working +✗ feature/pay",
            "1 ahead of main",
        )
        assert all(len(line.rstrip()) <= 80 for line in shown.splitlines())

        busy_repo.note(waiting.pid, PAY, busy_repo.pay, "busy")
        terminal.wait("2 working", PATIENCE)
        busy_repo.pay.write({"README": "pay\n"})
        busy_repo.search.write({"README": "search\n"})
        terminal.wait("✗ feature/search: README, app.py|✗ feature/search: app.py, README", PATIENCE)
        waiting.kill()
        waiting.wait()
        terminal.wait("1 working", PATIENCE)

        terminal.press("Down")
        terminal.wait("> · take payments", PATIENCE)  # what works comes before what does not run


def test_the_picture_of_the_documentation(busy_repo: BusyRepo, dashboard: Watch) -> None:
    """Six sessions of a busy_repo, as a person would have them."""
    busy_repo.add("stock", "count the stock", {"stock.py": "one\n"})
    busy_repo.add("taxes", "taxes of the United Kingdom", {"app.py": "taxes\n"})
    for session, worktree, state in ((PAY, busy_repo.pay, "waiting"), (SEARCH, busy_repo.search, "busy")):
        busy_repo.run(session, worktree, state, waitingFor="permission prompt")
    busy_repo.run(session_id("taxes"), Checkout(busy_repo.repo.path.parent / "taxes"), "idle")
    with dashboard(112, 22) as terminal:
        shown = terminal.shows(
            "✗ feature/taxes: app.py",
            r"> ◆ take payments .*✗ feature/search: app",
            r"(?m)^✗ feature/search: app.py *$",
            r"· count the stock +feature/stock +not running +4.2k +±1",
            r"search the shelves(.|\n)*taxes of the",
        )
        assert shown.index("search the shelves") < shown.index("taxes of the") < shown.index("count the stock")
        picture(terminal, "dashboard.png", "forksight tree --watch")


def test_a_wide_screen_a_small_one_and_no_colours(busy_repo: BusyRepo, dashboard: Watch) -> None:
    busy_repo.run(PAY, busy_repo.pay, "waiting", waitingFor="input needed")
    with dashboard(175, 30, NO_COLOR="1", COLUMNS="80", LINES="24") as terminal:
        terminal.shows(
            r"> ◆ take payments +feature/pay +waits for an answer +4.2k +↑1 +✗ feature/search: app.py",
            r"  · search the shelves +feature/search +not running +4.2k +±1 +✗ feature/pay: app.py",
        )
        coloured = terminal.tmux("capture-pane", "-p", "-e")
        assert not re.search(r"\x1b\[[0-9;]*\b(3[0-7]|9[0-7]|38;[0-9;]+)m", coloured)
        terminal.tmux("resize-window", "-x", "60", "-y", "10")
        wait_for(
            "a small frame",
            lambda: re.fullmatch(rf"repo .*(\n.*){{8}}\n{KEYS}.*\s*", terminal.screen()),
            PATIENCE,
        )


def test_their_version_against_mine_and_both_side_by_side(busy_repo: BusyRepo, dashboard: Watch) -> None:
    with dashboard() as terminal:
        terminal.wait("✗ feature/", PATIENCE)
        terminal.press("d")
        terminal.shows(r"\+five of (pay|search)", r"(?m)^-five of (pay|search)")
        terminal.press("q")
        terminal.wait(KEYS, PATIENCE)
        terminal.press("c")
        terminal.shows("a merge stops at 1 file", "1 line conflicting")
        terminal.press("Escape")
        terminal.wait(KEYS, PATIENCE)


def test_their_version_against_that_of_the_worktree_i_am_in(busy_repo: BusyRepo, dashboard: Watch) -> None:
    busy_repo.repo.write({"app.py": (busy_repo.repo.path / "app.py").read_text().replace("line 5", "five of mine")})
    busy_repo.run(PAY, busy_repo.pay, "busy")
    with dashboard() as terminal:
        terminal.wait("✗ main: app.py", PATIENCE)
        terminal.press("d")
        shown = terminal.shows(r"\+five of pay", "-five of mine")
        assert "search" not in shown


def test_the_window_of_a_session_comes_to_the_front(busy_repo: BusyRepo, dashboard: Watch) -> None:
    with dashboard() as terminal:
        terminal.wait("✗ feature/", PATIENCE)
        terminal.tmux("new-window", "-d", "-n", "claude", "--", sys.executable, "-c", "input()")
        pid = terminal.tmux("list-panes", "-t", ":claude", "-F", "#{pane_pid}").strip()
        busy_repo.note(int(pid), SEARCH, busy_repo.search, "busy")
        terminal.wait("1 working", PATIENCE)
        terminal.press("Home", "Enter")
        wait_for("the window", lambda: terminal.tmux("display-message", "-p", "#W").strip() == "claude", PATIENCE)


def test_elsewhere_the_command_is_shown(busy_repo: BusyRepo, dashboard: Watch) -> None:
    other = Terminal(f"forksight-other-{os.getpid()}", dict(os.environ))
    with dashboard(120) as terminal:
        try:
            other.tmux("new-session", "-d", "--", sys.executable, "-c", "input()")
            pid = other.tmux("list-panes", "-F", "#{pane_pid}").strip()
            busy_repo.note(int(pid), SEARCH, busy_repo.search, "idle")
            terminal.wait("1 your turn", PATIENCE)
            terminal.press("Home", "Enter")
            terminal.wait(r"another tmux. To show that: tmux -S \S+forksight-other-\d+ attach", PATIENCE)
            terminal.press("End", "Enter")
            terminal.wait(f"forksight resume {PAY[:8]}", PATIENCE)
        finally:
            other.end()


@pytest.mark.parametrize(("keys", "status"), [(("q",), "0"), (("C-c",), "130"), ((), "143")])
def test_the_terminal_is_given_back(busy_repo: BusyRepo, dashboard: Watch, keys: tuple[str, ...], status: str) -> None:
    with dashboard() as terminal:
        terminal.wait("✗ feature/", PATIENCE)
        assert _state(terminal) == "1 0"
        if keys:
            terminal.press(*keys)
        else:
            pane = terminal.tmux("display-message", "-p", "#{pane_pid}").strip()
            subprocess.run(["pkill", "-TERM", "-P", pane], check=True)
        terminal.wait(f"status {status}", PATIENCE)
        assert _state(terminal) == "0 1"
        assert _modes(terminal) == {"icanon", "echo", "isig"}


def test_the_terminal_is_given_back_after_an_error_of_ours_and_while_stopped(
    busy_repo: BusyRepo, dashboard: Watch
) -> None:
    fails = (
        "from forksight.cli.dashboard import dashboard, frame\nshown = []\n"
        "def broken(*args):\n    shown.append(1)\n    return frame.frame(*args) if len(shown) < 2 else 1 / 0\n"
        "dashboard.frame = broken\nfrom forksight.app.workbench import main\n"
        "import sys\nsys.argv = ['forksight', 'tree', '--watch']\nmain()\n"
    )
    with dashboard() as terminal:
        terminal.wait("✗ feature/", PATIENCE)
        terminal.press("C-z")
        terminal.wait("[Ss]topped|Suspended", PATIENCE)
        assert _state(terminal) == "0 1"
        terminal.type("fg; echo again $?")
        terminal.wait("✗ feature/", PATIENCE)
        assert _state(terminal) == "1 0"
        terminal.press("q")
        terminal.wait("again 0", PATIENCE)
        (busy_repo.repo.path.parent / "fails.py").write_text(fails)
        terminal.type(f"clear; {sys.executable} ../fails.py; echo ended $?")
        terminal.wait("ZeroDivisionError.*\n*ended 2", PATIENCE)
        assert _state(terminal) == "0 1"
        assert _modes(terminal) == {"icanon", "echo", "isig"}


def _state(terminal: Terminal) -> str:
    """Whether the alternate screen is on, and whether the cursor is shown."""
    return terminal.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip()


def _modes(terminal: Terminal) -> set[str]:
    device = terminal.tmux("display-message", "-p", "#{pane_tty}").strip()
    shown = subprocess.run(["stty", "-a", "-F", device], capture_output=True, text=True, check=True).stdout
    return {"icanon", "echo", "isig"} & set(shown.split())


@pytest.mark.parametrize("sink", ["cat", "dumb"])
def test_without_a_terminal_it_is_one_picture(busy_repo: BusyRepo, sink: str) -> None:
    busy_repo.run(PAY, busy_repo.pay, "busy")
    command = [sys.executable, "-m", "forksight", "-C", str(busy_repo.repo.path), "tree", "--watch"]
    if sink == "dumb":
        quoted = " ".join(command)
        command = ["script", "-qec", f"env TERM=dumb {quoted}", "/dev/null"]
        if shutil.which("script") is None:
            pytest.skip("there is no script(1)")
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 200  # nothing is moved to the edge of a screen that is not there
    assert re.search(r"● take payments +feature/pay +working", done.stdout)
    assert "✗ feature/pay" in done.stdout


def test_words_of_strangers_move_no_cursor(busy_repo: BusyRepo, dashboard: Watch) -> None:
    evil = "pay \x1b[2J\x1b]0;owned\x07 \u202egnp \n> ● forged"
    HandmadeTranscript(PAY, str(busy_repo.pay.path), "feature/pay").says("u", "x").notes(
        "custom-title", customTitle=evil
    ).write(busy_repo.config / "projects")
    busy_repo.run(PAY, busy_repo.pay, "waiting", waitingFor="\x1b[31mred")
    with dashboard(150) as terminal:
        shown = terminal.wait(r"pay \\x1b\[2J", PATIENCE)
        assert not [line for line in shown.splitlines() if line.startswith("> ● forged")]
        assert "owned" not in terminal.tmux("display-message", "-p", "#{pane_title}")
        assert "\u202e" not in shown


def test_json_and_watch_exclude_each_other(busy_repo: BusyRepo) -> None:
    done = command_line.run("tree", "--watch", "--json", cwd=busy_repo.repo.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave out --watch or --json" in done.stderr
