"""Completes or undoes interrupted clean-ups and restores: completed if everything was archived already, else undone."""

from forksight.core.cleanup.steps import is_cleaning, is_recorded
from forksight.core.plans.plan import Action, Interrupted, Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, HalfDoneError, Problem
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
        if is_recorded(interrupted.plan, steps_done) and not _is_forgotten(context, interrupted.plan):
            try:
                _read_back(context, interrupted.plan)
            except ForksightError as error:
                take_back(context, interrupted.plan, steps_done + 1, steps.do, progress)
                problems.append(_taken_back(interrupted.plan, error))
                continue
            try:
                carry_on(context, interrupted.plan, steps_done, steps.do, progress)
            except HalfDoneError as error:
                sentence = f"What was interrupted in {interrupted.plan.target} stays as it is: {error.sentence}."
                problems.append(Problem("interrupted", sentence, interrupted.plan.target))
            except ForksightError as error:
                problems.append(_taken_back(interrupted.plan, error))
        else:
            take_back(context, interrupted.plan, steps_done + 1, steps.do, progress)
    return tuple(problems)


def _taken_back(plan: Plan, error: ForksightError) -> Problem:
    sentence = f"What was interrupted in {plan.target} could not be finished, so it is taken back: {error.sentence}."
    return Problem("interrupted", sentence, plan.target)


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
