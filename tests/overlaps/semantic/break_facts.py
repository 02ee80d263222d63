"""Breaks in the few words by which tests tell them from others, and checks of what merging two sides breaks."""

from collections.abc import Sequence

from bench.semantic.programs.sides import Files, merged

from forksight.core.overlaps.semantic.breaks import Break

Facts = Sequence[tuple[str, str, str, int]]  # kind, symbol, and where it is used: path and line, 1-based


def facts_of(broken: Break) -> tuple[str, str, str, int]:
    """What `Facts` has of a break."""
    return broken.kind.value.removeprefix("semantic-"), broken.symbol, broken.use.path, broken.use.lines.start + 1


def check_found(base: Files, ours: Files, theirs: Files, expected: Facts) -> None:
    """These are the breaks of our side, and those that the other side is told of it: but for what both define, which each says at its own."""
    assert [facts_of(broken) for broken in merged(base, ours, theirs).here] == list(expected)
    told = merged(base, theirs, ours)
    twice = [facts for facts in expected if facts[0] == "twice"]
    assert [broken.kind.value for broken in told.here] == ["semantic-twice"] * len(twice)
    there = [facts_of(broken) for broken in told.there]
    assert there == [facts for facts in expected if facts not in twice]


def check_silent(base: Files, ours: Files, theirs: Files) -> None:
    """Neither side is told of a break."""
    for breaks in (merged(base, ours, theirs), merged(base, theirs, ours)):
        assert (breaks.here, breaks.there) == ((), ())
