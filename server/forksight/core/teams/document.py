"""The JSON of `forksight share` (see docs/json.md), and of colleagues' worktrees for tree views."""

from datetime import datetime

from forksight.core.document import Plain, problems
from forksight.core.problems import Problem
from forksight.core.sessions.session import stamp
from forksight.core.teams import wording
from forksight.core.teams.overview import Colleagues
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.wire import Roster


def standing(share: Standing) -> Plain:
    """The JSON of `forksight share status`: whether this repository is shared, and what was published and received."""
    state = share.state
    return {
        "version": 1,
        "on": share.on,
        "publishes": share.publishes,
        "remote": share.remote,
        "address": share.address or None,
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
            for roster in share.machines
        ],
        "text": wording.sentence(share),
        "problems": problems(share.problems),
    }


def plan(share_plan: SharePlan, *, done: bool) -> Plain:
    """The JSON of `forksight share on`: what would leave this machine, or just left it (`done`)."""
    return {
        "version": 1,
        "on": done,
        "remote": share_plan.remote,
        "address": share_plan.address,
        "worktrees": [
            {
                "path": shared.worktree.path,
                "branch": shared.worktree.branch,
                "files": sorted(shared.files),
                "gone": list(shared.gone),
                "left_out": [{"path": left.path, "why": left.why} for left in shared.left_out],
            }
            for shared in share_plan.worktrees
        ],
        "problems": problems(share_plan.problems),
    }


def turned_off(problem: Problem | None) -> Plain:
    """The JSON of `forksight share off`. `problem` is why what was published could not be deleted; None if it was."""
    return {"version": 1, "on": False, "problems": problems([problem] if problem else [])}


def forgotten(roster: Roster) -> Plain:
    """The JSON of `forksight share forget`: the machine whose shared worktrees were deleted from the remote."""
    return {"version": 1, "machine": roster.machine, "user": roster.user, "host": roster.host, "problems": []}


def tree_group(overview: Colleagues, today: datetime) -> Plain:
    """The members of a tree's JSON that are about sharing. `today` (local time) decides whether a clock time needs its date."""
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
        for worktree in overview.worktrees
    ]
    return {"sharing": overview.sharing or None, "colleagues": colleagues}


def _stamp(moment: float | None) -> str | None:
    return None if moment is None else stamp(moment)
