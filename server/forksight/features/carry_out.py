"""Runs a plan: each step remembered before it is done, everything taken back if one fails.

Killed at any point, the plan stays in the ledger, and the next fork finishes it or takes it back (`features.forks.interrupted`).
"""

import os
from contextlib import suppress

from forksight.core.cleanup.steps import CLEANING
from forksight.core.forks import steps
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, GitError, Problem
from forksight.core.store.plan import Action, Plan, Step
from forksight.features.context import Context

Problems = tuple[Problem, ...]


def carry_out(context: Context, plan: Plan, progress: Progress) -> Problems:
    """Do every step of a plan except starting Claude Code; what was left out on the way comes back.

    Raises what the step that fails raises, after taking back what was done; a stop by the person counts as a failure.
    """
    context.ledger.begin(plan)
    return carry_on(context, plan, 0, progress)


def carry_on(context: Context, plan: Plan, done: int, progress: Progress) -> Problems:
    """Do what is left of a plan that is on record as ours, and of which `done` steps are done. As `carry_out`."""
    problems: list[Problem] = []
    try:
        for step in preparing(plan)[done:]:
            if progress.stopped():
                raise ForksightError("stopped: nothing was made", code="stopped")
            progress.step(step.detail)
            problems += _do(context, step, progress)
            done += 1
            context.ledger.advance(plan, done)
    except Exception:
        take_back(context, plan, done, progress)
        raise
    except BaseException:  # interrupted in the middle of a step: it may have done its work
        take_back(context, plan, done + 1, progress)
        raise
    context.ledger.finish(plan)
    return tuple(problems)


def preparing(plan: Plan) -> tuple[Step, ...]:
    """The steps before the start."""
    return tuple(step for step in plan.steps if step.action is not Action.START)


def take_back(context: Context, plan: Plan, done: int, progress: Progress) -> None:
    """Undo the first `done` steps. What can't be undone now stays in the ledger for the next run."""
    for left, step in reversed(list(enumerate(preparing(plan)[:done]))):
        if step.undo is None:
            continue
        try:
            _do(context, step.undo, progress)
        except ForksightError as error:
            progress.output(f"{step.undo.detail}: {error.sentence}")
            return
        with suppress(ForksightError):  # on a full disk: then the next run undoes once more what is undone
            context.ledger.advance(plan, left)
    with suppress(ForksightError):  # then the next run finds nothing to take back
        context.ledger.finish(plan)


def _do(context: Context, step: Step, progress: Progress) -> Problems:
    """Do one step; what was left out comes back."""
    if step.action in CLEANING:
        from forksight.features.cleanup import steps as putting_away

        putting_away.do(context, step)
        return ()
    return _prepare(context, step, progress)


def _prepare(context: Context, step: Step, progress: Progress) -> Problems:
    """Do one step of what makes a place ready to work in."""
    data = step.data
    match step.action:
        case Action.RESTORE_TRANSCRIPT:
            context.vault.restore(data["session"], context.claude.projects)
        case Action.IGNORE_WORKTREES | Action.IGNORE_LINK | Action.STOP_IGNORING | Action.STOP_IGNORING_LINK:
            _ignore(context, step)
        case Action.CREATE_BRANCH:
            context.maker.create_branch(data["name"], data["commit"], data["upstream"])
        case Action.DELETE_BRANCH:
            context.maker.delete_branch(data["name"], data["commit"])
        case Action.CREATE_WORKTREE:
            context.maker.create(data["path"], data["branch"])
        case Action.REMOVE_WORKTREE:
            _remove_worktree(context, data["path"], careful=data["careful"])
        case Action.COPY_FILES:
            return context.files.copy(data["source"], data["target"], data["paths"])
        case Action.LINK_FOLDERS:
            return context.files.link(data["source"], data["target"], data["folders"])
        case Action.SET_UP:
            context.files.set_up(data["command"], data["worktree"], progress.output, progress.stopped)
        case Action.RECORD_FORK:
            context.ledger.record_fork(steps.recorded(data))
        case Action.FORGET_FORK:
            context.ledger.forget_fork(data["launch"])
        case Action.START:
            raise AssertionError("starting is not a preparation")
    return ()


def _ignore(context: Context, step: Step) -> None:
    """Write a line into the exclude file if it is needed by now, or take it out if nothing else needs it."""
    data, files, maker = step.data, context.files, context.maker
    match step.action:
        case Action.IGNORE_WORKTREES:
            maker.exclude(data["pattern"])
        case Action.IGNORE_LINK:
            is_link = files.is_link(os.path.join(data["worktree"], data["folder"]))
            if is_link and not maker.ignores(data["worktree"], data["folder"]):
                maker.exclude(data["pattern"])
        case Action.STOP_IGNORING:
            if files.is_empty(data["folder"]) or not files.exists(data["folder"]):
                maker.stop_excluding(data["pattern"])
        case Action.STOP_IGNORING_LINK:
            others = [one.path for one in maker.registered() if one.path != data["worktree"]]
            if not any(files.is_link(os.path.join(path, data["folder"])) for path in others):
                maker.stop_excluding(data["pattern"])


def _remove_worktree(context: Context, path: str, *, careful: bool) -> None:
    if careful and not context.maker.is_disposable(path):
        raise GitError(f"there is work in {path} since it was looked at", fix="try again")
    context.maker.remove(path)
