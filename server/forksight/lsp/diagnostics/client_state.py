"""The state of one client that all producers of diagnostics share."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forksight.lsp.diagnostics.publisher import Publisher
from forksight.lsp.diagnostics.session_titles import SessionTitles
from forksight.lsp.documents.open_documents import OpenDocuments
from forksight.lsp.log import Log
from forksight.lsp.wire.capabilities import Client

if TYPE_CHECKING:
    from forksight.core.settings import Settings


@dataclass(eq=False)
class ClientState:
    """One client: its capabilities and settings, its open documents, and the publisher of its diagnostics."""

    documents: OpenDocuments
    publisher: Publisher
    log: Log
    titles: SessionTitles = field(default_factory=SessionTitles)
    ready: threading.Event = field(default_factory=threading.Event)  # set once it may be talked to
    abilities: Client = field(default_factory=Client)  # until `initialize` those of a bare client
    settings: "Settings" = field(init=False)  # from the moment on that `initialize` is answered
