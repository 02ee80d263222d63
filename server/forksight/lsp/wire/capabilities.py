"""The client's capabilities, read once from what it declared.

No request is sent that the client did not declare. Optional parts of diagnostics and code actions are left out if the client
describes that feature without them; a client that does not describe the feature at all (usually a script) gets everything.
"""

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from forksight.core.frozen import dataclass
from forksight.lsp.wire.positions import Encoding


@dataclass(frozen=True, slots=True)
class Client:
    """A client's capabilities. The defaults are those of a client that declares nothing."""

    encoding: Encoding = Encoding.UTF16
    related_information: bool = True
    document_changes: bool = False
    action_literals: bool = True
    markdown_hover: bool = False
    show_document: bool = False
    text_content: bool = False
    configuration: bool = False
    configuration_registration: bool = False
    work_done_progress: bool = False
    experimental: Mapping[str, Any] | None = None

    @property
    def forksight(self) -> bool:
        """Whether `forksight/*` may be sent."""
        return self.experimental is not None


def client_of(capabilities: types.ClientCapabilities, encoding: str) -> Client:
    """A client's capabilities, from what it declared and the negotiated position encoding."""

    def has(path: str) -> Any:
        capability: Any = capabilities
        for name in path.split("."):
            capability = getattr(capability, name, None)
        return capability

    ours = (
        (capabilities.experimental or {}).get("forksight") if isinstance(capabilities.experimental, Mapping) else None
    )
    diagnostics, actions = has("text_document.publish_diagnostics"), has("text_document.code_action")
    formats = has("text_document.hover.content_format") or ()
    return Client(
        encoding=Encoding(encoding),
        related_information=diagnostics is None or bool(diagnostics.related_information),
        document_changes=bool(has("workspace.workspace_edit.document_changes")),
        action_literals=actions is None or actions.code_action_literal_support is not None,
        markdown_hover=types.MarkupKind.Markdown in formats,
        show_document=bool(has("window.show_document.support")),
        text_content=has("workspace.text_document_content") is not None,
        configuration=bool(has("workspace.configuration")),
        configuration_registration=bool(has("workspace.did_change_configuration.dynamic_registration")),
        work_done_progress=bool(has("window.work_done_progress")),
        experimental=ours if isinstance(ours, Mapping) else {} if ours else None,
    )
