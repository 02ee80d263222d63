"""The handlers of the server's start and end, of settings and of folders."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.lsp.handlers.guard import Handler
from forksight.lsp.wire.capabilities import client_of
from forksight.lsp.wire.configuration import SECTION, merged, section_of
from forksight.lsp.wire.uris import path_of, real_path

if TYPE_CHECKING:
    from forksight.core.settings import Settings
    from forksight.lsp.server import ForksightServer

_PATIENCE = 0.3  # seconds that the first diagnostics wait for a client to tell its settings
_GOODBYE = 1.5  # seconds at most that a client waits at its end; VS Code kills the server after two
_PARENT = 1.0  # seconds between two checks whether the client's process still lives


def initialize(ls: "ForksightServer", params: types.InitializeParams) -> None:
    """Note who the client is; the capabilities go back after this."""
    ls.client = client_of(params.capabilities, ls.workspace.position_encoding or types.PositionEncodingKind.Utf16)
    ls.open_documents.encoding = ls.client.encoding
    ls.client_state.abilities = ls.client
    ls.given_settings = section_of(params.initialization_options)
    if params.process_id:
        _watch_parent(ls, params.process_id, known=False)
    asyncio.get_running_loop().call_soon(_begin, ls)


def _begin(ls: "ForksightServer") -> None:
    """Start what can wait until `initialize` is answered. Nothing is sent to the client before `ready`."""
    apply_settings(ls, ls.given_settings)
    set_folders(ls)


async def initialized(ls: "ForksightServer", _: types.InitializedParams) -> None:
    """The client is ready: get its settings, then begin to send."""
    if ls.listening:  # said twice
        return
    ls.listening = True
    if ls.client.configuration_registration:
        options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        registration = types.Registration("forksight-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)
        ls.keep_task(asyncio.create_task(_register(ls, registration)))
    if ls.client.configuration:
        await pull_settings(ls)
    ls.ready.set()
    ls.sessions.start()


async def did_change_configuration(ls: "ForksightServer", params: types.DidChangeConfigurationParams) -> None:
    """Settings changed. A client that supports `workspace/configuration` may send none here; it is asked then."""
    sent = section_of(params.settings)
    if sent:
        apply_settings(ls, merged(ls.given_settings, sent))
    elif ls.client.configuration:
        await pull_settings(ls)
    elif isinstance(params.settings, Mapping) and SECTION in params.settings:
        apply_settings(ls, ls.given_settings)


def did_change_workspace_folders(ls: "ForksightServer", _: types.DidChangeWorkspaceFoldersParams) -> None:
    """Workspace folders changed; pygls has updated them already."""
    set_folders(ls)


async def shutdown(ls: "ForksightServer", _: object) -> None:
    """The client is about to leave: long work is stopped as if it were cancelled, and gets a moment for that."""
    ls.shut_down = True
    if ls.running_work:
        await asyncio.wait(ls.running_work, timeout=_GOODBYE)
    ls.close()


async def pull_settings(ls: "ForksightServer") -> None:
    """Ask the client for its settings and wait briefly. A later answer is applied when it arrives."""
    pulling = asyncio.ensure_future(_pull_settings(ls))
    ls.keep_task(pulling)
    await asyncio.wait([pulling], timeout=_PATIENCE)


async def _pull_settings(ls: "ForksightServer") -> None:
    items = [types.ConfigurationItem(section=SECTION)]
    try:
        answer = await ls.workspace_configuration_async(types.ConfigurationParams(items))
    except Exception as error:  # noqa: BLE001 - a client that can't answer keeps what it gave at first
        ls.log.detail(f"the editor did not send its settings: {error}")
        return
    sent = answer[0] if isinstance(answer, Sequence) and answer else None
    apply_settings(ls, merged(ls.given_settings, sent))


def apply_settings(ls: "ForksightServer", raw: object) -> None:
    """Apply settings; problems with them are shown once."""
    from forksight.core.settings import read_settings

    settings, problems = read_settings(raw)
    if problems:
        ls.log.show_once(" ".join(f"{problem.message}." for problem in problems).replace("..", "."))
    before: Settings | None = getattr(ls, "settings", None)
    ls.settings = ls.client_state.settings = ls.projects.settings = settings
    ls.log.trace = settings.trace
    if before and before.overlaps != settings.overlaps:
        start_over(ls)


def start_over(ls: "ForksightServer") -> None:
    """Drop every result and compute all again, after a change of settings."""
    ls.closed_files.forget()
    ls.projects.close()
    if not ls.settings.overlaps.enabled:
        ls.overlaps.clear()
    for file in ls.open_documents.files():
        ls.overlaps.opened(file.document.uri)
    set_folders(ls)


def set_folders(ls: "ForksightServer") -> None:
    """Set the workspace folders to those that the client has open now."""
    uris = [folder.uri for folder in ls.workspace.folders.values()] or [ls.workspace.root_uri or ""]
    paths = [path for path in map(path_of, uris) if path]
    ls.overlaps.set_folders({real_path(path): path for path in paths})


async def _register(ls: "ForksightServer", registration: types.Registration) -> None:
    try:
        await ls.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception as error:  # noqa: BLE001 - without it, changed settings count from the next start on
        ls.log.detail(f"the editor does not report changes of its settings: {error}")


def _watch_parent(ls: "ForksightServer", process: int, *, known: bool) -> None:
    """Exit when the client's process is gone, in case our input stays open.

    An id that never was a process here belongs to another machine or container, and is ignored.
    """
    if _lives(process):
        asyncio.get_running_loop().call_later(_PARENT, lambda: _watch_parent(ls, process, known=True))
    elif known:
        ls.stop()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


HANDLERS: Mapping[str, Handler] = {
    types.INITIALIZE: initialize,
    types.INITIALIZED: initialized,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_workspace_folders,
    types.SHUTDOWN: shutdown,
}
