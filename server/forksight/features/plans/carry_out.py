"""Runs a plan: each step is recorded before it is done, and all are undone if one fails.

A function that does a single step is handed in (`Do`). Before each step, `features.plans.step_check` checks what it may touch.
An interrupted plan stays in the ledger, and the next command of its kind completes or undoes it (`features.forks.interrupted`,
`features.cleanup.interrupted`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, HalfDoneError, Problem, half_done
from forksight.features.context import Context
from forksight.features.plans.step_check import check

Problems = tuple[Problem, ...]
# Does one step and returns what it left out. Raises `ForksightError`.
Do = Callable[[Context, Step, Progress], Problems]


def carry_out(
    context: Context, plan: Plan, do: Do, progress: Progress, look_again: Callable[[], None] = lambda: None
) -> Problems:
    """Do every step of a plan except starting Claude Code; returns what the steps left out.

    `look_again` is called first, when other processes can no longer run a plan for the same target, and raises `ForksightError`
    if the target has changed. If a step fails, or the person stops it, the steps done are undone and its error is raised; if one
    can't be undone, `HalfDoneError`. A step that raises `HalfDoneError` itself has nothing undone. After that error the plan stays
    in the ledger for the next run.
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
    """Do the remaining steps of an adopted plan of which `done` steps are done. Raises as `carry_out` does."""
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
    except Exception as error:
        second = take_back(context, plan, done, do, progress)
        if second is not None:
            raise half_done(error, second) from error
        raise
    except BaseException:  # interrupted in the middle of a step: it may have done its work
        take_back(context, plan, done + 1, do, progress)
        raise
    context.ledger.finish(plan)
    return tuple(problems)


def _leave(context: Context, plan: Plan) -> None:
    """Leave a plan that can be neither completed nor undone now to the next run, in this process or another."""
    with suppress(ForksightError):  # then the next process sees to it
        context.ledger.release(plan)


def preparing(plan: Plan) -> tuple[Step, ...]:
    """The steps without that which starts Claude Code."""
    return tuple(step for step in plan.steps if step.action is not Action.START)


def take_back(context: Context, plan: Plan, done: int, do: Do, progress: Progress) -> ForksightError | None:
    """Undo the first `done` steps. If one can't be undone now, its error is returned and the plan stays in the ledger."""
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
