"""Runs a plan: each step remembered before it is done, everything taken back if one fails.

What a step does is handed in (`Do`): this module knows none. What it may touch is looked at when it runs
(`features.plans.step_check`). Killed at any point, the plan stays in the ledger, and the next command of its kind finishes
it or takes it back (`features.forks.interrupted`, `features.cleanup.interrupted`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, HalfDoneError, Problem
from forksight.features.context import Context
from forksight.features.plans.step_check import check

Problems = tuple[Problem, ...]
# Does one step and returns what it left out. Raises `ForksightError`.
Do = Callable[[Context, Step, Progress], Problems]


def carry_out(
    context: Context, plan: Plan, do: Do, progress: Progress, look_again: Callable[[], None] = lambda: None
) -> Problems:
    """Do every step of a plan except starting Claude Code. Returns what the steps left out.

    `look_again` runs first, when no other process can be at the plan's target any more, and raises `ForksightError` if
    that is not what the plan was made for.

    Raises what the step that fails raises, after taking back what was done; a stop by the person counts as a failure.
    After `HalfDoneError` nothing is taken back: the plan stays in the ledger for the next run.
    """
    context.ledger.begin(plan)
    try:
        look_again()
    except BaseException:
        with suppress(ForksightError):  # then the next run finds nothing to take back
            context.ledger.finish(replace(plan, replaces=()))
        raise
    return carry_on(context, plan, 0, do, progress)


def carry_on(context: Context, plan: Plan, done: int, do: Do, progress: Progress) -> Problems:
    """Do what is left of a plan that is on record as ours, and of which `done` steps are done. Raises as `carry_out` does."""
    problems: list[Problem] = []
    try:
        for step in preparing(plan)[done:]:
            if progress.stopped():
                raise ForksightError("stopped: nothing was made", code="stopped")
            progress.step(step.detail)
            check(context, step)
            problems += do(context, step, progress)
            done += 1
            context.ledger.advance(plan, done)
    except HalfDoneError:
        _leave(context, plan)
        raise
    except Exception:
        take_back(context, plan, done, do, progress)
        raise
    except BaseException:  # interrupted in the middle of a step: it may have done its work
        take_back(context, plan, done + 1, do, progress)
        raise
    context.ledger.finish(plan)
    return tuple(problems)


def _leave(context: Context, plan: Plan) -> None:
    """Leave a plan that can be neither finished nor taken back now to the next run, this long-lived process's own included."""
    with suppress(ForksightError):  # then the next process sees to it
        context.ledger.release(plan)


def preparing(plan: Plan) -> tuple[Step, ...]:
    """The steps before the start."""
    return tuple(step for step in plan.steps if step.action is not Action.START)


def take_back(context: Context, plan: Plan, done: int, do: Do, progress: Progress) -> ForksightError | None:
    """Undo the first `done` steps. If one can't be undone now, the plan stays in the ledger for the next run: why comes back."""
    for left, step in reversed(list(enumerate(preparing(plan)[:done]))):
        if step.undo is None:
            continue
        try:
            check(context, step.undo)
            do(context, step.undo, progress)
        except ForksightError as error:
            progress.output(f"{step.undo.detail}: {error.sentence}")
            _leave(context, plan)
            return error
        with suppress(ForksightError):  # on a full disk: then the next run undoes once more what is undone
            context.ledger.advance(plan, left)
    with suppress(ForksightError):  # then the next run finds nothing to take back
        context.ledger.finish(plan)
    return None
