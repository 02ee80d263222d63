"""The server for one client: its documents, repositories, settings and capabilities, for handlers and commands."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from forksight import __version__
from forksight.features.context import Workbench
from forksight.features.overlaps.projects import Project, Projects
from forksight.lsp.diagnostics.client_state import ClientState
from forksight.lsp.diagnostics.closed_files import ClosedFiles
from forksight.lsp.diagnostics.open_files import Overlaps
from forksight.lsp.diagnostics.publisher import Publisher
from forksight.lsp.diagnostics.semantic import SemanticDiagnostics
from forksight.lsp.documents.open_documents import OpenDocuments
from forksight.lsp.log import Log
from forksight.lsp.session_watch import SessionWatch
from forksight.lsp.wire.capabilities import Client
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.printable_server import PrintableServer
from forksight.lsp.wire.protocol import ForksightProtocol, make_converter

if TYPE_CHECKING:
    from forksight.core.settings import Settings

_NOT_INITIALIZED, _INVALID_REQUEST = -32002, -32600  # LSP's
_PROOF_OF_LISTENING = frozenset(  # what only a client sends that got the answer to `initialize`
    {types.TEXT_DOCUMENT_DID_OPEN, types.WORKSPACE_EXECUTE_COMMAND, types.TEXT_DOCUMENT_DID_SAVE}
)
_PATIENCE = 2.0  # seconds at most that a client is waited for to say that it is ready
_FIRST = 2.0  # seconds at most that closed files and semantic overlaps wait for the textual checks of open files


class ForksightServer(PrintableServer):
    """The server for one client, which is passed to handlers and commands. They run on the protocol's thread and must not block."""

    protocol: ForksightProtocol
    settings: "Settings"  # from the moment on that `initialize` is answered

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(
            "forksight",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            protocol_cls=ForksightProtocol,
            converter_factory=make_converter,
        )
        self.ended = self.protocol.ended = asyncio.Event()
        self._initialized = False
        self.listening = False  # whether the client said `initialized`
        self.shut_down = False  # whether the client asked for it: it decides the exit status
        self.workbench = workbench
        self.client = Client()
        self.given_settings: object = None
        self.log = Log(self.window_log_message, self.window_show_message)
        self.open_documents = OpenDocuments()
        self.publisher = Publisher(self._publish)
        self.client_state = ClientState(self.open_documents, self.publisher, self.log)
        self.ready = self.client_state.ready  # set once the client may be talked to, and its settings are known
        self.projects = Projects(workbench, self._refreshed, self.log.failed, self._gone)
        self.closed_files = ClosedFiles(self.client_state, self._open_files_first)
        self.sessions = SessionWatch(
            self.projects, self.client_state, retitled=self._retitled, notify=self.protocol.notify_plain
        )
        self.semantic = SemanticDiagnostics(self.client_state, self._open_files_first)
        self.overlaps = Overlaps(
            self.projects,
            self.client_state,
            self.closed_files,
            self.semantic,
            recounted=self.sessions.check_soon,
        )
        self.made_documents: dict[str, str] = {}
        self.after_refresh: list[Callable[[Project], None]] = [self.sessions.refreshed]
        self.running_work: set[asyncio.Task[object]] = set()  # commands that do long work now
        self._tasks: set[asyncio.Task[None]] = set()

    def _publish(self, params: Json) -> None:
        """Send diagnostics, unless the client is a Claude Code whose hooks report the same."""
        if not self.workbench.residents.is_there():
            self.protocol.notify_plain(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)

    def receive(self, body: bytes) -> None:
        """Handle one message. Messages after `exit` are ignored."""
        if self.ended.is_set():
            return
        try:
            data = json.loads(body)
            if not isinstance(data, dict):
                raise TypeError("a message is a JSON object")
            self._take(data)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the next message may be right
            self.report_server_error(error, JsonRpcException)

    def _take(self, data: dict[str, Any]) -> None:
        """Handle one message, given as plain JSON. Raises if it is invalid."""
        try:
            message = self.protocol.structure_message({"jsonrpc": "2.0", **data})
        except JsonRpcException:
            if data.get("method") == types.TEXT_DOCUMENT_DID_CHANGE:
                self._lose_text(data.get("params"))
            raise
        if not self._in_turn(message):
            return
        if self._initialized and not self.listening and getattr(message, "method", None) in _PROOF_OF_LISTENING:
            self._take({"method": types.INITIALIZED})  # the client forgot to say so
        self.protocol.handle_message(message)

    def _lose_text(self, params: Any) -> None:
        """A change could not be read: the document is not checked until its whole text arrives."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if isinstance(uri, str) and self.open_documents.lose(uri):
            self.overlaps.lost(uri)

    def _in_turn(self, message: Any) -> bool:
        """Whether a message may be handled now. Otherwise a request is refused, and a notification is ignored."""
        if getattr(message, "method", None) in (None, types.EXIT):  # an answer, or the end
            return True
        refusal = self._refusal(message.method)
        self._initialized = self._initialized or (refusal is None and message.method == types.INITIALIZE)
        if refusal is not None and hasattr(message, "id"):
            self.protocol.refuse(message.id, *refusal)
        return refusal is None

    def _refusal(self, method: object) -> tuple[int, str] | None:
        """Why a method is not allowed now, with LSP's error code."""
        if not isinstance(method, str):
            return _INVALID_REQUEST, "This is not the name of a method"
        if self.shut_down:
            return _INVALID_REQUEST, "The server was shut down: only `exit` can follow"
        if self._initialized and method == types.INITIALIZE:
            return _INVALID_REQUEST, "The server was initialized before"
        if not self._initialized and method != types.INITIALIZE:
            return _NOT_INITIALIZED, "The server was not initialized yet"
        return None

    def stop(self) -> None:
        """End the conversation. Must be called on the protocol's thread."""
        self.ended.set()

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log a message that could not be read. (Failures of handlers are reported by `guarded`.)"""
        if source is JsonRpcException:
            self.log.unreadable_message(error)

    def keep_task(self, task: "asyncio.Task[None]") -> None:
        """Keep a background task from being garbage-collected; `close` cancels it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Stop all threads of this client."""
        self.ready.set()
        self.sessions.close()
        self.overlaps.close()
        self.semantic.close()
        self.closed_files.close()
        self.projects.close()
        for task in self._tasks:
            task.cancel()

    def _refreshed(self, project: Project) -> None:
        """The worktrees of a repository changed. Called on its follower's thread."""
        self.ready.wait(_PATIENCE)
        self.log.done(f"worktrees of {project.repository.common_dir} looked at")
        self.log.problems(project.engine.problems() + project.follower.problems)
        for problem in project.context.sourced_settings.problems:
            self.log.show_once(problem.message)
        self.recheck(project)

    def _retitled(self, project: Project) -> None:
        """Titles of a repository's sessions changed. Called on the session watch's thread."""
        self.overlaps.retitle(project)

    def _gone(self, project: Project) -> None:
        """A repository was removed: remove the diagnostics of its files. Called on its follower's thread."""
        self.closed_files.drop(project)
        self.overlaps.drop(project)

    def _open_files_first(self) -> None:
        self.overlaps.wait_idle(_FIRST)

    def recheck(self, project: Project) -> None:
        """Check every file of a repository again, open ones first. Called on its follower's thread."""
        if not self.projects.follows(project):
            return
        self.overlaps.recheck(project)
        self._open_files_first()
        self.semantic.recheck(project)
        self.closed_files.sweep(project)
        for tell in self.after_refresh:
            tell(project)
