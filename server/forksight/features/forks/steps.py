"""Executes the steps of forking and resuming, which make a worktree ready. An undo step does nothing if there is nothing to undo."""

import os

from forksight.core.forks import steps
from forksight.core.plans.plan import Action, Step
from forksight.core.ports.system import Progress
from forksight.core.problems import GitError, Problem
from forksight.features.context import Context


def do(context: Context, step: Step, progress: Progress) -> tuple[Problem, ...]:
    """Do one step; returns what it left out. Raises `ForksightError` and, from adapters, `OSError`."""
    data = step.data
    match step.action:
        case Action.RESTORE_TRANSCRIPT:
            context.vault.restore(data["session"], context.claude.projects)
        case Action.IGNORE_WORKTREES | Action.IGNORE_LINK | Action.STOP_IGNORING | Action.STOP_IGNORING_LINK:
            _ignore(context, step)
        case Action.CREATE_BRANCH:
            context.maker.create_branch(data["name"], data["commit"], data["upstream"], data.get("source"))
        case Action.DELETE_BRANCH:
            context.maker.delete_branch(data["name"], data["commit"])
        case Action.CREATE_WORKTREE:
            return context.maker.create(data["path"], data["branch"])
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
            raise AssertionError("Claude Code is started by features.forks.start")
    return ()


def _ignore(context: Context, step: Step) -> None:
    """Add a line to the exclude file if it is needed, or remove it if nothing else needs it."""
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
            others = [worktree.path for worktree in maker.registered() if worktree.path != data["worktree"]]
            if not any(files.is_link(os.path.join(path, data["folder"])) for path in others):
                maker.stop_excluding(data["pattern"])


def _remove_worktree(context: Context, path: str, *, careful: bool) -> None:
    if careful and not context.maker.is_disposable(path):
        raise GitError(f"{path} has work that was not there when the plan was made", fix="try again")
    context.maker.remove(path)
