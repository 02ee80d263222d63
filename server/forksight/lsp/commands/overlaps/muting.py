"""What ignoring a branch and no longer ignoring it share."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.lsp.arguments import project_in, text_argument
from forksight.lsp.wire.uris import sent

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


async def set_muted(ls: "ForksightServer", arguments: Mapping[str, Any], *, muted: bool) -> dict[str, Any]:
    """Note it in the ledger of the repository that `uri` (a file or folder) lies in, and check again: `{ignored: [label, …]}`.

    Raises `UsageError`; `LedgerError` if it can't be noted.
    """
    label = sent(text_argument(arguments, "label"))
    if any("\udc80" <= char <= "\udcff" for char in label):  # the ledger holds text
        shown = label.encode("utf-8", "replace").decode()
        raise UsageError(
            f"{shown} can't be ignored by its name, which is no UTF-8", fix="ignore its path in the settings"
        )
    text_argument(arguments, "uri")  # what is noted stays: no folder is taken for the one that is meant
    project, _ = await project_in(ls, arguments)
    ledger = project.context.ledger
    await asyncio.to_thread(ledger.mute if muted else ledger.unmute, label)
    project.follower.submit(lambda: ls.recheck(project))
    return {"ignored": sorted(await asyncio.to_thread(ledger.muted))}
