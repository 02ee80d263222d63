"""A check that builds on the one before says what a check from scratch says, whatever was typed in between."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.git.snapshot import EXECUTABLE, REGULAR
from forksight.core.merge import histogram, three_way
from forksight.core.merge.diff import Text, diff, diff_again, split_again, split_lines
from forksight.core.merge.histogram import Search
from forksight.core.merge.three_way import SideDiffs, Version, version
from forksight.core.overlaps.check import Driver, FilePlan, Memory, Opponent, check_text
from forksight.core.overlaps.overlap import Kind, Side
from tests.examples import examples


def typed(rng: random.Random, text: bytes, vocabulary: list[bytes]) -> bytes:
    """The text after one stroke, paste or cut."""
    start = rng.randint(0, len(text))
    end = min(len(text), start + rng.choice([0, 0, 1, rng.randint(0, 30), rng.randint(0, len(text))]))
    put = rng.choice([b"x", b"\n", b"", b"", rng.choice(vocabulary) + b"\n", b"".join(rng.choices(vocabulary, k=3))])
    return text[:start] + put + text[end:]


def written(rng: random.Random, vocabulary: list[bytes], longest: int) -> bytes:
    return b"\n".join(rng.choice(vocabulary) for _ in range(rng.randint(0, longest))) + rng.choice([b"", b"\n"])


def opponents(rng: random.Random, vocabulary: list[bytes], bases: list[bytes]) -> tuple[Opponent, ...]:
    texts = [split_lines(base) for base in bases]
    made = []
    for number in range(rng.randint(1, 12)):
        which = rng.randrange(len(bases))
        theirs = bases[which]
        for _ in range(rng.randint(0, 4)):
            theirs = typed(rng, theirs, vocabulary)
        made.append(
            Opponent(
                (Side(f"/w/{number}", f"b{number}", "f"),),
                REGULAR,
                texts[which],
                rng.choice([REGULAR] * 9 + [EXECUTABLE, 0]),
                diffed(texts[which], theirs) if rng.random() < 0.5 else version(texts[which], split_lines(theirs)),
                rng.choice([Driver.TEXT] * 9 + [Driver.UNION, Driver.BINARY]),
                rng.choice([None] * 15 + [Kind.RENAME]),
            )
        )
    return tuple(made)


def diffed(base: Text, text: bytes) -> Version:
    """A version that keeps its search, as those with many changes do."""
    lines = split_lines(text)
    return Version(lines, *diff_again(base, lines))


def from_scratch(plan: FilePlan) -> FilePlan:
    """The plan as if nothing had been compared before, here or there."""
    bare = (replace(opponent, theirs=replace(opponent.theirs, search=None)) for opponent in plan.opponents)
    return replace(plan, opponents=tuple(bare), memory=Memory())


@examples(100)
@given(st.integers(0, 2**32))
def test_checking_again_is_checking(seed: int) -> None:
    rng = random.Random(seed)
    vocabulary = [b"line %d" % n for n in range(rng.choice([2, 6, 40, 400]))] + [b"", b"}"]
    bases = [written(rng, vocabulary, rng.choice([6, 40, 200])) for _ in range(rng.randint(1, 2))]
    plan = FilePlan("f", rng.choice([REGULAR, REGULAR, EXECUTABLE]), opponents(rng, vocabulary, bases))
    text = bases[0]
    for _ in range(12):
        assert check_text(plan, text) == check_text(from_scratch(plan), text), seed
        text = rng.choice([b"\0" + text, bases[-1]]) if rng.random() < 0.05 else typed(rng, text, vocabulary)


def test_what_was_binary_is_compared_from_scratch() -> None:
    lines = [b"line %d\n" % n for n in range(8)]
    base, theirs, mine = (b"".join(lines).replace(old, b"new\n") for old in (b"-", lines[2], lines[6]))
    original = split_lines(base)
    opponent = Opponent((Side("/w/1", "b1", "f"),), REGULAR, original, REGULAR, diffed(original, theirs))
    plan = FilePlan("f", REGULAR, (opponent,))
    for text in (b"\0" + mine, mine):
        assert check_text(plan, text) == check_text(from_scratch(plan), text)


@examples(60)
@given(st.integers(0, 2**32))
def test_typing_on_in_changed_lines_and_formatting_them_is_checking(seed: int) -> None:
    rng = random.Random(seed)
    vocabulary = [b"line %d" % n for n in range(rng.choice([1, 3, 40]))]
    base = written(rng, vocabulary, rng.choice([6, 40, 150]))
    lines = [line + rng.choice([b"", b" mine"]) for line in base.split(b"\n")]
    others = opponents(rng, vocabulary, [base])
    rewritten = diffed(others[0].base, b"\n".join(lines).replace(b" mine", b" theirs"))  # the same lines
    plan = FilePlan("f", REGULAR, (replace(others[0], theirs=rewritten), *others[1:]))
    for number in range(10):
        text = b"\n".join(lines)
        assert check_text(plan, text) == check_text(from_scratch(plan), text), seed
        if rng.random() < 0.3:  # a formatter rewrites every line that was changed
            lines = [line + b" again" if b"mine" in line else line for line in lines]
        at = rng.randrange(len(lines))
        if b"mine" in lines[at] and rng.random() < 0.3:  # split, or joined with the next one
            lines[at : at + rng.randint(1, 2)] = [b"%d mine" % number] * rng.randint(1, 2)
        else:
            lines[at] += b" mine"


@examples(20)
@given(st.integers(0, 2**32))
def test_how_long_sides_differ_is_remembered_for_those_sides_alone(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(three_way, "LONG", 0)
    rng = random.Random(seed)
    lines = [rng.choices([b"a", b"b", b"c"], k=6) for _ in range(20)]
    side_diffs = SideDiffs()
    for _ in range(3):
        for ours, theirs in [rng.choices(lines, k=2) for _ in range(60)]:
            assert side_diffs.diff(ours, theirs) == diff(Text(ours), Text(theirs)), seed
        side_diffs = SideDiffs(side_diffs.used)


@pytest.mark.parametrize("scattered", [histogram.SCATTERED, 0])
@examples(70)
@given(st.integers(0, 2**32))
def test_diffing_again_is_diffing(monkeypatch: pytest.MonkeyPatch, scattered: int, seed: int) -> None:
    monkeypatch.setattr(histogram, "SCATTERED", scattered)
    monkeypatch.setattr(histogram, "STEPS", min(scattered, histogram.STEPS))
    rng = random.Random(seed)
    vocabulary = [b"line %d" % n for n in range(rng.choice([1, 2, 6, 40, 400]))] + [b""]
    base, text = written(rng, vocabulary, 200), written(rng, vocabulary, 200)
    search: Search | None = None
    same = (0, 0)
    lines = split_lines(text)
    for _ in range(12):
        hunks, search = diff_again(split_lines(base), lines, search, same)
        assert hunks == diff(split_lines(base), split_lines(text)), seed
        before, text, lines_before = text, typed(rng, text, vocabulary), lines
        lines, same = split_again(text, before, lines)
        assert lines.lines == split_lines(text).lines, seed
        top, rest = same
        assert top + rest <= min(len(lines.lines), len(lines_before.lines)), seed
        assert lines.lines[:top] == lines_before.lines[:top], seed
        assert lines.lines[len(lines.lines) - rest :] == lines_before.lines[len(lines_before.lines) - rest :], seed
