"""A comparison as plain data and as Markdown: what `--json` prints, what travels over LSP, what an editor opens."""

from collections.abc import Callable

from forksight.core import document
from forksight.core.compare.comparison import ComparedFork, Comparison, FileChange, ForkPair, SharedFile, Work
from forksight.core.document import Plain
from forksight.core.overlaps.overlap import PairFile
from forksight.core.sessions import document as session_document
from forksight.core.words.markdown import markdown_table

_MOST = 30  # files listed in the Markdown of one pair


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
        "merges": _merges(fork.stops),
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
    return {"path": change.path, "added": change.added, "removed": change.removed, "uncommitted": change.uncommitted}


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
                "a": _place(a, shared.path),
                "b": _place(b, shared.path),
            }
            for shared in pair.shared
        ],
        "merges": _merges(pair.stops),
    }


def _place(fork: ComparedFork, path: str) -> str | None:
    """Where a file is on disk, for an editor to open."""
    return f"{fork.worktree}/{path}" if fork.worktree is not None else None


def _merges(stops: tuple[PairFile, ...]) -> Plain:
    return {"clean": not stops, "files": [{"path": file.path, "kind": file.kind.value} for file in stops]}


def markdown(result: Comparison, link: Callable[[str], str]) -> str:
    """The comparison as a document; `link` makes a URI of a path, so that files can be opened from it."""
    names = [_code(fork.label) for fork in result.forks]
    lines = [f"# {' and '.join(fork.label for fork in result.forks)}", ""]
    if result.ancestor is not None:
        lines += [f"Forks of “{_text(result.ancestor.title)}”, from commit {(result.base or 'none')[:10]}.", ""]
    lines += markdown_table(["", *names], [[title, *row] for title, row in rows(result)])
    for pair in result.pairs:
        lines += ["", *_shared(pair, result, link)]
    if len(result.order) > 1:
        lines += ["", *_order(result)]
    if result.problems:
        lines += ["", "## Not covered", "", *(f"- {_text(problem.message)}" for problem in result.problems)]
    return "\n".join([*lines, ""])


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
                f"merges into {_text(result.target)}",
                [_verdict(fork.stops) if fork.branch != result.target else "" for fork in forks],
            )
        )
    return rows


def _shared(pair: ForkPair, result: Comparison, link: Callable[[str], str]) -> list[str]:
    forks = result.forks[pair.a], result.forks[pair.b]
    lines = [
        f"## {_text(forks[0].label)} and {_text(forks[1].label)}",
        "",
        f"Merging them: {_verdict(pair.stops)}.",
        "",
    ]
    if not pair.shared:
        return [*lines, "No file was changed by both."]
    for shared in pair.shared[:_MOST]:
        phrases = [f"{shared.kind.value}" if shared.kind else "merges"]
        phrases += met_lines(shared)
        places = [(fork.label, _place(fork, shared.path)) for fork in forks]
        links = [f"[{_text(label)}]({link(place)})" for label, place in places if place is not None]
        lines.append(f"- {_code(shared.path)}: {', '.join(phrases)}" + (f" ({', '.join(links)})" if links else ""))
    return [*lines, *([f"- and {len(pair.shared) - _MOST} more"] if len(pair.shared) > _MOST else [])]


def met_lines(shared: SharedFile) -> list[str]:
    """The lines where two forks meet in a file, in words."""
    counts = (("conflicting", shared.conflicting), ("the same on both sides", shared.identical))
    return [f"{count} {'line' if count == 1 else 'lines'} {how}" for how, count in counts if count]


def _order(result: Comparison) -> list[str]:
    lines = ["## Merge order", "", f"{result.order_title}, for the fewest merges that stop:", ""]
    for number, merge in enumerate(result.order, 1):
        conflicting = [_code(result.candidates[other].label) for other in merge.conflicts]
        if merge.stops and result.target is not None:
            conflicting.insert(0, _code(result.target))
        lines.append(
            f"{number}. {_code(result.candidates[merge.branch].label)}"
            + (f", conflicts with {', '.join(conflicting)}" if conflicting else "")
        )
    return lines


def _verdict(stops: tuple[PairFile, ...]) -> str:
    return f"conflicts in {len(stops)} {'file' if len(stops) == 1 else 'files'}" if stops else "clean"


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


def _code(text: str) -> str:
    """Data in backticks, whatever is in it."""
    plain_text = text.replace("`", "'").replace("|", "/")
    return f"`{plain_text}`"


def _text(text: str) -> str:
    """Data as it is, in Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in " ".join(text.split()))
