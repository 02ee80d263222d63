"""Decides about interrupted plans to fork: undone if nothing is lost, completed if somebody works in the worktree by now."""

from collections.abc import Collection
from dataclasses import dataclass, field

from forksight.core.cleanup.steps import is_cleaning
from forksight.core.forks import steps
from forksight.core.land.steps import is_landing
from forksight.core.plans.plan import Action, Interrupted, Step
from forksight.features.context import Context
from forksight.features.forks.target import Removed

_FILLING = (Action.COPY_FILES, Action.LINK_FOLDERS, Action.IGNORE_LINK)
_IGNORED_NO_MORE = (Action.STOP_IGNORING, Action.STOP_IGNORING_LINK)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a new plan has to do about interrupted ones."""

    # These take interrupted plans back.
    steps: tuple[Step, ...] = ()
    # The ids of those plans.
    replaces: tuple[str, ...] = ()
    # What goes with them.
    removed: Removed = field(default_factory=Removed)
    # The plans whose worktree is somebody's by now: whoever goes on there completes them (`complete`).
    unfinished: tuple[Interrupted, ...] = ()

    def complete(self, target: str, setup: str) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        """The remaining steps of plans for that worktree, and the ids of the plans that they complete.

        `setup` is the set-up command in the current settings; a command that only a plan names is never run.
        """
        plans = [interrupted for interrupted in self.unfinished if interrupted.plan.target == target]
        remaining = [step for interrupted in plans for step in interrupted.left()]
        filling = tuple(step for step in remaining if step.action in _FILLING)
        if setup and any(step.action is Action.SET_UP for step in remaining):
            filling += (steps.set_up(setup, target),)
        return filling, tuple(interrupted.plan.id for interrupted in plans)


def recover(context: Context, busy: Collection[str]) -> Recovery:
    """Decide about all interrupted plans. `busy` are the worktrees with live sessions."""
    undone: list[Step] = []
    replaces: list[str] = []
    unfinished: list[Interrupted] = []
    for interrupted in context.ledger.interrupted():
        if is_cleaning(interrupted.plan) or is_landing(interrupted.plan):  # `interrupted` of those subjects sees to it
            continue
        target = interrupted.plan.target
        if target in busy or (_made(interrupted, target) and not context.maker.is_disposable(target)):
            unfinished.append(interrupted)
        else:
            undone += [_careful(step) for step in interrupted.undo() if _has_effect(context, step)]
            replaces.append(interrupted.plan.id)
    removed = Removed(
        frozenset(step.data["path"] for step in undone if step.action is Action.REMOVE_WORKTREE),
        frozenset(step.data["name"] for step in undone if step.action is Action.DELETE_BRANCH),
        frozenset(step.data["launch"] for step in undone if step.action is Action.FORGET_FORK),
        frozenset(step.data["pattern"] for step in undone if step.action in _IGNORED_NO_MORE),
    )
    return Recovery(tuple(undone), tuple(replaces), removed, tuple(unfinished))


def _made(plan: Interrupted, path: str) -> bool:
    """Whether an interrupted plan has made that worktree, or was about to."""
    return any(step.action is Action.REMOVE_WORKTREE and step.data["path"] == path for step in plan.undo())


def _has_effect(context: Context, step: Step) -> bool:
    if step.action is Action.DELETE_BRANCH:
        return bool(context.maker.branch(step.data["name"]) == step.data["commit"])
    if step.action is Action.REMOVE_WORKTREE:
        path: str = step.data["path"]
        return context.files.exists(path) or any(worktree.path == path for worktree in context.maker.registered())
    if step.action in _IGNORED_NO_MORE:
        return context.maker.excludes(step.data["pattern"])
    if step.action is Action.FORGET_FORK:
        return context.ledger.view()[0].fork(step.data["launch"]) is not None
    return True


def _careful(step: Step) -> Step:
    return steps.remove_worktree(step.data["path"]) if step.action is Action.REMOVE_WORKTREE else step
