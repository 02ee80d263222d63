"""The JSON of the fork tree and of what sessions cost; see docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.document import Plain, problems
from forksight.core.sessions.session import stamp
from forksight.core.sessions.tree import is_fork
from forksight.core.sessions.wording import state_text
from forksight.core.words.quantities import short

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from collections.abc import Iterable

    from forksight.core.sessions.session import ForkTree, Node, Tokens
    from forksight.core.sessions.standing import Standing


def tree(tree: ForkTree, standings: Iterable[Standing] | None = None) -> Plain:
    """The fork tree; with `standings`, also the standing of each worktree."""
    worktrees = {} if standings is None else {"worktrees": [standing(worktree) for worktree in standings]}
    return {
        "version": 1,
        "repository": tree.repository,
        "sessions": [node(session) for session in tree.nodes],
        **worktrees,
        "problems": problems(tree.problems),
    }


def standing(standing: Standing) -> Plain:
    """The standing of a worktree."""
    return {
        "path": standing.path,
        "branch": standing.branch,
        "uncommitted": standing.uncommitted,
        "target": standing.target,
        "ahead": standing.ahead,
        "behind": standing.behind,
    }


def node(session: Node) -> Plain:
    """One session in the fork tree."""
    mark = session.baseline
    return {
        "id": session.id,
        "title": session.title,
        "parent": session.parent,
        "evidence": session.evidence.value,
        "baseline": {"name": mark.name, "generation": mark.generation, "current": mark.current} if mark else None,
        "worktree": session.worktree,
        "branch": session.branch,
        "state": session.state.value,
        "stateText": state_text(session),
        "isFork": is_fork(session),
        "started": stamp(session.started),
        "last_active": stamp(session.last_active),
        "rows": {"own": session.rows.own, "inherited": session.rows.inherited},
        "tokens": {"own": tokens(session.own), "inherited": tokens(session.inherited)},
        "tokensText": {
            "own": short(session.own.total),
            "inherited": short(session.inherited.total),
            "total": short(session.own.total + session.inherited.total),
        },
        "findings_taken": stamp(session.findings) if session.findings is not None else None,
        "last_sentence": session.session.last_sentence if session.session else None,
        "elsewhere": [{"worktree": edits.worktree, "paths": list(edits.paths)} for edits in session.elsewhere],
    }


def tokens(tokens: Tokens) -> Plain:
    """Tokens that the API billed, by kind."""
    return {
        "input": tokens.input,
        "output": tokens.output,
        "cache_read": tokens.cache_read,
        "cache_write": tokens.cache_write,
    }
