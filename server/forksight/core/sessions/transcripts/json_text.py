"""Parses JSON that Claude Code wrote. (The module `rows` parses a transcript's rows faster, but takes longer to load.)"""

import re
from typing import Any

import orjson

# JSON that no UTF-8 can hold; JavaScript writes it where a text was cut inside a character.
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def parse(data: bytes, kind: type = dict) -> Any:
    """The value of a JSON text if it is of type `kind`, else None. Invalid UTF-8 is replaced."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        mended = _LONE_SURROGATE.sub(rb"\\ufffd", data.decode(errors="replace").encode())
        try:
            value = orjson.loads(mended)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, kind) else None
