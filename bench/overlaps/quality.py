"""(e) Replayed merges: how often each rule predicts correctly where `git merge` stops."""

from collections.abc import Iterator
from pathlib import Path

from bench.options import Options
from bench.overlaps import histories
from bench.overlaps.replay import GRAINS, OURS, Replay, replay
from bench.repositories import git
from bench.table import Part, Row

MERGES = 300  # in the made-up history
GOALS = {"files": (0.99, 1.0), "regions": (0.99, 0.99), "lines": (0.95, 0.95)}  # precision and recall, at least


def part(options: Options) -> Part:
    """A row for each history and rule."""
    return Part(
        "replayed merges, each side's last commit uncommitted",
        [row for name, replayed in replays(options) for row in rows_of(name, replayed)],
        "precision/recall in per cent against `git merge-tree`: whole files; regions that touch; regions that are the same to the"
        ' line. "Same file changed" is what hooks warn of; "HEADs merged" leaves uncommitted edits out, as clash does',
        ("files", "regions", "to the line"),
    )


def replays(options: Options) -> Iterator[tuple[str, Replay]]:
    """The made-up history, and the merges and reverts of the real ones."""
    repository, planned = histories.made_up(options.folder / "made-up", 60 if options.quick else MERGES)
    replayed = replay(repository, histories.merged(repository))
    assert planned == replayed.stopped, "git stops at the merges that were planned to conflict"
    yield "made-up history", replayed
    for number, history in enumerate(options.histories):
        clone = options.folder / f"history-{number}"
        git(options.folder, "clone", "--quiet", "--no-checkout", str(history), str(clone))
        merges = histories.merged(clone)
        if merges:
            yield f"{_name(history)}: merges", replay(clone, merges)
        undone = histories.undone(clone)
        if undone:
            yield f"{_name(history)}: reverted commits", replay(clone, undone)


def rows_of(what: str, replayed: Replay) -> Iterator[Row]:
    """The rows of one history."""
    yield Row(f"{what}: {replayed.merges} merges, git stops at {replayed.stopped}", "")
    for rule, score in replayed.scores.items():
        shares = {grain: (score.precision(grain), score.recall(grain)) for grain in GRAINS}
        met = all(value >= goal for grain in GRAINS for value, goal in zip(shares[grain], GOALS[grain], strict=True))
        files, regions, lines = (f"{_percent(precision)}/{_percent(recall)}" for precision, recall in shares.values())
        yield Row(
            f"  {rule}",
            files,
            regions,
            lines,
            "99/100, 99/99, 95/95" if rule == OURS else "",
            met if rule == OURS else None,
            {
                "merges": replayed.merges,
                "stopped": replayed.stopped,
                **{f"{grain}_precision": precision for grain, (precision, _) in shares.items()},
                **{f"{grain}_recall": recall for grain, (_, recall) in shares.items()},
            },
        )


def _name(history: Path) -> str:
    """A repository's name; Forksight's own checkout may be in a folder of any name."""
    return "forksight" if (history / "server" / "forksight").is_dir() else history.name


def _percent(share: float) -> str:
    """A share (0 to 1) in per cent; 100 only if it is exactly 1."""
    return "100" if share == 1 else f"{min(share * 100, 99.9):.3g}"
