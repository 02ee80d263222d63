"""Repairs messages that a strict reader would drop.

JSON-RPC allows empty params to be omitted, and many clients send null for missing values.
"""

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

NO_VERSION = -1  # of a document whose client counts no versions

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {  # what the protocol requires and we can do without, by method
    types.INITIALIZE: {"processId": None, "capabilities": {}},
    types.TEXT_DOCUMENT_DID_OPEN: {"textDocument": {"languageId": "", "version": NO_VERSION, "text": ""}},
    types.TEXT_DOCUMENT_DID_CHANGE: {"textDocument": {"version": NO_VERSION}},
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: {"settings": None},
}


def repaired(message: Mapping[str, Any]) -> dict[str, Any]:
    """A request or notification (plain JSON) with omitted values filled in as far as their defaults are known.

    Missing params become an empty object; a null anywhere in them counts as omitted.
    """
    params = message.get("params")
    cleaned = _without_nulls({} if params is None else params)
    defaults = _DEFAULTS.get(str(message.get("method")), {})
    return {**message, "params": _filled(cleaned, defaults) if isinstance(cleaned, Mapping) else cleaned}


def has_text(message: Mapping[str, Any]) -> bool:
    """Whether the texts of documents in a message are strings. (lsprotocol would convert null to the string "None".)"""
    params = message.get("params")
    if not isinstance(params, Mapping):
        return True
    match message.get("method"):
        case types.TEXT_DOCUMENT_DID_OPEN:
            parts = [params.get("textDocument")]
        case types.TEXT_DOCUMENT_DID_CHANGE:
            changes = params.get("contentChanges")
            parts = changes if isinstance(changes, list) else [None]
        case _:
            return True
    return all(isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in parts)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _filled(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """An object with defaults for its missing keys, nested objects included."""
    filled = {**defaults, **values}
    for key, default in defaults.items():
        if isinstance(default, Mapping) and isinstance(filled[key], Mapping):
            filled[key] = _filled(filled[key], default)
    return filled
