"""The summary of a fork as rows that a terminal and a document show."""

from forksight.core.sessions.transcripts.prompts import shorten
from forksight.core.sessions.wording import state_text
from forksight.core.show.summary import Summary

_NAMED = 5  # files, prompts or commits that are named; more are counted
_LONGEST = 300  # characters of one prompt


def rows(summary: Summary) -> list[tuple[str, list[str]]]:
    """The rows as (title, lines). Rows without lines are left out."""
    node, commits = summary.node, [commit.subject for commit in summary.commits]
    location = [summary.branch, *([summary.worktree] if summary.worktree else [])]
    table = [
        ("state", [state_text(node)] if node is not None else []),
        ("where", location),
        ("target", [_standing(summary)]),
        ("asked", [shorten(prompt, _LONGEST) for prompt in _some(summary.prompts)]),
        ("edited", _some(summary.edited)),
        ("commands", [f"{summary.commands}, {summary.failed} failed"] if summary.commands else []),
        ("tests", _tests(summary)),
        ("commits", _some(tuple(commits))),
        ("uncommitted", _some(summary.uncommitted)),
        ("conflicts", [f"{conflict.other}: {', '.join(_some(conflict.files))}" for conflict in summary.conflicts]),
        ("said last", [summary.last_sentence] if summary.last_sentence else []),
        ("tokens", [f"{node.own.total:,} own, {node.inherited.total:,} inherited"] if node is not None else []),
    ]
    return [(title, lines) for title, lines in table if lines]


def _standing(summary: Summary) -> str:
    if summary.target is None:
        return "its target branch is unknown"
    return f"{len(summary.commits)} ahead of {summary.target}, {summary.behind or 0} behind"


def _tests(summary: Summary) -> list[str]:
    if not summary.tests:
        return []
    last = summary.tests[-1]
    return [f"{len(summary.tests)} runs, the last one {'passed' if last.passed else 'failed'}: {last.command}"]


def _some(names: tuple[str, ...]) -> list[str]:
    more = len(names) - _NAMED
    return [*names[:_NAMED], f"and {more} more"] if more > 0 else list(names)
