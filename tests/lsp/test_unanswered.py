"""A client that never answers a request: what a person asked for happens all the same."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from forksight.lsp.dialog.ask import answered
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_document
from forksight.lsp.wire.capabilities import Client

LONG = 60.0  # seconds; nothing here takes as long, unless it waits for ever


async def silence(*_: object) -> None:
    """What a client answers that does not."""
    await asyncio.Event().wait()


@pytest.fixture
def server() -> Any:
    """As much of a server as these parts see, with a silent client; `shown` is what it tells the person."""
    shown: list[str] = []
    return SimpleNamespace(
        client=Client(show_document=True, work_done_progress=True),
        window_show_document_async=silence,
        window_show_message=lambda params: shown.append(params.message),
        work_done_progress=SimpleNamespace(create_async=silence),
        log=SimpleNamespace(detail=lambda _: None, done=lambda _: None),
        running_work=set(),
        shown=shown,
    )


def test_a_document_that_may_not_be_on_the_screen(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forksight.lsp.dialog.show._PATIENCE", 0.01)
    result = asyncio.run(asyncio.wait_for(show_document(server, "file:///w/pay.py", (4, 5)), LONG))
    assert result == {"uri": "file:///w/pay.py", "shown": False}
    assert server.shown == ["Forksight: see file:///w/pay.py, line 5"]


def test_work_goes_on_without_its_progress(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forksight.lsp.dialog.progress._PATIENCE", 0.01)

    async def work() -> str:
        async with progress(server, "Forking") as reporter:
            reporter.step("done")
            return "done"

    assert asyncio.run(asyncio.wait_for(work(), LONG)) == "done"


def test_a_refusal_that_comes_too_late_is_nobodys_error() -> None:
    complaints = []

    async def late() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        request: asyncio.Future[None] = loop.create_future()
        with pytest.raises(TimeoutError):
            await answered(request, 0.01)
        assert not request.cancelled()
        request.set_exception(RuntimeError("not now"))
        await asyncio.sleep(0)

    asyncio.run(late())
    assert complaints == []
