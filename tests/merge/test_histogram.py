"""Our diff, judged by `git diff --histogram`: the same lines, however many changes are scattered over a file."""

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.merge import histogram
from forksight.core.merge.diff import Hunk, diff, diff_again, join_lines, split_lines
from tests.examples import examples

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
Lines = list[bytes]


@pytest.fixture(params=[histogram.SCATTERED, 0], ids=["walks first", "indexes every region"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small texts too are to be split by way of an index."""
    monkeypatch.setattr(histogram, "SCATTERED", request.param)
    monkeypatch.setattr(histogram, "STEPS", min(request.param, histogram.STEPS))
    if request.param == 0:
        monkeypatch.setattr(histogram, "SMALL", 0)


def judged(folder: Path, pairs: Sequence[tuple[bytes, bytes]]) -> list[list[Hunk]]:
    """git's hunks of each pair, all from one process. One line of context keeps git from cutting the common end off first."""
    for side in (0, 1):
        (folder / str(side)).mkdir(parents=True)
        for number, pair in enumerate(pairs):
            (folder / str(side) / f"{number}").write_bytes(pair[side])
    shown = subprocess.run(
        ["git", "diff", "--no-index", "--histogram", "--no-indent-heuristic", "--no-color", "-U1", "--", "0", "1"],
        cwd=folder,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
        capture_output=True,
        check=False,
    ).stdout
    diffs: list[list[Hunk]] = [[] for _ in pairs]
    for part in shown.split(b"diff --git ")[1:]:
        header, *rest = part.split(b"\n")
        diffs[int(header.rpartition(b"/")[2])] = list(hunks_of(rest))
    return diffs


def hunks_of(shown: Sequence[bytes]) -> Iterator[Hunk]:
    """The hunks of one file's unified diff, without their context."""
    old = new = old_start = new_start = 0
    for line in (*shown, b" "):
        if line[:1] in (b"-", b"+") and not line.startswith((b"--- ", b"+++ ")):
            old += line[:1] == b"-"
            new += line[:1] == b"+"
            continue
        if line.startswith(b"\\"):
            continue
        if (old, new) != (old_start, new_start):
            yield Hunk(old_start, old, new_start, new)
        if header := _HEADER.match(line):
            old, old_size, new, new_size = (1 if number is None else int(number) for number in header.groups())
            old, new = old - (old_size > 0), new - (new_size > 0)
        elif line.startswith(b" "):
            old, new = old + 1, new + 1
        old_start, new_start = old, new


def scattered(rng: random.Random, base: Lines, vocabulary: Lines) -> Lines:
    """The text with many small changes, here and there a moved part."""
    share = rng.choice([0.05, 0.2, 0.5, 0.8])
    text: Lines = []
    for line in base:
        if rng.random() >= share:
            text.append(line)
        else:
            text += rng.choice([[b"new %d" % rng.randrange(10**6)], [], [rng.choice(vocabulary)], [line, line]])
    if rng.random() < 0.2:
        at = rng.randint(0, len(text))
        text = text[at:] + text[:at]
    return text


def repetitive(rng: random.Random, vocabulary: Lines) -> Lines:
    """Lines at random, over and over in one order, or in blocks that recur."""
    size = rng.choice([10, 60, 300])
    kind = rng.randrange(3)
    if kind == 0:
        return [rng.choice(vocabulary) for _ in range(size)]
    if kind == 1:
        period = rng.randint(1, size)
        return [b"line %d" % (number % period) for number in range(size)]
    blocks = [[rng.choice(vocabulary) for _ in range(rng.randint(1, 5))] for _ in range(6)]
    return [line for _ in range(size // 3) for line in rng.choice(blocks)]


def written(lines: Lines) -> bytes:
    return join_lines([*lines, b""]) if lines else b""


@pytest.mark.usefixtures("_way")
@examples(8)
@given(st.integers(0, 2**32))
def test_the_hunks_are_gits(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    pairs = []
    for _ in range(150):
        vocabulary = [b"line %d" % n for n in range(rng.choice([2, 3, 5, 8, 20, 60, 400]))] + [b"", b"}"]
        lines = repetitive(rng, vocabulary)
        pairs.append((written(lines), written(scattered(rng, lines, vocabulary))))
    for (base, other), expected in zip(pairs, judged(tmp_path_factory.mktemp("judged"), pairs), strict=True):
        hunks, search = diff_again(split_lines(base), split_lines(other))
        # Where Myers was used it slides what it keeps, within its part, before we do.
        if not search.by_myers:
            assert hunks == expected, (seed, base, other)


def _every(step: int, lines: Lines) -> Lines:
    return [b"\t%d" % n + line if n % step == 0 else line for n, line in enumerate(lines)]


_UNIQUE = [b"line %d" % n for n in range(3000)]
_BLANKS = [line for unique in _UNIQUE[:1500] for line in (unique, b"")]
_HEAVY = {
    "every other line": (_UNIQUE, _every(2, _UNIQUE)),
    "every third line": (_UNIQUE, _every(3, _UNIQUE)),
    "line endings": (_UNIQUE, [line + b"\r" for line in _UNIQUE]),
    "blank lines": (_BLANKS, _every(4, _BLANKS)),
    "indented": (_BLANKS, [b"  " + line if line else line for line in _BLANKS]),
    "64 times each": ([b"line %d" % (n % 47) for n in range(3008)], _every(2, [b"line %d" % (n % 47) for n in range(3008)])),
    "twice each": (_UNIQUE[:1501] * 2, _every(2, _UNIQUE[:1501] * 2)),
    "twice each, in pairs": (_UNIQUE[:1501] * 2, _every(3, _UNIQUE[:1501] * 2)),
    "backwards": (_UNIQUE[:1500], _UNIQUE[:1500][::-1]),
}  # fmt: skip


@pytest.mark.parametrize("name", _HEAVY)
def test_the_hunks_of_thousands_of_changes_are_gits(name: str, tmp_path: Path) -> None:
    base, other = (written(lines) for lines in _HEAVY[name])
    assert diff(split_lines(base), split_lines(other)) == judged(tmp_path, [(base, other)])[0]
