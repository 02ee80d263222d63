"""The overlaps of one worktree as a Markdown document, for an editor to show."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import FileReport
from forksight.core.overlaps.wording import tell
from forksight.core.problems import Problem
from forksight.core.words.markdown import escaped, linked


def overlaps(
    worktree: Worktree,
    reports: Sequence[FileReport],
    *,
    muted: Iterable[str],
    problems: Sequence[Problem],
    today: datetime,
    link_to: Callable[[str], str],
) -> str:
    """The document. `muted` are the labels whose overlaps are ignored, `today` is local, `link_to` makes a path's URI."""
    lines = [f"# Overlaps of {escaped(worktree.branch or worktree.path)}", ""]
    for report in reports:
        lines += [f"## {linked(report.path, link_to(report.path))}", ""]
        lines += [f"- line {region.lines.start + 1}: {escaped(tell(region, today))}" for region in report.regions]
        lines.append("")
    if not reports:
        lines += ["No other worktree edits the same code.", ""]
    lines += _section("Ignored", sorted(muted))
    uncovered = [*problems, *(problem for report in reports for problem in report.problems)]
    lines += _section("Not covered", dict.fromkeys(problem.message for problem in uncovered))
    return "\n".join(lines)


def _section(title: str, items: Iterable[str]) -> list[str]:
    entries = [f"- {escaped(item)}" for item in items]
    return [f"## {title}", "", *entries, ""] if entries else []
