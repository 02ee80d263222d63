"""Completes or undoes interrupted landings: completed if all steps were done, else undone."""

from forksight.core.land.steps import is_done, is_landing
from forksight.core.plans.plan import Interrupted
from forksight.core.ports.system import Progress
from forksight.core.problems import Problem
from forksight.features.context import Context
from forksight.features.land import steps
from forksight.features.plans.carry_out import carry_on, take_back


def interrupted_plans(context: Context) -> tuple[Interrupted, ...]:
    """The interrupted plans to land, or to undo a landing."""
    return tuple(interrupted for interrupted in context.ledger.interrupted() if is_landing(interrupted.plan))


def finish_interrupted(context: Context, progress: Progress) -> tuple[Problem, ...]:
    """Complete or undo each interrupted plan. One that can't be undone now is a problem, and is left for the next run."""
    problems = []
    for interrupted in interrupted_plans(context):
        plan = interrupted.plan
        steps_done = context.ledger.adopt(plan)
        if steps_done is None:  # another process sees to it
            continue
        if is_done(plan, steps_done):
            carry_on(context, plan, steps_done, steps.do, progress)
        elif (error := take_back(context, plan, steps_done + 1, steps.do, progress)) is not None:
            sentence = f"What was interrupted in {plan.target} could not be undone: {error.sentence}."
            problems.append(Problem("interrupted", sentence, plan.target))
    return tuple(problems)
