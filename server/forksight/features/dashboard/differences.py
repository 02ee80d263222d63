"""Unified diffs between both sides of conflicts."""

from collections.abc import Iterator

from forksight.core.dashboard.board import Row
from forksight.core.merge.diff import split_lines
from forksight.core.merge.unified_diff import unified
from forksight.features.overlaps.engine import OverlapEngine


def differences(engine: OverlapEngine, row: Row, here: str) -> str:
    """The diffs of a row's conflicts: with the worktree `here` if concerned, else with each opponent; "" without conflicts.

    The first side is `here`'s version, or the row's own. May read blobs.
    """
    opponents = [opponent.worktree for opponent in row.opponents]
    if row.worktree is None:
        return ""
    if here in opponents:
        return "".join(_between(engine, here, row.worktree))
    return "".join(text for other in opponents for text in _between(engine, row.worktree, other))


def _between(engine: OverlapEngine, ours: str, theirs: str) -> Iterator[str]:
    """The diffs of the files of two worktrees (paths) that overlap with each other."""
    colleagues = {snapshot.worktree.path: snapshot.worktree.label for snapshot in engine.colleagues()}
    labels = {worktree.path: worktree.label for worktree in engine.worktrees()} | colleagues
    for report in (*engine.report(ours), *engine.semantic_report(ours)):
        sides = {side.path for region in report.regions for side in region.others if side.worktree == theirs}
        for path in sorted(sides):
            our_text = engine.text_here(ours, report.path)
            shared = theirs in colleagues
            their_text = engine.text_there(ours, report.path, theirs) if shared else engine.text_here(theirs, path)
            our_name, their_name = f"{labels[ours]}: {report.path}", f"{labels[theirs]}: {path}"
            yield unified(split_lines(our_text), split_lines(their_text), our_name, their_name)
