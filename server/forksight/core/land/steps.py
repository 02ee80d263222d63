"""The steps that land a fork and undo a landing: each with its sentence, its data, and the step that undoes it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from forksight.core.land.proposal import Entry, LandPlan
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.store.ledger import Landing

_LANDING = frozenset({Action.CHECK_LANDING, Action.LAND_FORK, Action.TAKE_BACK_LANDING, Action.FORGET_LANDING})
_DONE = {"merge": "Merge", "squash": "Squash", "rebase": "Rebase"}
_WHERE = {"merge": "into", "squash": "into", "rebase": "onto"}


def is_landing(plan: Plan) -> bool:
    """Whether a plan lands a fork or undoes a landing."""
    return any(step.action in _LANDING for step in plan.steps)


def is_done(plan: Plan, done: int) -> bool:
    """Whether a plan with `done` completed steps must be finished rather than undone."""
    return all(step.action is Action.FORGET_LANDING for step in plan.steps[done:])


def landing(entry: Entry, plan: LandPlan, former: Landing, identity: str) -> Plan:
    """The plan that lands one fork. `former` is what the run has landed so far; at first its `before` and `after` are equal."""
    target, method = entry.target, plan.method
    assert target is not None
    data = {
        "run": former.id,
        "worktree": target.worktree,
        "target": target.branch,
        "commit": entry.commit,
        "before": former.after,
        "branch": entry.branch,
    }
    landed = {**data, "method": method, "message": entry.message, "former": asdict(former)}
    back = Step(Action.PUT_BACK_TARGET, f"Put {target.branch} back to {former.after[:10]}", landed)
    steps = [
        Step(Action.CHECK_LANDING, f"Check that nothing about {entry.branch} has changed", data),
        Step(
            Action.LAND_FORK,
            f"{_DONE[method]} {entry.branch}, at {entry.commit[:10]}, {_WHERE[method]} {target.branch} in {target.worktree}",
            landed,
            back,
        ),
    ]
    if plan.test:
        run = {"command": plan.test, "worktree": target.worktree}
        steps.append(Step(Action.RUN_TESTS, f"Run the tests: {plan.test}", run))
    return Plan(identity, target.worktree, tuple(steps))


def taking_back(last: Landing, identity: str) -> Plan:
    """The plan that moves a target back to its commit before a run."""
    data = {
        "run": last.id,
        "worktree": last.worktree,
        "target": last.branch,
        "before": last.before,
        "commit": last.after,
        "former": asdict(last),
    }
    detail = f"Put {last.branch} in {last.worktree} back from {last.after[:10]} to {last.before[:10]}"
    again = Step(Action.PUT_FORWARD_TARGET, f"Put {last.branch} forward again", data)
    named = ", ".join(last.forks)
    return Plan(
        identity,
        last.worktree,
        (
            Step(Action.TAKE_BACK_LANDING, detail, data, again),
            Step(Action.FORGET_LANDING, f"Forget that {named} landed", {"run": last.id}),
        ),
    )


def former_landing(data: Mapping[str, Any]) -> Landing:
    """The landing that a step's data describes."""
    raw = data["former"]
    return Landing(**{**raw, "forks": tuple(raw["forks"])})
