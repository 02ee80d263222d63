"""Reserves standard input and output for one client."""

import os
from typing import BinaryIO


def own_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for a protocol alone.

    Everything else prints to standard error, and programs that are started later can't read the client's input.
    """
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink
