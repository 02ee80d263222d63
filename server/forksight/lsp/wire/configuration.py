"""Settings on their way from the client: initializationOptions, `workspace/configuration`, didChangeConfiguration."""

from collections.abc import Mapping
from typing import Any

SECTION = "forksight"


def section_of(raw: object) -> object:
    """What a client sent for us: the object under `forksight`, or the object itself if there is no such key."""
    if isinstance(raw, Mapping) and SECTION in raw:
        return raw[SECTION]
    return raw


def merged(base: object, over: object) -> object:
    """Settings with others laid over them, section by section. What is no object counts as it stands."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return base if over is None else over
    result: dict[str, Any] = dict(base)
    for key, value in over.items():
        result[key] = merged(result.get(key), value)
    return result
