"""The JSON of `forksight share`, see docs/json.md, and of colleagues' worktrees, for tree views."""

from datetime import datetime

from forksight.core.document import Plain, problems
from forksight.core.problems import Problem
from forksight.core.sessions.session import stamp
from forksight.core.teams import wording
from forksight.core.teams.overview import Colleagues
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.wire import Roster


def standing(shown: Standing) -> Plain:
    """How sharing stands."""
    state = shown.state
    return {
        "version": 1,
        "on": shown.on,
        "publishes": shown.publishes,
        "remote": shown.remote,
        "address": shown.address or None,
        "published": _stamp(state.published),
        "polled": _stamp(state.polled),
        "error": state.error,
        "worktrees": [
            {"label": label, "files": files, "left_out": left_out} for label, files, left_out in state.worktrees
        ],
        "left_out": [{"worktree": label, "path": path, "why": why} for label, path, why in state.left_out],
        "not_shared": list(state.not_shared),
        "colleagues": [
            {
                "machine": roster.machine,
                "user": roster.user,
                "host": roster.host,
                "published": stamp(roster.at),
                "worktrees": len(roster.snapshots),
            }
            for roster in shown.machines
        ],
        "text": wording.sentence(shown),
        "problems": problems(shown.problems),
    }


def plan(shown: SharePlan, *, done: bool) -> Plain:
    """What would leave this machine, or just did."""
    return {
        "version": 1,
        "on": done,
        "remote": shown.remote,
        "address": shown.address,
        "worktrees": [
            {
                "path": shared.worktree.path,
                "branch": shared.worktree.branch,
                "files": sorted(shared.files),
                "gone": list(shared.gone),
                "left_out": [{"path": left.path, "why": left.why} for left in shared.left_out],
            }
            for shared in shown.worktrees
        ],
        "problems": problems(shown.problems),
    }


def turned_off(problem: Problem | None) -> Plain:
    """That sharing is off, and why what was published could not be deleted."""
    return {"version": 1, "on": False, "problems": problems([problem] if problem else [])}


def forgotten(roster: Roster) -> Plain:
    """The machine whose shared worktrees were deleted."""
    return {"version": 1, "machine": roster.machine, "user": roster.user, "host": roster.host, "problems": []}


def tree_group(shown: Colleagues, today: datetime) -> Plain:
    """What a tree has of sharing. `today` (local) decides whether a clock time needs its date."""
    colleagues = [
        {
            "user": worktree.user,
            "machine": worktree.machine,
            "label": worktree.label,
            "branch": worktree.branch,
            "worktree": worktree.worktree,
            "files": worktree.files,
            "since": _stamp(worktree.since),
            "paths": list(worktree.paths),
            "conflicts": [
                {"with": meeting.label, "worktree": meeting.worktree, "path": meeting.path}
                for meeting in worktree.conflicts
            ],
            "text": wording.colleague_text(worktree, today),
        }
        for worktree in shown.worktrees
    ]
    return {"sharing": shown.sharing or None, "colleagues": colleagues}


def _stamp(moment: float | None) -> str | None:
    return None if moment is None else stamp(moment)
