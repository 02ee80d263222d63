"""The JSON of a baseline's drift and refresh; see docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.document import Plain, problems, warnings
from forksight.core.sessions.document import tokens

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from forksight.core.baseline.drift import Drift
    from forksight.core.baseline.refresh import Refresh
    from forksight.core.sessions.session import Tokens


def drift(drift: Drift | None) -> Plain | None:
    """What changed since a baseline's current generation."""
    if drift is None:
        return None
    return {
        "since": drift.since,
        "tip": drift.tip,
        "branch": drift.branch,
        "commits": drift.commits,
        "read": drift.read,
        "files": [{"path": file.path, "fate": file.fate.value, "now": file.now} for file in drift.files],
        "folders": list(drift.folders),
        "conventions": list(drift.rules),
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
        "drift": drift(plan.drift),
        "warnings": warnings(plan.warnings),
        "problems": problems(plan.problems),
    }


def refresh(plan: Refresh, cost: Tokens | None) -> Plain:
    """What came of refreshing a baseline; no `cost` if there was nothing to do."""
    now = plan.baseline.generation if cost is None else plan.generation
    return {
        "version": 1,
        "baseline": {"name": plan.baseline.name, "generation": now.number, "session": now.session},
        "refreshed": cost is not None,
        "read": list(plan.read) if cost is not None else [],
        "tokens": tokens(cost) if cost is not None else None,
        "drift": drift(plan.drift),
        "warnings": warnings(plan.warnings),
        "problems": problems(plan.problems),
    }
