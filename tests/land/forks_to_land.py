"""Forks to land: helpers on top of the clean-up's yard."""

from pathlib import Path
from typing import Any

from forksight.core.land.proposal import Fate, LandPlan
from forksight.features.land import land
from forksight.features.land.interrupted import finish_interrupted
from forksight.features.land.land import Landed
from forksight.features.land.propose import propose
from tests.cleanup.yard import Forked, Yard
from tests.conftest import Content
from tests.forks.stage import Quiet

LINES = "".join(f"line {number}\n" for number in range(1, 21))


def line(number: int, text: str, lines: str = LINES) -> str:
    """The text with one line (from 1) replaced."""
    kept = lines.splitlines(keepends=True)
    kept[number - 1] = f"{text}\n"
    return "".join(kept)


def done(yard: Yard, branch: str, files: dict[str, Content], message: str = "work") -> Forked:
    """A fork that has committed this."""
    fork = yard.fork(branch, age=60)
    fork.checkout.commit(files, message)
    return fork


def proposed(yard: Yard, *forks: str, **settings: Any) -> LandPlan:
    """What landing would do."""
    return propose(yard.stage.context(land=settings), forks)


def landed(yard: Yard, *forks: str, progress: Quiet | None = None, **settings: Any) -> Landed:
    """Land them."""
    context = yard.stage.context(land=settings)
    return land.land(context, propose(context, forks), progress or Quiet())


def carried_out(yard: Yard, plan: LandPlan) -> Landed:
    """Land what a plan has, which was made a while ago."""
    return land.land(yard.stage.context(land={"method": plan.method, "test": plan.test}), plan, Quiet())


def undo(yard: Yard) -> None:
    """Take the last run back."""
    context = yard.stage.context()
    plans = [plan for _, plan in land.propose_undo(context)]
    assert land.undo(context, plans, Quiet()) == ()


def finish(yard: Yard) -> None:
    """See to what was interrupted."""
    progress = Quiet()
    assert finish_interrupted(yard.stage.context(), progress) == (), progress.lines


def outcomes(result: Landed) -> dict[str, Fate]:
    """What became of each branch."""
    return dict(result.fates)


def state(yard: Yard) -> dict[str, Any]:
    """All that landing and taking it back must leave as it was: refs, and what every worktree holds."""
    listing = yard.repo.git("worktree", "list", "--porcelain").splitlines()
    paths = [entry.removeprefix("worktree ") for entry in listing if entry.startswith("worktree ")]
    return {
        "refs": yard.repo.git("for-each-ref"),
        "worktrees": listing,
        "status": {
            path: yard.at(Path(path)).git("status", "--porcelain=v2", "--branch", "--ignored") for path in paths
        },
        "tracked": {path: yard.at(Path(path)).git("diff", "HEAD") for path in paths},
    }
