"""Executes the steps of landing and of undoing a landing. A step that fails undoes itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from forksight.core.git.paths import inside
from forksight.core.land.steps import former_landing
from forksight.core.plans.plan import Action, Step
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem
from forksight.features.context import Context
from forksight.features.sessions.at_work import everybody

Data = Mapping[str, Any]


def do(context: Context, step: Step, progress: Progress) -> tuple[Problem, ...]:
    """Do one step. Raises `ForksightError`."""
    if step.action is Action.RUN_TESTS:
        context.files.run_tests(step.data["command"], step.data["worktree"], progress.output, progress.stopped)
    else:
        _HANDLERS[step.action](context, step.data)
    return ()


def _check(context: Context, data: Data) -> None:
    """Check that both branches are at the same commits, that the fork is not live, and that neither side has uncommitted work."""
    for branch, commit in ((data["branch"], data["commit"]), (data["target"], data["before"])):
        if context.maker.branch(branch) != commit:
            raise _changed(branch, "it is at another commit now")
    places = {place.worktree.branch: place.worktree for place in context.survey.places() if not place.missing}
    fork = places.get(data["branch"])
    if fork is not None:
        for process in everybody(context)[0]:
            if process.checked and inside(context.files.resolve(process.cwd), fork.path):
                raise _changed(data["branch"], f"process {process.pid} works in {process.cwd}")
        contents = context.survey.contents(fork, None)
        if contents.uncommitted or contents.untracked or contents.unmerged or contents.operation:
            raise _changed(data["branch"], f"not everything in {fork.path} is committed")
    target = places.get(data["target"])
    if target is None or target.path != data["worktree"]:
        raise _changed(data["target"], f"it is not checked out in {data['worktree']} any more")
    contents = context.survey.contents(target, None)
    if contents.uncommitted or contents.unmerged or contents.operation:
        raise _changed(data["target"], f"not everything in {target.path} is committed")


def _changed(branch: str, why: str) -> ForksightError:
    return ForksightError(f"{branch} has changed since the plan was made: {why}", fix="make a new plan", code="changed")


def _land(context: Context, data: Data) -> None:
    former = former_landing(data)
    options = {name: data[name] for name in ("method", "message", "run")}
    after = context.merger.land(data["worktree"], data["branch"], data["commit"], **options)
    context.ledger.record_landing(replace(former, after=after, forks=(*former.forks, data["branch"])))


def _put_back(context: Context, data: Data) -> None:
    """Restore the state from before a fork was landed, whether landing it was completed, begun or not begun."""
    former, merger = former_landing(data), context.merger
    recorded = next((landing for landing in context.ledger.view()[0].landings if landing.id == data["run"]), None)
    head = context.maker.branch(data["target"])
    ours = recorded is not None and recorded.after == head and data["branch"] in recorded.forks
    if head == data["before"]:
        merger.abort(data["worktree"], data["commit"])
    elif ours or merger.made_by(data["worktree"], data["target"], data["run"]):
        merger.abort(data["worktree"], data["commit"])
        merger.move(data["worktree"], context.maker.branch(data["target"]) or "", data["before"], data["run"])
    elif recorded is not None and data["branch"] in recorded.forks:
        raise _changed(data["target"], "something was committed on top of what landed")
    if former.forks:
        context.ledger.record_landing(former)
    else:
        context.ledger.forget_landing(data["run"])


def _take_back(context: Context, data: Data) -> None:
    context.merger.move(data["worktree"], data["commit"], data["before"], data["run"])


def _put_forward(context: Context, data: Data) -> None:
    context.merger.move(data["worktree"], data["before"], data["commit"], data["run"])


def _forget(context: Context, data: Data) -> None:
    context.ledger.forget_landing(data["run"])


_HANDLERS: Mapping[Action, Callable[[Context, Data], None]] = {
    Action.CHECK_LANDING: _check,
    Action.LAND_FORK: _land,
    Action.PUT_BACK_TARGET: _put_back,
    Action.TAKE_BACK_LANDING: _take_back,
    Action.PUT_FORWARD_TARGET: _put_forward,
    Action.FORGET_LANDING: _forget,
}
