"""Assembles the server: the handler for each method, and the commands."""

from forksight.features.context import Workbench
from forksight.lsp.commands import COMMANDS, run
from forksight.lsp.handlers import (
    code_actions,
    documents,
    hover,
    lifecycle,
    sessions,
    text_content,
    worktrees,
)
from forksight.lsp.handlers.guard import Handler, guarded
from forksight.lsp.server import ForksightServer

_HANDLERS: dict[str, Handler] = {
    **lifecycle.HANDLERS,
    **documents.HANDLERS,
    **hover.HANDLERS,
    **code_actions.HANDLERS,
    **text_content.HANDLERS,
    **sessions.HANDLERS,
    **worktrees.HANDLERS,
}
_OPTIONS = {**documents.OPTIONS, **code_actions.OPTIONS}


def create_server(workbench: Workbench) -> ForksightServer:
    """A server for one client, with every handler and command registered. It can send once its protocol has a writer."""
    server = ForksightServer(workbench)
    for method, handler in _HANDLERS.items():
        server.feature(method, _OPTIONS.get(method))(guarded(method, handler, server.log))
    for name in COMMANDS:
        server.command(name)(guarded(name, _runner(name), server.log))
    return server


def _runner(name: str) -> Handler:
    async def execute(ls: ForksightServer, *arguments: object) -> object:
        return await run(ls, name, arguments)

    return execute
