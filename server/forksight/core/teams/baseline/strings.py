"""Changes every text in a JSON value."""

from collections.abc import Callable
from typing import Any

_DEEPEST = 100  # levels of nesting


def each_text(value: Any, change: Callable[[str], str], depth: int = 0) -> Any:
    """The value with `change` applied to all of its texts, the names of members too.

    `depth` is how many levels the value is nested in. Raises `ValueError` beyond `_DEEPEST` levels.
    """
    if depth > _DEEPEST:
        raise ValueError("one of its rows is nested too deeply")
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(item, change, depth + 1) for item in value]
    if isinstance(value, dict):
        return {change(name): each_text(item, change, depth + 1) for name, item in value.items()}
    return value
