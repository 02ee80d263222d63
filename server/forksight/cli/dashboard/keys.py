"""Decodes the bytes that a terminal sends when keys are pressed."""

import re
from collections.abc import Iterator

# What xterm and compatible terminals send, with and without application mode -> the action of the key.
_KEYS = {
    "\x1b[A": "up",
    "\x1bOA": "up",
    "k": "up",
    "\x1b[B": "down",
    "\x1bOB": "down",
    "j": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b[H": "home",
    "\x1bOH": "home",
    "\x1b[1~": "home",
    "g": "home",
    "\x1b[F": "end",
    "\x1bOF": "end",
    "\x1b[4~": "end",
    "G": "end",
    "\r": "go",
    "\n": "go",
    " ": "mark",
    "c": "compare",
    "d": "diff",
    "\x0c": "redraw",
    "q": "quit",
    "\x1b": "back",
}
_SEQUENCE = re.compile(r"\x1b[\[O][0-9;?]*[A-Za-z~]|.", re.DOTALL)


def keys(data: bytes) -> Iterator[str]:
    """The actions of the keys in one read of the terminal. Unknown keys are ignored, and escape sequences are kept whole."""
    for sequence in _SEQUENCE.findall(data.decode("utf-8", "replace")):
        if sequence in _KEYS:
            yield _KEYS[sequence]
