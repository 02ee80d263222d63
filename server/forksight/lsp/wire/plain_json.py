"""Plain JSON, of which our own messages and the commands' results consist."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def plainly(value: Any) -> Any:
    """Plain data that any client can read: surrogate escapes (bytes of a path that are no UTF-8) become question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {key: plainly(item) for key, item in value.items()}
    return [plainly(item) for item in value] if isinstance(value, list | tuple) else value
