"""A language server that escapes unprintable characters in its messages."""

from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from forksight.core.words.terminal import printable, printable_lines


class PrintableServer(LanguageServer):
    """Escapes characters that move a cursor or reorder text in messages, buttons and the log. Buttons have no line breaks."""

    def window_show_message(self, params: types.ShowMessageParams) -> None:
        """Show a message."""
        super().window_show_message(types.ShowMessageParams(params.type, printable_lines(params.message)))

    def window_log_message(self, params: types.LogMessageParams) -> None:
        """Write to the client's log."""
        super().window_log_message(types.LogMessageParams(params.type, printable_lines(params.message)))

    async def window_show_message_request_async(
        self, params: types.ShowMessageRequestParams, **more: Any
    ) -> types.MessageActionItem | None:
        """Ask with buttons; the answer has the title that was shown."""
        shown = [types.MessageActionItem(printable(action.title)) for action in params.actions or ()]
        escaped = types.ShowMessageRequestParams(params.type, printable_lines(params.message), shown)
        return await super().window_show_message_request_async(escaped, **more)
