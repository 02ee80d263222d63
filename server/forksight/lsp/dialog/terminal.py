"""Opens sessions in the editor's own terminal or in tmux; elsewhere the command is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from forksight.core.claude.launch import Launch
from forksight.core.forks import document
from forksight.core.sessions.session import LiveProcess
from forksight.features.context import Context

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_PATIENCE = 30.0  # seconds for the client to open one
EDITOR = "editor"  # the place of a session that the editor opened; it finds its own terminals


def opener(ls: "ForksightServer", context: Context) -> Callable[[Launch], str | None]:
    """A function that opens a terminal, by settings and capabilities. It must not be called on the protocol's thread."""
    setting = context.settings.claude.terminal
    offers = ls.client.experimental or {}

    def open_(launch: Launch) -> str | None:
        if setting == "editor" and offers.get("openTerminal") and _opened_by_client(ls, launch):
            return EDITOR
        if setting != "print" and context.terminal.available():
            return context.terminal.open(launch)
        return None

    return open_


def open_attached(ls: "ForksightServer", argv: tuple[str, ...], running: LiveProcess) -> bool:
    """Have the client open a terminal that shows a session which runs elsewhere; returns whether it did.

    It must not be called on the protocol's thread.
    """
    outside = {"TMUX": None, "TMUX_PANE": None}  # tmux refuses to be attached from inside of a tmux
    view = Launch(running.session, running.name or running.session, running.cwd, argv, outside)
    return bool((ls.client.experimental or {}).get("openTerminal")) and _opened_by_client(ls, view)


def _opened_by_client(ls: "ForksightServer", launch: Launch) -> bool:
    described = document.launch(launch)
    params = {name: described[name] for name in ("title", "cwd", "argv", "env")}
    if (ls.client.experimental or {}).get("unsetList"):  # a client that loses the nulls in `env`, as Neovim 0.11 does
        params["unset"] = [name for name, value in launch.env.items() if value is None]
    try:
        answer = ls.protocol.send_request("forksight/openTerminal", params).result(_PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever went wrong there, there are other ways
        ls.log.detail(f"the editor opened no terminal: {error}")
        return False
    opened = answer.get("opened") if isinstance(answer, dict) else getattr(answer, "opened", False)
    return bool(opened)
