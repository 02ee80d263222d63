"""A comparison in words: the cells of its table, and how two forks merge."""

from forksight.core.compare.comparison import Comparison, SharedFile, Work
from forksight.core.compare.merge_order import Merge
from forksight.core.overlaps.overlap import PairFile
from forksight.core.words.quantities import many


def rows(result: Comparison) -> list[tuple[str, list[str]]]:
    """The rows of the table: a title, and a cell for each fork."""
    forks = result.forks
    rows = [
        ("files changed", [str(len(fork.changes)) for fork in forks]),
        ("lines", [f"+{fork.added} −{fork.removed}" for fork in forks]),  # noqa: RUF001 - a minus, as wide as the plus
        ("uncommitted files", [str(sum(change.uncommitted for change in fork.changes)) for fork in forks]),
        ("commits", [str(len(fork.commits)) for fork in forks]),
        ("own tokens", [_number(fork.node.own.total) if fork.node else "" for fork in forks]),
        ("time", [_span(fork.work.seconds) if fork.work else "" for fork in forks]),
        ("failed commands", [f"{fork.work.failed} of {fork.work.commands}" if fork.work else "" for fork in forks]),
        ("test runs", [_tests(fork.work) if fork.work else "" for fork in forks]),
    ]
    if result.target is not None:
        rows.append(
            (
                f"merges into {result.target}",
                [verdict(fork.stops, fork.breaks) if fork.branch != result.target else "" for fork in forks],
            )
        )
    return rows


def met_lines(shared: SharedFile) -> list[str]:
    """The number of lines in which two forks' changes of a file meet, in words."""
    counts = (("conflicting", shared.conflicting), ("the same on both sides", shared.identical))
    return [f"{many(count, 'line')} {how}" for how, count in counts if count]


def verdict(stops: tuple[PairFile, ...], breaks: tuple[PairFile, ...]) -> str:
    """The outcome of a merge in words. `stops` are the files that conflict, `breaks` the breaks elsewhere."""
    text = f"conflicts in {many(len(stops), 'file')}" if stops else "clean"
    return f"{text}, {many(len(breaks), 'break')}" if breaks else text


def break_lines(breaks: tuple[PairFile, ...]) -> list[str]:
    """The breaks of a merge, one line each."""
    return [f"{broken.path}: `{broken.symbol}` breaks ({broken.kind.value})" for broken in breaks]


def met_before(result: Comparison, merge: Merge) -> list[tuple[str, list[str]]]:
    """What a merge conflicts with and what it breaks, of the target and the branches merged before: (verb, names)."""
    labels = [result.candidates[other].label for other in merge.conflicts]
    conflicting = [result.target, *labels] if merge.stops and result.target is not None else labels
    breaking = [result.candidates[other].label for other in merge.breaks]
    return [(how, who) for how, who in (("conflicts with", conflicting), ("breaks with", breaking)) if who]


def _tests(work: Work) -> str:
    if not work.tests:
        return "none"
    return f"{len(work.tests)}, the last one {'passed' if work.tests[-1].passed else 'failed'}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _number(count: int) -> str:
    return f"{count:,}"
