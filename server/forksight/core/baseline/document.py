"""Baselines as plain data: the documents that `--json` prints and that travel over LSP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core import document
from forksight.core.sessions import document as session_document
from forksight.core.sessions.session import stamp

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from forksight.core.baseline.drift import Drift
    from forksight.core.baseline.refresh import Refresh
    from forksight.core.baseline.standing import Check, Report, Standing
    from forksight.core.document import Plain
    from forksight.core.sessions.session import Tokens
    from forksight.core.store.ledger import Generation


def report(result: Report) -> Plain:
    """The report of a command about one baseline."""
    (only,) = result.standings
    return {"version": 1, "baseline": standing(only), **_notes(result)}


def baselines(result: Report) -> Plain:
    """All baselines."""
    return {"version": 1, "baselines": [standing(shown) for shown in result.standings], **_notes(result)}


def rolled_back(result: Report, former: Generation) -> Plain:
    """A baseline after a roll back, with the number of the generation that was current before (`former`)."""
    return {**report(result), "left": former.number}


def check(result: Check) -> Plain:
    """Whether a baseline is fit and up to date."""
    reasons = [{"code": reason.code, "message": reason.message, "rows": list(reason.rows)} for reason in result.reasons]
    stale = [{"code": "baseline-stale", "message": phrase, "rows": []} for phrase in result.stale]
    return {
        "version": 1,
        "baseline": standing(result.standing),
        "fit": result.fit,
        "stale": bool(result.stale),
        "reasons": [*reasons, *stale],
        "drift": drift(result.drift),
        "problems": document.problems(result.problems),
    }


def standing(shown: Standing) -> Plain:
    """One baseline."""
    baseline, node, copy = shown.baseline, shown.node, shown.copy
    current = baseline.generation
    return {
        "name": baseline.name,
        "generation": current.number,
        "session": current.session,
        "title": node.title if node else None,
        "branch": node.branch if node else None,
        "worktree": node.worktree if node else None,
        "commit": current.commit,
        "marked": stamp(current.created),
        "forks": shown.forks,
        "expires": stamp(shown.expiry.at) if shown.expiry else None,
        "copy": {"size": copy.size, "created": stamp(copy.created)} if copy else None,
        "generations": [_generation(generation) for generation in baseline.generations],
    }


def drift(change: Drift | None) -> Plain | None:
    """What changed since a baseline's current generation."""
    if change is None:
        return None
    return {
        "since": change.since,
        "tip": change.tip,
        "branch": change.branch,
        "commits": change.commits,
        "read": change.read,
        "files": [{"path": file.path, "fate": file.fate.value, "now": file.now} for file in change.files],
        "folders": list(change.folders),
        "conventions": list(change.rules),
    }


def refresh_plan(plan: Refresh) -> Plain:
    """What refreshing a baseline would do."""
    now = plan.baseline.generation
    return {
        "version": 1,
        "baseline": {"name": plan.baseline.name, "generation": now.number, "session": now.session},
        "worktree": plan.launch.cwd,
        "steps": [{"action": action, "detail": detail} for action, detail in plan.steps] if plan.needed else [],
        "read": list(plan.read),
        "prompt": plan.prompt,
        "stale": list(plan.stale),
        "context": plan.context or None,
        "drift": drift(plan.drift),
        "warnings": document.warnings(plan.warnings),
        "problems": document.problems(plan.problems),
    }


def refresh(plan: Refresh, cost: Tokens | None) -> Plain:
    """The outcome of a refresh. `cost` is None if there was nothing to do."""
    now = plan.baseline.generation if cost is None else plan.generation
    return {
        "version": 1,
        "baseline": {"name": plan.baseline.name, "generation": now.number, "session": now.session},
        "refreshed": cost is not None,
        "read": list(plan.read) if cost is not None else [],
        "tokens": session_document.tokens(cost) if cost is not None else None,
        "drift": drift(plan.drift),
        "warnings": document.warnings(plan.warnings),
        "problems": document.problems(plan.problems),
    }


def _generation(generation: Generation) -> Plain:
    return {
        "number": generation.number,
        "session": generation.session,
        "commit": generation.commit,
        "created": stamp(generation.created),
    }


def _notes(result: Report) -> Plain:
    return {"warnings": document.warnings(result.warnings), "problems": document.problems(result.problems)}
