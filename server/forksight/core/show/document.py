"""What is in a fork, as JSON (docs/json.md)."""

from forksight.core import document
from forksight.core.document import Plain
from forksight.core.sessions import document as session_document
from forksight.core.show.summary import Summary


def show(summary: Summary) -> Plain:
    """The whole document."""
    node = summary.node
    return {
        "version": 1,
        "branch": summary.branch,
        "session": node.id if node else None,
        "title": node.title if node else None,
        "state": node.state.value if node else None,
        "worktree": summary.worktree,
        "target": summary.target,
        "ahead": len(summary.commits) if summary.target else None,
        "behind": summary.behind,
        "commits": [{"id": commit.id, "subject": commit.subject} for commit in summary.commits],
        "uncommitted": list(summary.uncommitted),
        "conflicts": [{"with": conflict.other, "files": list(conflict.files)} for conflict in summary.conflicts],
        "asked": list(summary.prompts),
        "edited": list(summary.edited),
        "commands": {"count": summary.commands, "failed": summary.failed},
        "tests": [{"command": run.command, "passed": run.passed} for run in summary.tests],
        "answer": summary.answer,
        "last_sentence": summary.last_sentence,
        "tokens": session_document.tokens(node.own) if node else None,
        "problems": document.problems(summary.problems),
    }
