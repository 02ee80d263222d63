"""Reports the progress of long work with `$/progress`, and whether the person cancelled it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.words.terminal import printable
from forksight.lsp.dialog.ask import answered
from forksight.lsp.wire.protocol import offered

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_PATIENCE = 2.0  # seconds that work waits for the client to make room for its progress


class ClientProgress:
    """Reports progress to the client (`core.ports.system.Progress`). Thread-safe."""

    def __init__(self, ls: "ForksightServer", token: types.ProgressToken | None, title: str) -> None:
        self._ls = ls
        self._token = token
        self._title = title
        self._given_up = False

    def step(self, detail: str) -> None:
        """Report the current step."""
        self._ls.log.done(detail)
        if self._token is not None and detail != self._title and not self._given_up:
            self._ls.work_done_progress.report(self._token, types.WorkDoneProgressReport(message=printable(detail)))

    def output(self, line: str) -> None:
        """Log a line that a program printed."""
        self._ls.window_log_message(types.LogMessageParams(types.MessageType.Log, line))

    def stopped(self) -> bool:
        """Whether the person cancelled the work, or the client is leaving."""
        if self._given_up or self._ls.shut_down or self._ls.ended.is_set():
            return True
        future = self._ls.work_done_progress.tokens.get(self._token) if self._token is not None else None
        return future is not None and future.cancelled()

    def give_up(self) -> None:
        """Make `stopped` true from now on, because the request was cancelled."""
        self._given_up = True


@asynccontextmanager
async def progress(ls: "ForksightServer", title: str) -> AsyncIterator[ClientProgress]:
    """A context manager for work that the client shows as `title`, or only logs if it can't show progress."""
    work = asyncio.current_task()
    assert work is not None
    ls.running_work.add(work)
    work.add_done_callback(ls.running_work.discard)
    token = await _token(ls)
    if token is not None:
        ls.work_done_progress.begin(token, types.WorkDoneProgressBegin(title=printable(title), cancellable=True))
    client_progress = ClientProgress(ls, token, title)
    try:
        yield client_progress
    except asyncio.CancelledError:
        client_progress.give_up()  # the thread at work goes on until it asks
        raise
    finally:
        if token is not None:
            ls.work_done_progress.end(token, types.WorkDoneProgressEnd())
            with suppress(KeyError):
                del ls.work_done_progress.tokens[token]


async def _token(ls: "ForksightServer") -> types.ProgressToken | None:
    """The token that came with the request, at its first use; else one that the client agrees to. None if it shows no progress."""
    theirs = offered.get([])
    if theirs:
        return theirs.pop()
    if not ls.client.work_done_progress:
        return None
    token = str(uuid.uuid4())
    try:
        await answered(ls.work_done_progress.create_async(token), _PATIENCE)
    except Exception as error:  # noqa: BLE001 - without a token there is no progress, and the work goes on
        ls.log.detail(f"the editor shows no progress: {error}")
        return None
    return token
