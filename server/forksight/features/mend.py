"""What an interrupted clean-up or restore left behind: finished if everything was kept already, else taken back."""

import uuid

from forksight.core.clean_steps import is_cleaning, is_recorded, taking_over
from forksight.core.fork_ports import Progress
from forksight.core.plans import Interrupted
from forksight.core.problems import ForksightError, Problem
from forksight.features.carry_out import carry_out
from forksight.features.context import Context

_NOT_OURS = ("seen-to", "busy")  # another process has dealt with it, or is at it


def left_behind(context: Context) -> tuple[Interrupted, ...]:
    """The plans to clean up or to restore whose process died."""
    return tuple(one for one in context.ledger.interrupted() if is_cleaning(one.plan))


def mend(context: Context, progress: Progress) -> tuple[Problem, ...]:
    """See to all of them; what can't be finished or taken back now is a problem, and stays for the next run."""
    problems = []
    for one in left_behind(context):
        try:
            _mend(context, one, progress)
        except ForksightError as error:
            if error.code == "seen-to":
                context.ledger.finish(one.plan)
            if error.code not in _NOT_OURS:
                said = f"What was interrupted in {one.plan.target} could not be finished: {error.sentence}."
                problems.append(Problem("interrupted", said, one.plan.target))
    return tuple(problems)


def _mend(context: Context, one: Interrupted, progress: Progress) -> None:
    if is_recorded(one.plan, one.done):
        try:
            carry_out(context, taking_over(one.plan, one.left(), str(uuid.uuid4())), progress)
            context.ledger.finish(one.plan)
            return
        except ForksightError as error:
            if error.code in _NOT_OURS:
                raise
            progress.output(f"{error.sentence}: it is taken back")
    carry_out(context, taking_over(one.plan, one.undo(), str(uuid.uuid4())), progress)
    context.ledger.finish(one.plan)
