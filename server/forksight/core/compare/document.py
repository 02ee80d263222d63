"""A comparison as plain data and as Markdown: what `--json` prints, what travels over LSP, what an editor opens."""

from collections.abc import Callable

from forksight.core import document
from forksight.core.compare.comparison import Comparison, Contender, FileChange, Meeting, SharedFile, Work
from forksight.core.document import Plain
from forksight.core.overlaps.overlap import PairFile
from forksight.core.sessions import document as session_document
from forksight.core.words.markdown import markdown_table

_MOST = 30  # files listed in the Markdown of one pair


def comparison(found: Comparison) -> Plain:
    """The whole comparison."""
    ancestor = found.ancestor
    return {
        "version": 1,
        "repository": found.repository,
        "base": found.base,
        "ancestor": {"session": ancestor.id, "title": ancestor.title} if ancestor else None,
        "target": found.target,
        "forks": [_contender(each) for each in found.contenders],
        "pairs": [_meeting(each, found) for each in found.meetings],
        "merge_order": [
            {
                "session": found.candidates[merge.branch].session,
                "branch": found.candidates[merge.branch].branch,
                "conflicts_with": [found.candidates[other].label for other in merge.conflicts],
                "conflicts_with_target": merge.stops,
            }
            for merge in found.order
        ],
        "problems": document.problems(found.problems),
    }


def _contender(one: Contender) -> Plain:
    node = one.node
    return {
        "label": one.label,
        "session": node.id if node else None,
        "title": node.title if node else None,
        "branch": one.branch,
        "worktree": one.worktree,
        "head": one.head,
        "files": [_change(change) for change in one.changes],
        "lines": {"added": one.added, "removed": one.removed},
        "uncommitted": sum(change.uncommitted for change in one.changes),
        "commits": [{"id": commit.id, "subject": commit.subject} for commit in one.commits],
        "merges": _merges(one.stops),
        "tokens": session_document.tokens(node.own) if node else None,
        "work": _work(one.work),
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


def _meeting(pair: Meeting, found: Comparison) -> Plain:
    a, b = found.contenders[pair.a], found.contenders[pair.b]
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


def _place(one: Contender, path: str) -> str | None:
    """Where a file is on disk, for an editor to open."""
    return f"{one.worktree}/{path}" if one.worktree is not None else None


def _merges(stops: tuple[PairFile, ...]) -> Plain:
    return {"clean": not stops, "files": [{"path": file.path, "kind": file.kind.value} for file in stops]}


def markdown(found: Comparison, link: Callable[[str], str]) -> str:
    """The comparison as a document; `link` makes a URI of a path, so that files can be opened from it."""
    names = [_code(one.label) for one in found.contenders]
    lines = [f"# {' and '.join(one.label for one in found.contenders)}", ""]
    if found.ancestor is not None:
        lines += [f"Forks of “{_text(found.ancestor.title)}”, from commit {(found.base or 'none')[:10]}.", ""]
    lines += markdown_table(["", *names], [[title, *row] for title, row in rows(found)])
    for pair in found.meetings:
        lines += ["", *_shared(pair, found, link)]
    if len(found.order) > 1:
        lines += ["", *_order(found)]
    if found.problems:
        lines += ["", "## Not covered", "", *(f"- {_text(problem.message)}" for problem in found.problems)]
    return "\n".join([*lines, ""])


def rows(found: Comparison) -> list[tuple[str, list[str]]]:
    """What stands beside each other, contender by contender."""
    each = found.contenders
    rows = [
        ("files changed", [str(len(one.changes)) for one in each]),
        ("lines", [f"+{one.added} −{one.removed}" for one in each]),  # noqa: RUF001 - a minus, as wide as the plus
        ("uncommitted files", [str(sum(change.uncommitted for change in one.changes)) for one in each]),
        ("commits", [str(len(one.commits)) for one in each]),
        ("own tokens", [_number(one.node.own.total) if one.node else "" for one in each]),
        ("time", [_span(one.work.seconds) if one.work else "" for one in each]),
        ("failed commands", [f"{one.work.failed} of {one.work.commands}" if one.work else "" for one in each]),
        ("test runs", [_tests(one.work) if one.work else "" for one in each]),
    ]
    if found.target is not None:
        rows.append(
            (
                f"merges into {_text(found.target)}",
                [_verdict(one.stops) if one.branch != found.target else "" for one in each],
            )
        )
    return rows


def _shared(pair: Meeting, found: Comparison, link: Callable[[str], str]) -> list[str]:
    both = found.contenders[pair.a], found.contenders[pair.b]
    lines = [f"## {_text(both[0].label)} and {_text(both[1].label)}", "", f"Merging them: {_verdict(pair.stops)}.", ""]
    if not pair.shared:
        return [*lines, "No file was changed by both."]
    for shared in pair.shared[:_MOST]:
        told = [f"{shared.kind.value}" if shared.kind else "merges"]
        told += met_lines(shared)
        places = [(one.label, _place(one, shared.path)) for one in both]
        links = [f"[{_text(label)}]({link(place)})" for label, place in places if place is not None]
        lines.append(f"- {_code(shared.path)}: {', '.join(told)}" + (f" ({', '.join(links)})" if links else ""))
    return [*lines, *([f"- and {len(pair.shared) - _MOST} more"] if len(pair.shared) > _MOST else [])]


def met_lines(shared: SharedFile) -> list[str]:
    """The lines where two forks meet in a file, in words."""
    counts = (("conflicting", shared.conflicting), ("the same on both sides", shared.identical))
    return [f"{count} {'line' if count == 1 else 'lines'} {what}" for what, count in counts if count]


def _order(found: Comparison) -> list[str]:
    lines = ["## Merge order", "", f"{found.order_title}, for the fewest merges that stop:", ""]
    for place, merge in enumerate(found.order, 1):
        foes = [_code(found.candidates[other].label) for other in merge.conflicts]
        if merge.stops and found.target is not None:
            foes.insert(0, _code(found.target))
        lines.append(
            f"{place}. {_code(found.candidates[merge.branch].label)}"
            + (f", conflicts with {', '.join(foes)}" if foes else "")
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
