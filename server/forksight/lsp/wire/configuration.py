"""Settings as clients send them, in initializationOptions, `workspace/configuration` and didChangeConfiguration."""

from collections.abc import Mapping
from typing import Any

SECTION = "forksight"


def section_of(raw: object) -> object:
    """The settings in what a client sent: the object under `forksight`, or the object itself without such a key."""
    if isinstance(raw, Mapping) and SECTION in raw:
        return raw[SECTION]
    return raw


def merged(base: object, over: object) -> object:
    """Settings with others laid over them, section by section. Values that are no objects replace as a whole."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return base if over is None else over
    result: dict[str, Any] = dict(base)
    for key, value in over.items():
        result[key] = merged(result.get(key), value)
    return result
