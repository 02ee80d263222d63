"""Every text in a JSON value, changed in one way."""

from collections.abc import Callable
from typing import Any

_DEEPEST = 100  # levels of nesting


def each_text(value: Any, change: Callable[[str], str], depth: int = 0) -> Any:
    """The value with all of its texts changed, the names of members too. Raises `ValueError` if it is nested too deeply."""
    if depth > _DEEPEST:
        raise ValueError("a row of it is nested too deeply")
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(item, change, depth + 1) for item in value]
    if isinstance(value, dict):
        return {change(name): each_text(item, change, depth + 1) for name, item in value.items()}
    return value
