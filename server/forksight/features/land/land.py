"""Lands forks, each by a plan of its own, so that those before a failing one stay landed; and undoes the last run."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forksight.core.land import steps as land_steps
from forksight.core.land.proposal import Entry, Fate, LandPlan
from forksight.core.plans.plan import Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem, UsageError
from forksight.core.store.ledger import Landing
from forksight.features.context import Context
from forksight.features.land import steps
from forksight.features.land.interrupted import interrupted_plans
from forksight.features.plans.carry_out import carry_out


@dataclass(frozen=True, slots=True)
class Landed:
    """The outcome of landing: the plan, what became of each entry (by branch), and problems."""

    plan: LandPlan
    fates: Mapping[str, Fate]
    problems: tuple[Problem, ...] = ()
    # The runs that `--undo` takes back, one for each target.
    runs: tuple[Landing, ...] = field(default=())


def plan_of(context: Context, plan: LandPlan, entry: Entry, former: Landing | None = None) -> Plan:
    """The plan that lands one fork. `former` is what this run has landed so far."""
    return land_steps.landing(entry, plan, former or _begun(context, entry), str(uuid.uuid4()))


def land(context: Context, plan: LandPlan, progress: Progress) -> Landed:
    """Land the plan's entries one after the other. After the first failure of a target, no more are landed on that target."""
    fates = plan.fates()
    runs: dict[str, Landing] = {}
    together = str(uuid.uuid4())
    problems: list[Problem] = []
    waiting = {interrupted.plan.target for interrupted in interrupted_plans(context)}
    failed: set[str] = set()
    for entry in plan.entries:
        target = entry.target
        if fates[entry.branch] is not Fate.PROPOSED or target is None:
            continue
        if target.branch in failed:
            fates[entry.branch] = Fate.WAITS
            continue
        former = runs.get(target.branch) or _begun(context, entry, together)
        try:
            if target.worktree in waiting:
                raise ForksightError(
                    "an earlier landing there was interrupted and could not be undone",
                    fix="solve that first",
                    code="interrupted",
                )
            carry_out(context, plan_of(context, plan, entry, former), steps.do, progress)
            fates[entry.branch] = Fate.LANDED
            runs[target.branch] = next(run for run in context.ledger.view()[0].landings if run.id == former.id)
        except ForksightError as error:
            fates[entry.branch] = Fate.FAILED
            failed.add(target.branch)
            problems.append(Problem(error.code, f"{entry.branch} was not landed: {error.sentence}.", entry.worktree))
            if error.code == "stopped":
                break
    return Landed(plan, fates, tuple(problems), tuple(runs.values()))


def propose_undo(context: Context, identity: str | None = None) -> tuple[tuple[Landing, Plan], ...]:
    """The landings of the last run (or only that with this id), newest first, each with the plan that undoes it.

    Raises `UsageError` if there is none, and `ForksightError` (code `moved`) if a target has moved since.
    """
    landings = [landing for landing in context.ledger.view()[0].landings if identity in (None, landing.id)]
    if not landings:
        raise UsageError("there is no landing to undo", fix="`git reflog` shows other changes of a branch")
    last = landings[-1]
    run = [landing for landing in landings if landing == last or (last.together and landing.together == last.together)]
    for landing in run:
        head = context.maker.branch(landing.branch)
        if head != landing.after:
            raise ForksightError(
                f"{landing.branch} is at {(head or 'no commit')[:10]}, and landing left it at {landing.after[:10]}: it was not changed",
                fix=f"undo what you don't want with `git revert`; before the landing it was at {landing.before}",
                code="moved",
            )
    return tuple((landing, land_steps.taking_back(landing, str(uuid.uuid4()))) for landing in reversed(run))


def undo(context: Context, plans: Sequence[Plan], progress: Progress) -> tuple[Problem, ...]:
    """Undo a run. If one fails, `ForksightError` is raised; its target and those after it are unchanged."""
    return tuple(problem for plan in plans for problem in carry_out(context, plan, steps.do, progress))


def _begun(context: Context, entry: Entry, together: str = "") -> Landing:
    """The record of a run that has landed nothing yet."""
    target = entry.target
    assert target is not None
    now = context.clock.now()
    return Landing(str(uuid.uuid4()), target.branch, target.worktree, target.commit, target.commit, (), now, together)
