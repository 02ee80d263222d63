"""Shows documents that the server makes: as read-only content if the client supports that, else as files in the cache folder."""

import hashlib
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lsprotocol import types

from forksight.core.problems import ForksightError
from forksight.lsp.dialog.ask import answered
from forksight.lsp.wire.protocol import CONTENT_SCHEME
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_LONGEST = 200  # bytes of a file name; its end tells most
_MOST_DOCUMENTS = 50  # kept for clients that ask again
_PATIENCE = 5.0  # seconds for the client to show a document
_OLD = 7 * 24 * 3600  # seconds after which a file in the cache folder is nobody's any more


async def show_text(ls: "ForksightServer", name: str, text: str) -> dict[str, Any]:
    """Show a text as a read-only document called `name`: `{uri, shown}`."""
    return await show_document(ls, made_document(ls, name, text))


def made_document(ls: "ForksightServer", name: str, text: str) -> str:
    """The URI of a read-only document called `name` with this text."""
    key = hashlib.sha256(f"{name}\0{text}".encode("utf-8", "surrogateescape")).hexdigest()[:8]
    if ls.client.text_content and ls.client.show_document:
        uri = f"{CONTENT_SCHEME}:/{key}/{quote(name, errors='surrogateescape')}"
        ls.made_documents[uri] = text
        while len(ls.made_documents) > _MOST_DOCUMENTS:
            del ls.made_documents[next(iter(ls.made_documents))]
        return uri
    return uri_of(_stored(key, name, text))


async def show_document(ls: "ForksightServer", uri: str, lines: tuple[int, int] | None = None) -> dict[str, Any]:
    """Show a document, with these lines (half-open) selected: `{uri, shown}`. A client that can't is told where it is."""
    shown = False
    if ls.client.show_document:
        selection = types.Range(types.Position(lines[0], 0), types.Position(lines[1], 0)) if lines else None
        params = types.ShowDocumentParams(uri, external=False, take_focus=True, selection=selection)
        with suppress(Exception):  # whatever the client answers, the document is there
            answer = await answered(ls.window_show_document_async(params), _PATIENCE)
            shown = bool(answer.success)
    if not shown:
        position = f"{uri}, line {lines[0] + 1}" if lines else uri
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"Forksight: see {position}"))
    return {"uri": uri, "shown": shown}


def _stored(key: str, name: str, text: str) -> str:
    """The path of a read-only file in the cache folder with this text. Raises `ForksightError` if it can't be written."""
    from platformdirs import user_cache_dir

    views = os.path.join(user_cache_dir("forksight", appauthor=False), "views")
    plain = re.sub(r"[^\w.+-]", "-", name).encode("utf-8", "replace")[-_LONGEST:].decode("utf-8", "ignore")
    try:
        path = _written(os.path.join(views, key), plain or "view", text)
    except OSError as error:
        raise ForksightError(
            f"{views} can't be written ({error.strerror})",
            fix="check whose it is and the space left, or set XDG_CACHE_HOME",
        ) from None
    _tidy(views, key)
    return path


def _written(folder: str, name: str, text: str) -> str:
    import tempfile

    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, name)
    handle, draft = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        os.chmod(draft, 0o400)
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise
    return path


def _tidy(views: str, current: str) -> None:
    """Remove files that were not shown for a week."""
    with suppress(OSError), os.scandir(views) as folders:
        for folder in folders:
            if folder.name != current and folder.stat().st_mtime < time.time() - _OLD:
                for file in os.listdir(folder.path):
                    os.unlink(os.path.join(folder.path, file))
                os.rmdir(folder.path)
