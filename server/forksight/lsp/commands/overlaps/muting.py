"""Silencing a branch, and hearing it again: what the two commands share."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.lsp.arguments import text_argument
from forksight.lsp.wire.uris import sent

if TYPE_CHECKING:
    from forksight.lsp.documents.projects import Project
    from forksight.lsp.server import ForksightServer


async def set_muted(ls: "ForksightServer", arguments: Mapping[str, Any], *, muted: bool) -> dict[str, Any]:
    """Note it in the ledger of the repository that the document `uri` is in, and look again: `{ignored: [label, …]}`.

    Raises `UsageError`; `LedgerError` if it can't be noted.
    """
    label = sent(text_argument(arguments, "label"))
    if any("\udc80" <= char <= "\udcff" for char in label):  # the ledger holds text
        shown = label.encode("utf-8", "replace").decode()
        raise UsageError(
            f"{shown} can't be ignored by its name, which is no UTF-8", fix="ignore its path in the settings"
        )
    project = project_of(ls, text_argument(arguments, "uri"))
    ledger = project.context.ledger
    await asyncio.to_thread(ledger.mute if muted else ledger.unmute, label)
    project.follower.submit(lambda: ls.look_again(project))
    return {"ignored": sorted(await asyncio.to_thread(ledger.muted))}


def project_of(ls: "ForksightServer", uri: str) -> "Project":
    """The repository of an open document. Raises `UsageError` if it is in none."""
    file = ls.open_documents.get(uri)
    if file is None or file.prepared is None:
        raise UsageError(f"{uri} is not open, or in no repository", fix="open a file of a repository first")
    return file.prepared.place.project
