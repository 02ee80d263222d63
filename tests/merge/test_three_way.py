"""Our three-way merge of lines, judged by git's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.merge.diff import diff, join_lines, split_lines
from forksight.core.merge.three_way import ConflictStyle, meet, version
from tests.examples import examples
from tests.merge.git_merge import Triple, judge


def conflicts(triple: Triple, style: ConflictStyle = ConflictStyle.MERGE) -> tuple[tuple[bytes, bytes], ...]:
    """What our merge says of a triple, in the shape of what git leaves between its markers."""
    base, ours, theirs = triple
    if base in (ours, theirs) or ours == theirs:
        return ()
    original = split_lines(base)
    mine, other = version(original, split_lines(ours)), version(original, split_lines(theirs))
    return tuple(
        (_ended(mine.text.slice(met.start, met.end)), _ended(other.text.slice(met.their_start, met.their_end)))
        for met in meet(mine, other, style)
        if met.conflict
    )


def _ended(text: bytes) -> bytes:
    """Between markers git ends an unterminated last line as the file's other lines end: with or without a CR."""
    return text.removesuffix(b"\n").removesuffix(b"\r")


def agree(triples: list[Triple], style: ConflictStyle = ConflictStyle.MERGE) -> None:
    """Every file that git stops at, no other, and the same lines between the markers."""
    judgements = judge(triples, ["-c", f"merge.conflictStyle={style.value}"])
    for triple, judged in zip(triples, judgements, strict=True):
        regions = conflicts(triple, style)
        assert bool(regions) == judged.conflict, triple
        assert regions == tuple((_ended(ours), _ended(theirs)) for ours, theirs in judged.regions), triple


def edited(rng: random.Random, lines: list[bytes], vocabulary: list[bytes]) -> list[bytes]:
    """A few edits as people make them: replaced, inserted, deleted, copied and moved blocks."""
    out = list(lines)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(out))
        end = min(len(out), start + rng.randint(0, 4))
        kind = rng.random()
        if kind < 0.15:
            block = out[start:end]
            del out[start:end]
            place = rng.randint(0, len(out))
            out[place:place] = block
        elif kind < 0.3:
            out[start:start] = out[start:end]
        else:
            out[start:end] = [rng.choice(vocabulary) for _ in range(rng.randint(0, 4))]
    return out


def written(rng: random.Random, lines: list[bytes]) -> bytes:
    text = b"".join(line + b"\n" for line in lines)
    return text[:-1] if text and rng.random() < 0.15 else text


@examples(12)
@given(st.integers(0, 2**32), st.sampled_from([40, 40, 40, 300]))
def test_agrees_with_git_on_edited_files(seed: int, longest: int) -> None:
    agree(edited_files(seed, longest))


@pytest.mark.parametrize("style", [ConflictStyle.DIFF3, ConflictStyle.ZDIFF3])
@examples(6)
@given(st.integers(0, 2**32))
def test_agrees_with_git_on_the_markers_of_other_styles(style: ConflictStyle, seed: int) -> None:
    agree(edited_files(seed, 40), style)


def edited_files(seed: int, longest: int) -> list[Triple]:
    rng = random.Random(seed)
    triples = []
    for _ in range(200 if longest == 40 else 60):
        vocabulary = [b"line %d" % n for n in range(rng.choice([2, 4, 10, 40, 400]))]
        base = [rng.choice(vocabulary) for _ in range(rng.randint(0, longest))]
        triples.append(
            (
                written(rng, base),
                written(rng, edited(rng, base, vocabulary)),
                written(rng, edited(rng, base, vocabulary)),
            )
        )
    return triples


@pytest.mark.parametrize("style", ConflictStyle)
@examples(2)
@given(st.integers(0, 2**32))
def test_agrees_with_git_where_both_sides_rewrite_the_same_lines(style: ConflictStyle, seed: int) -> None:
    rng = random.Random(seed)
    triples = []
    for _ in range(80):
        base = [b"line %d" % (n % rng.choice([5, 30, 1000])) for n in range(rng.randint(1, 60))]
        kept, alike = rng.choice([0.2, 0.5, 0.8]), rng.choice([0, 0, 0.02, 0.1])
        sides: tuple[list[bytes], list[bytes]] = [], []
        for line in base:
            if rng.random() < kept:
                new = ([line], [line])
            elif rng.random() < alike:
                new = (rng.choice([[], [b"  " + line]]),) * 2
            else:
                new = ([b"  " + line] * rng.choice([1, 1, 1, 2]), [b"\t" + line] * rng.choice([1, 1, 1, 2, 0]))
            for side, lines in zip(sides, new, strict=True):
                side.extend(lines)
        triples.append((written(rng, base), written(rng, sides[0]), written(rng, sides[1])))
    agree(triples, style)


@examples(10)
@given(
    st.lists(
        st.tuples(
            *[st.lists(st.sampled_from([b"a\n", b"b\n", b"\r\n", b"\xff\xfe\n", b" }\n", b"a"])).map(b"".join)] * 3
        ),
        min_size=60,
        max_size=120,
    )
)
def test_agrees_with_git_on_unrelated_texts(triples: list[Triple]) -> None:
    agree(triples)


def test_agrees_with_git_where_every_common_line_is_too_common_for_histogram() -> None:
    rng = random.Random(7)
    triples = []
    for _ in range(60):
        base = [rng.choice([b"x", b"y"]) for _ in range(400)]
        first, second, third = (written(rng, edited(rng, base, [b"x", b"y", b"z"])) for _ in range(3))
        triples.append((first, second, third))
    agree(triples)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(b"A\nb\nc\nd\n", b"a\nb\nc\nD\n", [], id="apart"),
        pytest.param(b"A\nb\nc\nd\n", b"a\nB\nc\nd\n", [(0, 2, True)], id="adjacent"),
        pytest.param(b"a\nB\nc\nd\n", b"a\nB\nc\nd\n", [(1, 2, False)], id="same"),
        pytest.param(b"a\nc\nd\n", b"a\nX\nc\nd\n", [(1, 1, True)], id="deleted here"),
        pytest.param(b"a\nb\nc\nd\ne\n", b"a\nb\nc\nd\nf\n", [(4, 5, True)], id="both append"),
        pytest.param(b"A\nb\nc\nD\n", b"A\nb\nc\nE\n", [(0, 1, False), (3, 4, True)], id="same and conflict"),
    ],
)
def test_lines_on_this_side(ours: bytes, theirs: bytes, expected: list[tuple[int, int, bool]]) -> None:
    base = split_lines(b"a\nb\nc\nd\n")
    met = meet(version(base, split_lines(ours)), version(base, split_lines(theirs)))
    assert [(meeting.start, meeting.end, meeting.conflict) for meeting in met] == expected


@given(st.binary())
def test_lines_keep_every_byte(data: bytes) -> None:
    assert join_lines(split_lines(data).lines) == data


@given(st.lists(st.sampled_from([b"a", b"b", b"c"])), st.lists(st.sampled_from([b"a", b"b", b"c"])))
def test_a_diff_turns_one_text_into_the_other(old: list[bytes], new: list[bytes]) -> None:
    base, other = split_lines(b"\n".join(old)), split_lines(b"\n".join(new))
    rebuilt: list[bytes] = []
    at = 0
    for hunk in diff(base, other):
        rebuilt += base.lines[at : hunk.base_start] + other.lines[hunk.start : hunk.end]
        at = hunk.base_end
    assert rebuilt + base.lines[at:] == other.lines


def test_a_file_of_a_hundred_thousand_lines() -> None:
    lines = [b"value_%d = %d" % (n, n % 50) for n in range(100_000)]
    base = split_lines(b"\n".join(lines) + b"\n")
    ours, theirs = list(lines), list(lines)
    ours[70_000:70_001] = [b"mine", b"mine too"]
    theirs[70_000] = b"theirs"
    theirs[5] = b"elsewhere"
    met = meet(version(base, split_lines(b"\n".join(ours))), version(base, split_lines(b"\n".join(theirs))))
    # The lost newline at the end is the same change on both sides.
    assert [(meeting.start, meeting.end, meeting.conflict) for meeting in met] == [
        (70_000, 70_002, True),
        (100_000, 100_001, False),
    ]
