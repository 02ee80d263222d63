"""JSON as Claude Code writes it, read whole; for the rows of a transcript see `rows`, which loads more."""

import re
from typing import Any

import orjson

# JSON that no UTF-8 can hold; JavaScript writes it where a text was cut inside a character.
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def parse(data: bytes, kind: type = dict) -> Any:
    """A JSON text as a value of that kind, else None. What is not UTF-8 in it is replaced."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        mended = _LONE_SURROGATE.sub(rb"\\ufffd", data.decode(errors="replace").encode())
        try:
            value = orjson.loads(mended)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, kind) else None
