"""The JSON of a comparison; see docs/json.md."""

from forksight.core import document
from forksight.core.compare.comparison import ComparedFork, Comparison, FileChange, ForkPair, Work
from forksight.core.document import Plain
from forksight.core.overlaps.overlap import PairFile
from forksight.core.sessions import document as session_document


def comparison(result: Comparison) -> Plain:
    """The whole comparison."""
    ancestor = result.ancestor
    return {
        "version": 1,
        "repository": result.repository,
        "base": result.base,
        "ancestor": {"session": ancestor.id, "title": ancestor.title} if ancestor else None,
        "target": result.target,
        "forks": [_fork(shown) for shown in result.forks],
        "pairs": [_pair(shown, result) for shown in result.pairs],
        "merge_order": [
            {
                "session": result.candidates[merge.branch].session,
                "branch": result.candidates[merge.branch].branch,
                "conflicts_with": [result.candidates[other].label for other in merge.conflicts],
                "conflicts_with_target": merge.stops,
                "breaks_with": [result.candidates[other].label for other in merge.breaks],
            }
            for merge in result.order
        ],
        "problems": document.problems(result.problems),
    }


def _fork(fork: ComparedFork) -> Plain:
    node = fork.node
    return {
        "label": fork.label,
        "session": node.id if node else None,
        "title": node.title if node else None,
        "branch": fork.branch,
        "worktree": fork.worktree,
        "head": fork.head,
        "files": [_change(change) for change in fork.changes],
        "lines": {"added": fork.added, "removed": fork.removed},
        "uncommitted": sum(change.uncommitted for change in fork.changes),
        "commits": [{"id": commit.id, "subject": commit.subject} for commit in fork.commits],
        "merges": _merges(fork.stops, fork.breaks),
        "tokens": session_document.tokens(node.own) if node else None,
        "work": _work(fork.work),
    }


def _work(work: Work | None) -> Plain | None:
    if work is None:
        return None
    return {
        "seconds": round(work.seconds, 3),
        "commands": work.commands,
        "failed_commands": work.failed,
        "tests": [{"command": run.command, "passed": run.passed} for run in work.tests],
    }


def _change(change: FileChange) -> Plain:
    return {
        "path": change.path,
        "renamed_from": change.renamed_from,
        "added": change.added,
        "removed": change.removed,
        "uncommitted": change.uncommitted,
    }


def _pair(pair: ForkPair, result: Comparison) -> Plain:
    a, b = result.forks[pair.a], result.forks[pair.b]
    return {
        "a": pair.a,
        "b": pair.b,
        "files": [
            {
                "path": shared.path,
                "kind": shared.kind.value if shared.kind else None,
                "lines": {"conflicting": shared.conflicting, "identical": shared.identical},
                "a": place(a, shared.path),
                "b": place(b, shared.path),
            }
            for shared in pair.shared
        ],
        "merges": _merges(pair.stops, pair.breaks),
    }


def place(fork: ComparedFork, path: str) -> str | None:
    """The path of a file on disk, for an editor to open."""
    return f"{fork.worktree}/{path}" if fork.worktree is not None else None


def _merges(stops: tuple[PairFile, ...], breaks: tuple[PairFile, ...]) -> Plain:
    return {
        "clean": not stops,
        "files": [{"path": file.path, "kind": file.kind.value} for file in stops],
        "breaks": [{"path": file.path, "kind": file.kind.value, "symbol": file.symbol} for file in breaks],
    }
