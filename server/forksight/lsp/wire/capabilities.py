"""What the client on the other end can do, read once from what it declared.

No request is sent that it did not declare. Of what it asks for or is shown anyway, it is spared what it describes without:
a client that does not describe its code actions or diagnostics at all (a script, as a rule) gets them whole.
"""

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from forksight.core.frozen import dataclass
from forksight.lsp.wire.positions import Encoding


@dataclass(frozen=True, slots=True)
class Client:
    """A client's abilities; the defaults are those of a bare one."""

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
    """A client, from what it declared and the position encoding that was agreed on."""

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
