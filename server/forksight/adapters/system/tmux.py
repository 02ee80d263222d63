"""Opens sessions in tmux windows, and brings them to the front again.

A place is named `tmux:<socket>:<pane id>`, so that it can be found from any tmux.
"""

import os
import subprocess
from collections.abc import Mapping

from forksight.adapters.system import processes
from forksight.core.claude.launch import Launch
from forksight.core.problems import ForksightError

_TIMEOUT = 10.0  # seconds


class Tmux:
    """The tmux that we run in, if any (`core.ports.system.Terminal`)."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._socket = tmux_socket(environ)

    def available(self) -> bool:
        """Whether this process runs in tmux."""
        return self._socket is not None

    def open(self, launch: Launch) -> str:
        """See `open_window`."""
        if self._socket is None:
            raise ForksightError("there is no tmux here", fix="run the command yourself", code="tmux-failed")
        return open_window(launch, self._socket)

    def focus(self, place: str) -> bool:
        """See `focus`."""
        return focus(place)

    def place_of(self, pid: int) -> str | None:
        """See `place_of`."""
        return place_of(pid)

    def attach(self, place: str) -> tuple[str, ...] | None:
        """See `attach`."""
        return attach(place)

    def device_of(self, pid: int) -> str | None:
        """See `core.ports.system.Terminal`."""
        return processes.terminal_of(pid)


def tmux_socket(environ: Mapping[str, str] = os.environ) -> str | None:
    """The socket of the tmux server that this process runs in; None outside of tmux."""
    return environ.get("TMUX", "").split(",")[0] or None


def open_window(launch: Launch, socket: str) -> str:
    """Start Claude Code in a new tmux window; returns its place. Raises `ForksightError` if tmux refuses.

    The window stays open if Claude Code fails, so that its output can be read.
    """
    unset = [part for name, value in launch.env.items() if value is None for part in ("-u", name)]
    added = [f"{name}={value}" for name, value in launch.env.items() if value is not None]
    # Of several words tmux makes an argv, no shell reads them. `;` at a word's end would still separate commands.
    words = [_word(word) for word in ("env", *unset, *added, *launch.argv)]
    options = ("-n", _literal(launch.title), "-c", _literal(launch.cwd))
    pane = _tmux(socket, "new-window", "-P", "-F", "#{pane_id}", *options, "--", *words).strip()
    _try(socket, "set-option", "-p", "-t", pane, "remain-on-exit", "failed")  # since tmux 3.2
    _try(socket, "set-option", "-p", "-t", pane, "remain-on-exit-format", "")  # else its line scrolls the text away
    return f"tmux:{socket}:{pane}"


def place_of(pid: int) -> str | None:
    """The pane in which a process runs; None if tmux itself does not confirm it.

    The process's environment may name a pane that only started its terminal, such as an editor's.
    """
    environ = processes.environment(pid)
    socket, pane = tmux_socket(environ), environ.get("TMUX_PANE", "")
    if socket is None or not pane.startswith("%"):
        return None
    try:
        first = _tmux(socket, "display-message", "-p", "-t", pane, "#{pane_pid}").strip()
    except ForksightError:
        return None
    runs_there = first.isdecimal() and int(first) in processes.ancestors(pid)
    return f"tmux:{socket}:{pane}" if runs_there else None


def attach(place: str) -> tuple[str, ...] | None:
    """The command that shows the session of a pane to which no terminal is attached."""
    socket, pane = _parts(place)
    try:
        clients, _, name = _tmux(
            socket, "display-message", "-p", "-t", pane, "#{session_attached} #{session_id}"
        ).partition(" ")
    except ForksightError:
        return None
    return ("tmux", "-S", socket, "attach-session", "-t", name.strip()) if clients == "0" else None


def focus(place: str) -> bool:
    """Bring the window at a place to the front; returns whether it still exists."""
    socket, pane = _parts(place)
    if not socket or not _try(socket, "select-window", "-t", pane):
        return False
    _try(socket, "switch-client", "-t", pane)  # fails when no client is attached to that server
    return _try(socket, "select-pane", "-t", pane)


def _parts(place: str) -> tuple[str, str]:
    """A place's socket and pane id; both empty if it is no place in tmux."""
    kind, _, rest = place.partition(":")
    socket, _, pane = rest.rpartition(":")
    return (socket, pane) if kind == "tmux" else ("", "")


def _word(text: str) -> str:
    return f"{text[:-1]}\\;" if text.endswith(";") else text


def _literal(text: str) -> str:
    """A text escaped so that tmux does not expand it: a title may have `#(command)`."""
    return _word(text.replace("#", "##"))


def _tmux(socket: str, *arguments: str) -> str:
    try:
        completed = subprocess.run(
            ["tmux", "-S", socket, *arguments], capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ForksightError(
            f"tmux could not be used ({error})", fix="run the command yourself", code="tmux-failed"
        ) from None
    if completed.returncode != 0:
        complaint = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
        raise ForksightError(
            f"tmux opened no window ({complaint[0]})", fix="run the command yourself", code="tmux-failed"
        )
    return completed.stdout


def _try(socket: str, *arguments: str) -> bool:
    try:
        _tmux(socket, *arguments)
    except ForksightError:
        return False
    return True
