"""Waiting for a condition in what tests run: never for a time alone."""

import time
from collections.abc import Callable
from typing import Literal, TypeVar

T = TypeVar("T")


def wait_for(what: str, probe: Callable[[], T | Literal[False] | None], seconds: float = 120) -> T:
    """The first truthy answer of `probe`. Raises TimeoutError that names what was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
    return answer
