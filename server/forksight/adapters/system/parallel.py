"""Reads in several processes: the first pass over years of transcripts is mostly computation."""

import gc
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTHWHILE = 32_000_000  # bytes; less is read sooner than a process is started
_MOST = 4  # processes


def spread(work: Callable[[Item], Result], items: Sequence[Item], size: Callable[[Item], int]) -> list[Result]:
    """Call `work` for each item, unordered; `size` returns the bytes to read for an item.

    Forked copies of this process help if that is safe: on Linux, while there is only one thread. What a copy fails to do is
    done in this process.
    """
    workers = _workers()
    if workers == 1 or sum(map(size, items)) < WORTHWHILE:
        return [work(item) for item in items]
    shares: list[list[Item]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for item in sorted(items, key=size, reverse=True):
        lightest = loads.index(min(loads))
        shares[lightest].append(item)
        loads[lightest] += size(item)
    copies = [(_start(work, share), share) for share in shares[1:]]
    results = [work(item) for item in shares[0]]
    for (pid, reading), share in copies:
        results += _collect(pid, reading) or [work(item) for item in share]
    return results


@contextmanager
def beside(work: Callable[[], None], size: int) -> Iterator[None]:
    """A context manager: `work` is done by a forked copy during its body, or before it if a copy does not help.

    `size` is how many bytes `work` reads. What the copy fails to do is not done.
    """
    if _workers() == 1 or size < WORTHWHILE:
        work()
        yield
        return
    pid, reading = _start(lambda _: work(), [None])
    try:
        yield
    finally:
        _collect(pid, reading)


@contextmanager
def aside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """A context manager: `work` is done by a forked copy during its body; yields a function that waits for the result.

    If a copy does not help or fails, that function does `work` in this process. It raises what `work` raises. `work` should
    only read, since its changes in memory are lost with the copy.
    """
    if _workers() == 1:
        yield work
        return
    pid, reading = _start(lambda _: work(), [None])
    results: list[Result] | None = None
    collected = False

    def result() -> Result:
        nonlocal results, collected
        if not collected:
            results, collected = _collect(pid, reading), True
        return results[0] if results else work()

    try:
        yield result
    finally:
        if not collected:
            _collect(pid, reading)


def _workers() -> int:
    """How many processes may be used: forking is safe on Linux, while there is only one thread."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(os.cpu_count() or 1, _MOST)


def _start(work: Callable[[Item], Result], share: Sequence[Item]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    status = 1
    try:
        os.close(reading)
        with open(writing, "wb") as pipe:
            pickle.dump([work(item) for item in share], pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)  # nothing of the original's may run here: no exit handler, no flush of its output


def _collect(pid: int, reading: int) -> list[Result] | None:
    with open(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(pid, 0)
    return pickle.loads(data) if status == 0 else None  # noqa: S301 (our own process wrote it)


@contextmanager
def uncollected() -> Iterator[None]:
    """A context manager that disables garbage collection, which would traverse everything repeatedly while data only grows."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
