"""Sentences about sharing, for the terminal and editors."""

from datetime import datetime

from forksight.core.overlaps.wording import clock
from forksight.core.problems import Problem
from forksight.core.teams.overview import ColleagueWorktree
from forksight.core.teams.sharing import SharedWorktree
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.teams.state import State
from forksight.core.teams.wire import Roster
from forksight.core.words.quantities import many

NO_WAY_BACK = (
    "What was fetched by others can't be taken back, and hosts keep deleted objects readable by their id for a while."
)
_NAMED = 3  # worktrees or files that are named; more are only counted
_OFF = "Sharing is off. `forksight share on` shows what would leave this machine, and asks before anything does."


def lines(standing: Standing) -> list[str]:
    """Whether and how this repository is shared, in lines of text, without the problems."""
    if not standing.on:
        return [_OFF]
    place = f"{standing.remote} ({standing.address})" if standing.remote else "no remote"
    state = standing.state
    return [
        f"Sharing through {place}."
        if standing.publishes
        else f"Fetching what colleagues share through {place}; sharing nothing from this machine.",
        *([_published(state)] if state.published else []),
        *(line for worktree in state.worktrees for line in _published_worktree(worktree, state)),
        *state.not_shared,
        f"The remote answered {_clock(state.polled)}." if state.polled else "The remote has not been contacted yet.",
        *([f"The last exchange failed: {state.error}."] if state.error else []),
        *(
            f"  {owner(roster)}: {many(len(roster.snapshots), 'worktree')}  {roster.machine[:8]}"
            for roster in standing.machines
        ),
    ]


def sentence(standing: Standing) -> str:
    """Whether and how this repository is shared, in one sentence for a status bar; "" if sharing is off and nothing is wrong."""
    if not standing.on:
        return standing.problems[0].message if standing.problems else ""
    others, state = many(len(standing.rosters), "other machine"), standing.state
    if standing.remote is None and standing.problems:
        return standing.problems[0].message
    if state.error:
        return f"Sharing: the last exchange failed: {state.error}"
    if not standing.publishes:
        return f"Sharing: fetching only; {others}"
    when = f"published {_clock(state.published)}" if state.published else "nothing published"
    left_out = sum(count for _, _, count in state.worktrees)
    return f"Sharing through {standing.remote}: {when}{_left_out(left_out)}; {others}"


def heading(plan: SharePlan) -> str:
    """The remote through which the files would leave, and the names of the person and the machine that others would see."""
    return f"Through {plan.remote} ({plan.address}), as {plan.user} ({plan.host})"


def summary(plan: SharePlan) -> str:
    """How many files of how many worktrees would leave."""
    if not plan.worktrees:
        return "nothing now: no worktree is dirty or ahead of the remote's default branch"
    files = sum(len(shared.files) + len(shared.gone) for shared in plan.worktrees)
    left_out = sum(len(shared.left_out) for shared in plan.worktrees)
    return f"{many(files, 'file')} of {many(len(plan.worktrees), 'worktree')}{_left_out(left_out)}"


def file_lines(shared: SharedWorktree) -> list[str]:
    """The paths that leave, of one worktree: changed files, then deleted ones."""
    return [*sorted(shared.files), *(f"{path} (deleted)" for path in shared.gone)]


def owner(roster: Roster) -> str:
    """A person and their machine: `ada (laptop)`."""
    return f"{roster.user} ({roster.host})"


def colleague_text(worktree: ColleagueWorktree, today: datetime) -> str:
    """What a tree shows after the owner of a colleague's worktree: `main · 3 files · seen 14:32 · conflicts with main in pay.py`."""
    parts = [worktree.branch or "no branch", many(worktree.files, "file")]
    parts += [f"seen {clock(worktree.since, today.date())}"] if worktree.since is not None else []
    return " · ".join([*parts, *filter(None, [conflicts_text(worktree)])])


def conflicts_text(worktree: ColleagueWorktree) -> str:
    """Which worktrees here a colleague's worktree conflicts with, and in which files; "" without a conflict."""
    if not worktree.conflicts:
        return ""
    others = list(dict.fromkeys(meeting.label for meeting in worktree.conflicts))
    paths = list(dict.fromkeys(meeting.path for meeting in worktree.conflicts))
    return f"conflicts with {_some(others)} in {_some(paths)}"


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def turned_off(problem: Problem | None) -> str:
    """The result of turning sharing off. `problem` is why what was published is still on the remote; None if it was deleted."""
    return "Sharing is off." if problem else "Sharing is off, and what was published is deleted."


def forgotten(roster: Roster) -> str:
    """The result of deleting what a machine shared."""
    return (
        f"What {owner(roster)} shared was deleted from the remote. If that machine still shares, it will publish again."
    )


def _published_worktree(worktree: tuple[str, int, int], state: State) -> list[str]:
    label, files, left_out = worktree
    stays = [f"    {stays_here(path, why)}" for of, path, why in state.left_out if of == label]
    more = [f"    and {left_out - len(stays)} more"] if stays and left_out > len(stays) else []
    return [f"  {label}: {many(files, 'file')}{_left_out(left_out)}", *stays, *more]


def stays_here(path: str, why: str) -> str:
    """That a path does not leave this machine, and why."""
    return f"stays here: {path}: {why}"


def _published(state: State) -> str:
    return f"Published {_clock(state.published or 0.0)}{':' if state.worktrees else ': nothing.'}"


def _left_out(count: int) -> str:
    return f", {count} left out" if count else ""


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
