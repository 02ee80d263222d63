"""The JSON of `forksight overlaps` and `forksight matrix`. Lines are 0-based and half-open; see docs/json.md."""

from collections.abc import Mapping

from forksight.core.document import Plain, problems
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Lines, Matrix, Overlap, Pair, PairFile, Report


def overlaps(common_dir: str, report: Report, sessions: Mapping[str, str]) -> Plain:
    """One worktree against all others. `sessions` maps a worktree's path to the id of the session that works there."""
    return {
        "version": 1,
        "repository": common_dir,
        "worktree": _worktree(report.worktree),
        "overlaps": [_overlap(overlap, sessions) for overlap in report.overlaps],
        "problems": problems(report.problems),
    }


def matrix(result: Matrix) -> Plain:
    """All worktrees against each other, with only those pairs that conflict or break something."""
    return {
        "version": 1,
        "worktrees": [_worktree(worktree) for worktree in result.worktrees],
        "pairs": [_pair(pair) for pair in result.pairs],
        "problems": problems(result.problems),
    }


def _worktree(worktree: Worktree) -> Plain:
    colleague = worktree.colleague
    whose = {"user": colleague.user, "machine": colleague.host} if colleague else {}
    return {"path": worktree.path, "branch": worktree.branch, "head": worktree.head, **whose}


def _overlap(overlap: Overlap, sessions: Mapping[str, str]) -> Plain:
    other = overlap.other
    return {
        "path": overlap.path,
        "kind": overlap.kind.value,
        "lines": _lines(overlap.lines),
        "other": {
            "worktree": other.worktree,
            "branch": other.branch,
            "path": other.path,
            "lines": _lines(other.lines),
            "session": sessions.get(other.worktree),
            "user": other.colleague.user if other.colleague else None,
            "machine": other.colleague.host if other.colleague else None,
        },
        "base": overlap.base,
        **({"symbol": overlap.symbol} if overlap.symbol is not None else {}),
    }


def _pair(pair: Pair) -> Plain:
    return {"a": pair.a, "b": pair.b, "files": [_file(file) for file in pair.files]}


def _file(file: PairFile) -> Plain:
    symbol = {"symbol": file.symbol} if file.symbol is not None else {}
    return {"path": file.path, "kind": file.kind.value, **symbol}


def _lines(lines: Lines) -> list[int]:
    return [lines.start, lines.end]
