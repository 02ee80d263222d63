"""Completes or undoes interrupted clean-ups and restores: completed if everything was archived already, else undone."""

from forksight.core.cleanup.steps import is_cleaning, is_recorded
from forksight.core.plans.plan import Action, Interrupted, Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem
from forksight.core.store.archives import decode
from forksight.features.cleanup import steps
from forksight.features.context import Context
from forksight.features.plans.carry_out import carry_on, take_back


def interrupted_plans(context: Context) -> tuple[Interrupted, ...]:
    """The interrupted plans to clean up or to restore."""
    return tuple(interrupted for interrupted in context.ledger.interrupted() if is_cleaning(interrupted.plan))


def finish_interrupted(context: Context, progress: Progress) -> tuple[Problem, ...]:
    """Complete or undo each interrupted plan. One for which neither works now is a problem, and is left for the next run."""
    problems = []
    for interrupted in interrupted_plans(context):
        steps_done = context.ledger.adopt(interrupted.plan)
        if steps_done is None:  # another process sees to it
            continue
        error = _finish(context, interrupted.plan, steps_done, progress)
        if error is not None:
            problems.append(_problem(context, interrupted.plan, error))
    return tuple(problems)


def _finish(context: Context, plan: Plan, steps_done: int, progress: Progress) -> ForksightError | None:
    """Complete or undo an adopted plan. Returns why that did not work; a plan that could not be completed is undone then."""
    if not is_recorded(plan, steps_done) or _is_forgotten(context, plan):
        return take_back(context, plan, steps_done + 1, steps.do, progress)
    try:
        _read_back(context, plan)
    except ForksightError as error:
        take_back(context, plan, steps_done + 1, steps.do, progress)
        return error
    try:
        carry_on(context, plan, steps_done, steps.do, progress)
    except ForksightError as error:
        return error
    return None


def _problem(context: Context, plan: Plan, error: ForksightError) -> Problem:
    """Why a plan was not completed or undone, and what became of it: it is no longer interrupted if it was undone."""
    is_left = any(interrupted.plan.id == plan.id for interrupted in interrupted_plans(context))
    outcome = "could be neither completed nor undone" if is_left else "could not be completed, so it was undone"
    return Problem("interrupted", f"What was interrupted in {plan.target} {outcome}: {error.sentence}.", plan.target)


def _read_back(context: Context, plan: Plan) -> None:
    """Verify the archive of a plan to clean up, before more is removed. Raises `ForksightError`."""
    for step in plan.steps:
        if step.action is Action.RECORD_ARCHIVE:
            context.archives.verify(decode(step.data["archive"]))


def _is_forgotten(context: Context, plan: Plan) -> bool:
    """Whether the archive that a plan recorded is no longer on record, since undoing the plan had come so far."""
    recorded = next((step for step in plan.steps if step.action is Action.RECORD_ARCHIVE), None)
    if recorded is None:
        return False
    archive = context.ledger.view()[0].archive(recorded.data["archive"]["session"])
    return archive is None or archive.file != recorded.data["archive"]["file"]
