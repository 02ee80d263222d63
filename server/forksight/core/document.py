"""Values as plain data: the documents that `--json` prints and that travel over LSP. Shapes are contracts; see the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forksight.core.sessions.session import stamp
from forksight.core.sessions.tree import is_fork
from forksight.core.sessions.wording import state_text

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from forksight.core.baseline.drift import Drift
    from forksight.core.baseline.refresh import Refresh
    from forksight.core.claude.launch import Launch
    from forksight.core.forks.proposal import Origin
    from forksight.core.problems import Problem
    from forksight.core.sessions.session import ForkTree, Node, Tokens
    from forksight.core.status import Status

Plain = dict[str, Any]


def tree(found: ForkTree) -> Plain:
    """The fork tree."""
    return {
        "version": 1,
        "repository": found.repository,
        "sessions": [node(each) for each in found.nodes],
        "problems": problems(found.problems),
    }


def node(each: Node) -> Plain:
    """One session in it."""
    mark = each.baseline
    return {
        "id": each.id,
        "title": each.title,
        "parent": each.parent,
        "evidence": each.evidence.value,
        "baseline": {"name": mark.name, "generation": mark.generation, "current": mark.current} if mark else None,
        "worktree": each.worktree,
        "branch": each.branch,
        "state": each.state.value,
        "stateText": state_text(each),
        "isFork": is_fork(each),
        "started": stamp(each.started),
        "last_active": stamp(each.last_active),
        "rows": {"own": each.rows.own, "inherited": each.rows.inherited},
        "tokens": {"own": tokens(each.own), "inherited": tokens(each.inherited)},
    }


def tokens(counted: Tokens) -> Plain:
    """What the API billed."""
    return {
        "input": counted.input,
        "output": counted.output,
        "cache_read": counted.cache_read,
        "cache_write": counted.cache_write,
    }


def problems(found: tuple[Problem, ...]) -> list[Plain]:
    """What a result does not cover."""
    return [{"code": each.code, "message": each.message, "path": each.path} for each in found]


def warnings(found: tuple[Problem, ...]) -> list[Plain]:
    """What a person should know before going on."""
    return [{"code": each.code, "message": each.message} for each in found]


def launch(start: Launch | None) -> Plain | None:
    """How Claude Code is started."""
    if start is None:
        return None
    return {
        "session": start.session,
        "title": start.title,
        "cwd": start.cwd,
        "argv": list(start.argv),
        "env": dict(start.env),
    }


def origin(baseline: Origin | None) -> Plain | None:
    """The baseline that a fork comes from."""
    if baseline is None:
        return None
    return {"name": baseline.name, "generation": baseline.generation, "session": baseline.session}


def drift(found: Drift | None) -> Plain | None:
    """What changed since a baseline's current generation."""
    if found is None:
        return None
    return {
        "since": found.since,
        "tip": found.tip,
        "branch": found.branch,
        "commits": found.commits,
        "read": found.read,
        "files": [{"path": file.path, "fate": file.fate.value, "now": file.now} for file in found.files],
        "folders": list(found.folders),
        "conventions": list(found.rules),
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


def status(now: Status) -> Plain:
    """What a status bar shows."""
    fork, fresh = now.fork, now.baseline
    return {
        "worktree": now.worktree,
        "branch": now.branch,
        "fork": {
            "id": fork.id,
            "title": fork.title,
            "parent": fork.parent,
            "state": fork.state.value,
            "stateText": state_text(fork),
            "isFork": is_fork(fork),
        }
        if fork
        else None,
        "baseline": {
            "name": fresh.baseline.name,
            "generation": fresh.baseline.current,
            "stale": bool(fresh.reasons),
            "reasons": list(fresh.reasons),
        }
        if fresh
        else None,
        "overlaps": {"conflicts": now.overlaps.conflicts, "files": now.overlaps.files},
        "forks": {"active": now.forks.active, "abandoned": now.forks.abandoned},
        "text": now.text,
        "tooltip": now.tooltip,
        "level": now.level.value,
    }
