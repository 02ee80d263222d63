"""Opening sessions in a real tmux: names and paths are data there, whatever is in them."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.adapters.system.tmux import Tmux
from forksight.core.claude.launch import Launch
from forksight.core.problems import ForksightError
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")


@pytest.fixture
def server() -> Iterator[list[str]]:
    command = ["tmux", "-L", f"forksight-{uuid.uuid4().hex[:8]}", "-f", os.devnull]
    subprocess.run([*command, "new-session", "-d", "-x", "150", "-y", "30"], check=True)
    yield command
    subprocess.run([*command, "kill-server"], check=True)


def ask(server: list[str], *arguments: str) -> str:
    return subprocess.run([*server, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def tmux(server: list[str]) -> Tmux:
    return Tmux({"TMUX": ask(server, "display-message", "-p", "#{socket_path},#{pid},0")})


def test_words_titles_and_folders_arrive_as_they_are(server: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "a #(touch pwned) %H b"
    folder.mkdir()
    title = "fix #(touch pwned) #{pane_id} $HOME;"
    script = 'printf "%s|" "$@" >out; printf "\\n$A $B ${CLAUDECODE-unset}\\n" >>out; pwd >>out; mv out done; sleep 60'
    words = ("a b", "c;", ";", "$HOME", "#{pane_id}", "it's", "-n", "ü")
    launch = Launch(
        "s", title, str(folder), ("sh", "-c", script, "x", *words), {"CLAUDECODE": None, "A": "x;", "B": "#S"}
    )
    terminal = tmux(server)
    place = terminal.open(launch)
    printed = wait_for("the words", lambda: (folder / "done").exists() and (folder / "done").read_text())
    assert printed.splitlines() == ["".join(f"{word}|" for word in words), "x; #S unset", str(folder)]
    assert ask(server, "display-message", "-p", "#{window_name}") == title
    ask(server, "select-window", "-t", ":0")
    assert terminal.focus(place)
    assert ask(server, "display-message", "-p", "#{window_index}") == "1"


def test_a_start_that_fails_stays_readable(server: list[str], tmp_path: Path) -> None:
    launch = Launch("s", "t", str(tmp_path), ("sh", "-c", "echo no conversation found; sleep 1; exit 1"), {})
    tmux(server).open(launch)
    wait_for("the dead pane", lambda: ask(server, "list-panes", "-a", "-F", "#{pane_dead}").count("1"))
    assert "no conversation found" in ask(server, "capture-pane", "-p")


def test_a_process_is_found_in_its_window_and_nowhere_else(server: list[str], tmp_path: Path) -> None:
    """Whoever opened the window. A program that was only started from tmux has its variables, and runs elsewhere."""
    script = 'echo $$ >shell; sleep 60 & echo $! >child; setsid sh -c "echo \\$\\$ >editor; exec sleep 60" & wait'
    ask(server, "new-window", "-d", "-c", str(tmp_path), "sh", "-c", script)
    names = ("shell", "child", "editor")
    wait_for(
        "the processes", lambda: all((tmp_path / name).exists() and (tmp_path / name).read_text() for name in names)
    )
    shell, child, editor = (int((tmp_path / name).read_text()) for name in names)
    terminal = tmux(server)
    place = terminal.place_of(child)
    assert place is not None
    assert place == terminal.place_of(shell) == terminal.place_of(editor), "it is still a child of the window's shell"
    assert terminal.focus(place)
    assert ask(server, "display-message", "-p", "#{window_index}") == "1"
    assert terminal.place_of(os.getpid()) is None
    os.kill(shell, 9)  # the editor outlives the window
    wait_for("the window to go", lambda: terminal.place_of(editor) is None)
    os.kill(editor, 9)
    os.kill(child, 9)


def test_a_tmux_that_nobody_looks_at_says_how_to(server: list[str]) -> None:
    socket = ask(server, "display-message", "-p", "#{socket_path}")
    place = f"tmux:{socket}:%0"
    terminal = tmux(server)
    argv = terminal.attach(place)
    assert argv == ("tmux", "-S", socket, "attach-session", "-t", ask(server, "display-message", "-p", "#{session_id}"))
    watcher = f"{server[2]}-watcher"
    outer = ["tmux", "-L", watcher, "-f", os.devnull]
    environ = {name: value for name, value in os.environ.items() if name != "TMUX"}
    subprocess.run([*outer, "new-session", "-d", "--", *argv], check=True, env=environ)
    try:
        wait_for("a client", lambda: terminal.attach(place) is None)
    finally:
        subprocess.run([*outer, "kill-server"], check=True)
    assert terminal.attach("tmux:/no/such/socket:%0") is None
    assert terminal.attach("editor") is None


def test_what_is_gone_cannot_be_focused(server: list[str]) -> None:
    terminal = tmux(server)
    assert not terminal.focus("tmux:/no/such/socket:%0")
    assert not terminal.focus("tmux:" + ask(server, "display-message", "-p", "#{socket_path}") + ":%99")
    assert not terminal.focus("editor:5")


def test_outside_of_tmux() -> None:
    assert not Tmux({}).available()
    launch = Launch("s", "t", "/", ("true",), {})
    with pytest.raises(ForksightError):
        Tmux({}).open(launch)
    with pytest.raises(ForksightError, match="opened no window"):
        Tmux({"TMUX": "/no/such/socket,1,0"}).open(launch)
