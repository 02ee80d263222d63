"""Forks to land, on top of a repository with forks."""

from pathlib import Path
from typing import Any

from forksight.core.land.proposal import Fate, LandPlan
from forksight.features.land import land
from forksight.features.land.interrupted import finish_interrupted
from forksight.features.land.land import Landed
from forksight.features.land.propose import propose
from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.conftest import Checkout, Content
from tests.forks.sessions_repo import RecordedProgress

LINES = "".join(f"line {number}\n" for number in range(1, 21))


def line(number: int, text: str, lines: str = LINES) -> str:
    """The text with one line (from 1) replaced."""
    kept = lines.splitlines(keepends=True)
    kept[number - 1] = f"{text}\n"
    return "".join(kept)


def done(forks_repo: ForksRepo, branch: str, files: dict[str, Content], message: str = "work") -> Forked:
    """A fork that has committed this."""
    fork = forks_repo.add_fork(branch, age=60)
    fork.checkout.commit(files, message)
    return fork


def forks_to_merge(forks_repo: ForksRepo, backup: FolderBackup, *, targets: int = 1) -> dict[str, object]:
    """Two forks for one branch, or one for each of two, which the backup then has too; the state of it all."""
    done(forks_repo, "feature/a", {"code.py": line(2, "a"), "a.py": "a\n"}, "a")
    fork = done(forks_repo, "feature/b", {"b.py": "b\n"}, "b")
    fork.checkout.commit({"b.py": None, "dir/b.py": "b\n"}, "move b")
    forks_repo.repo.commit({"code.py": line(18, "main")}, "on main")
    if targets == 2:
        forks_repo.repo.worktree("release")
        forks_repo.repo.git("config", "branch.feature/b.gh-merge-base", "release")
    backup.take()
    return state(forks_repo)


def proposed(forks_repo: ForksRepo, *forks: str, **settings: Any) -> LandPlan:
    """What landing would do."""
    return propose(forks_repo.context(land=settings), forks)


def landed(forks_repo: ForksRepo, *forks: str, progress: RecordedProgress | None = None, **settings: Any) -> Landed:
    """Land them."""
    context = forks_repo.context(land=settings)
    return land.land(context, propose(context, forks), progress or RecordedProgress())


def carried_out(forks_repo: ForksRepo, plan: LandPlan) -> Landed:
    """Land what a plan has, which was made a while ago."""
    return land.land(forks_repo.context(land={"method": plan.method, "test": plan.test}), plan, RecordedProgress())


def undo(forks_repo: ForksRepo) -> None:
    """Take the last run back."""
    context = forks_repo.context()
    plans = [plan for _, plan in land.propose_undo(context)]
    assert land.undo(context, plans, RecordedProgress()) == ()


def finish(forks_repo: ForksRepo) -> None:
    """See to what was interrupted."""
    progress = RecordedProgress()
    assert finish_interrupted(forks_repo.context(), progress) == (), progress.lines


def outcomes(result: Landed) -> dict[str, Fate]:
    """What became of each branch."""
    return dict(result.fates)


def state(forks_repo: ForksRepo) -> dict[str, Any]:
    """All that landing and taking it back must leave as it was: refs, and what every worktree holds."""
    listing = forks_repo.repo.git("worktree", "list", "--porcelain").splitlines()
    paths = [entry.removeprefix("worktree ") for entry in listing if entry.startswith("worktree ")]
    return {
        "refs": forks_repo.repo.git("for-each-ref"),
        "worktrees": listing,
        "status": {
            path: Checkout(Path(path)).git("status", "--porcelain=v2", "--branch", "--ignored") for path in paths
        },
        "tracked": {path: Checkout(Path(path)).git("diff", "HEAD") for path in paths},
    }
