"""A small disk that is full from this process's child's n-th deed on (`tests.cleanup.killed`), for it and for every git."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from forksight.core.problems import ForksightError, Problem
from tests.cleanup.killed import DONE, at_deed, in_child

_SIZE = 24 << 20  # bytes
EACH = os.environ.get("FORKSIGHT_EVERY") == "1"  # every deed instead of some


@dataclass(frozen=True)
class Filled:
    """What came of some work: whether the disk was full before it was over, and what was said."""

    came: bool
    said: tuple[str, ...]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """For a while a folder is a disk of its own; skips where nobody may mount."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "forksight-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def full_at(disk: Path, number: int, work: Callable[[], tuple[Problem, ...]]) -> Filled:
    """Do some work in a child before whose `number`-th deed the disk is filled up; there is room again afterwards."""
    filler, outcome = disk / "filler", disk.parent / f"{disk.name}-outcome"

    def begin() -> None:
        at_deed(number, lambda: _fill(filler))
        try:
            said = [problem.message for problem in work()]
        except ForksightError as error:
            said = [error.sentence]
        outcome.write_text(json.dumps(said))

    status = in_child(begin)
    came = filler.exists()
    filler.unlink(missing_ok=True)
    assert status == DONE
    return Filled(came, tuple(json.loads(outcome.read_text())))


def full_disks(disk: Path, work: Callable[[], tuple[Problem, ...]], *, step: int, first: int = 0) -> Iterator[int]:
    """The disk full from each `step`-th deed on, beginning with the `first`, until the work is done before that.

    The caller puts everything back in between. What failed must give the reason, and some work must have met a full disk.
    """
    number = first
    while (filled := full_at(disk, number, work)).came:
        assert is_told(filled), filled.said
        yield number
        number += step
    assert number >= first + 2 * step


def is_told(filled: Filled) -> bool:
    """Whether what failed gave the full disk as the reason; True if nothing failed."""
    said = " ".join(filled.said)
    return not said or any(words in said for words in ("disk is full", "No space left", "free some space"))


def _fill(filler: Path) -> None:
    with suppress(OSError), open(filler, "xb", buffering=0) as stream:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while stream.write(bytes(size)):
                    pass
