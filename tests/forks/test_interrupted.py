"""A fork that fails leaves nothing behind; one that is killed at any step is finished or taken back by the next run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.core.claude.launch import Launch
from forksight.core.plans.plan import Action, Plan
from forksight.core.problems import ForksightError, GitError, LedgerError
from forksight.core.store.ledger import Mode
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.start import start
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.sessions_repo import SETTINGS, RecordedProgress, Sections, SessionsRepo

# Forks for branch x and dies: before the step of that number, or right after it, before it is noted.
DIES = """
import os, signal, sys
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.app.workbench import Forksight
from forksight.core.store.ledger import Mode
from forksight.core.settings import model
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.start import start
from tests.forks.sessions_repo import SETTINGS
place, when, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
class Deadly:
    seen = 0
    def step(self, detail):
        if when == "before" and self.seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen += 1
    def output(self, line): pass
    def stopped(self): return False
advance, finish = SqliteLedger.advance, SqliteLedger.finish
def noted(self, plan, done):
    if when == "after" and done == number + 1:
        os.kill(os.getpid(), signal.SIGKILL)
    advance(self, plan, done)
def finished(self, plan):
    if when == "finish":
        os.kill(os.getpid(), signal.SIGKILL)
    finish(self, plan)
SqliteLedger.advance, SqliteLedger.finish = noted, finished
context = Forksight().open(place, model().validate_python(SETTINGS))
start(context, propose(context, ForkRequest("x", mode=Mode.PRINT)), lambda launch: None, Deadly())
print("survived")
"""

ROOT = Path(__file__).resolve().parents[2]
STEPS = 6  # ignore, branch, worktree, copy, set-up, record
# `test_killed_at_random` has it die at what lies between those.
DEATHS = [*(("before", number) for number in range(STEPS)), ("after", 2), ("after", STEPS - 1), ("finish", 0)]


def die(sessions_repo: SessionsRepo, when: str, number: int) -> None:
    command = [sys.executable, "-c", DIES, str(sessions_repo.repo.path), when, str(number)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **sessions_repo.env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


@pytest.mark.parametrize(("when", "number"), DEATHS)
def test_the_same_fork_again_is_a_whole_one(furnished: SessionsRepo, when: str, number: int) -> None:
    die(furnished, when, number)
    outcome = furnished.fork("x", **SETTINGS)
    made = Checkout(furnished.place("x"))
    assert made.git("branch", "--show-current") == "x"
    assert made.git("status", "--porcelain") == ""
    assert (made.path / ".env").read_text() == "SECRET=1\n"
    assert (made.path / "made").read_text() == "done\n"
    ledger = furnished.context().ledger
    assert [fork.id for fork in ledger.view()[0].forks] == [outcome.launch.session]
    assert ledger.interrupted() == ()
    assert len(furnished.repo.git("worktree", "list").splitlines()) == 2
    assert furnished.repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(("when", "number"), [("before", 2), ("after", 2), ("after", 5)])
def test_another_fork_takes_back_what_is_half_made(furnished: SessionsRepo, when: str, number: int) -> None:
    before = trace(furnished.repo)
    die(furnished, when, number)
    furnished.fork("main")  # in place: it makes nothing itself
    assert trace(furnished.repo) == before
    assert [fork.branch for fork in furnished.context().ledger.view()[0].forks] == ["main"]


def test_a_worktree_that_somebody_works_in_by_now_is_completed(furnished: SessionsRepo) -> None:
    die(furnished, "before", 3)
    made = furnished.place("x")
    (made / "precious.py").write_text("work\n")
    furnished.fork("main", **SETTINGS)
    assert (made / "precious.py").exists()
    assert not (made / "made").exists()  # nobody asked for this branch
    nothing: Sections = {}
    for settings in (SETTINGS, nothing):  # the command is that of the settings, whatever the interrupted plan had
        proposal = propose(furnished.context(**settings), ForkRequest("x", mode=Mode.PRINT))
        assert proposal.plan is not None
        set_up = [Action.SET_UP] if settings else []
        assert [step.action for step in proposal.plan.steps] == [Action.COPY_FILES, *set_up, Action.RECORD_FORK]
    furnished.fork("x", **SETTINGS)
    assert (made / "precious.py").read_text() == "work\n"
    assert (made / ".env").exists()
    assert (made / "made").exists()
    assert furnished.context().ledger.interrupted() == ()


def test_a_dry_run_shows_what_is_taken_back(furnished: SessionsRepo) -> None:
    die(furnished, "after", 2)
    state = trace(furnished.repo)
    proposal = furnished.propose("y")
    assert proposal.plan is not None
    assert [step.action for step in proposal.plan.steps][:2] == [Action.REMOVE_WORKTREE, Action.DELETE_BRANCH]
    assert trace(furnished.repo) == state


@pytest.mark.parametrize("stop_at", ["Create branch", "Check out", "Copy .env", "Run the set-up"])
def test_a_person_who_cancels_gets_everything_taken_back(furnished: SessionsRepo, stop_at: str) -> None:
    before = trace(furnished.repo)
    with pytest.raises(ForksightError):
        furnished.fork("x", progress=RecordedProgress(stop_at), **SETTINGS)
    assert trace(furnished.repo) == before
    assert furnished.context().ledger.view()[0].forks == ()
    assert furnished.context().ledger.interrupted() == ()


def test_a_failing_set_up_leaves_nothing(furnished: SessionsRepo) -> None:
    before = trace(furnished.repo)
    with pytest.raises(ForksightError, match="exit status 7"):
        furnished.fork("x", worktree={"setup": "touch litter; exit 7"})
    assert trace(furnished.repo) == before
    assert furnished.context().ledger.view()[0].forks == ()


def test_a_disk_too_full_for_the_ledger_leaves_nothing(
    furnished: SessionsRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is taken back even if that can't be noted any more."""
    before, advance = trace(furnished.repo), SqliteLedger.advance

    def until_it_is_full(self: SqliteLedger, plan: Plan, done: int) -> None:
        if (furnished.place("x") / "made").exists():
            raise LedgerError("The ledger can't be used (database or disk is full)", fix="free some space")
        advance(self, plan, done)

    monkeypatch.setattr(SqliteLedger, "advance", until_it_is_full)
    with pytest.raises(LedgerError, match="disk is full"):
        furnished.fork("x", **SETTINGS)
    assert trace(furnished.repo) == before


def test_a_locked_repository_leaves_nothing(furnished: SessionsRepo) -> None:
    write(furnished.repo, ".git/refs/heads/x.lock", "")
    before = trace(furnished.repo)
    with pytest.raises(GitError):
        furnished.fork("x")
    assert trace(furnished.repo) == before


def test_a_branch_that_somebody_makes_meanwhile_stays_theirs(furnished: SessionsRepo) -> None:
    context = furnished.context()
    proposal = furnished.propose("x")
    furnished.repo.git("branch", "x")
    with pytest.raises(GitError, match="already exists"):
        start(context, proposal, lambda _: None, RecordedProgress())
    assert furnished.repo.git("rev-parse", "x") == furnished.repo.git("rev-parse", "main")


def test_a_start_that_fails_leaves_nothing(furnished: SessionsRepo) -> None:
    before = trace(furnished.repo)
    context = furnished.context()
    proposal = furnished.propose("x", mode=Mode.TERMINAL)

    def refuses(_: Launch) -> str | None:
        raise ForksightError("no terminal today")

    with pytest.raises(ForksightError, match="no terminal today"):
        start(context, proposal, refuses, RecordedProgress())
    assert trace(furnished.repo) == before
    assert furnished.context().ledger.view()[0].forks == ()


@pytest.mark.parametrize(("name", "status"), [("TERM", 143), ("HUP", 129), ("INT", 130)])
def test_a_polite_end_takes_everything_back(furnished: SessionsRepo, name: str, status: int) -> None:
    before = trace(furnished.repo)
    hook = write(furnished.repo, ".git/hooks/post-checkout", f"#!/bin/sh\nkill -{name} $FORKSIGHT_PID; sleep 1\n")
    hook.chmod(0o755)
    script = "import os,sys\nos.execv(sys.executable, [sys.executable, '-m', 'forksight', 'fork', 'x', '--print'])"
    command = ["sh", "-c", 'FORKSIGHT_PID=$$ exec "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(
        command,
        cwd=furnished.repo.path,
        env={**os.environ, **furnished.env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert name != "INT" or done.stderr.endswith("forksight: stopped by Ctrl-C: run the command again to continue\n")
    assert trace(furnished.repo) == before


def test_a_ledger_that_cannot_be_written_stops_a_fork_before_anything(furnished: SessionsRepo) -> None:
    proposal = furnished.propose("x")
    folder = furnished.repo.path / ".git" / "forksight"
    folder.rename(furnished.repo.path / ".git" / "away")
    folder.write_text("in the way")
    before = trace(furnished.repo)
    with pytest.raises(ForksightError, match="can't be written"):
        start(furnished.context(), proposal, lambda _: None, RecordedProgress())
    assert trace(furnished.repo) == before


def test_two_at_once_make_one(furnished: SessionsRepo) -> None:
    """Two processes that both decided to make the same branch: one does, the other says so; never half of each."""
    context, other = furnished.context(), furnished.context()
    first, second = furnished.propose("x"), furnished.propose("x")
    start(context, first, lambda _: None, RecordedProgress())
    with pytest.raises(ForksightError, match="another process forked “x” there"):
        start(other, second, lambda _: None, RecordedProgress())
    assert [fork.id for fork in context.ledger.view()[0].forks] == [first.launch and first.launch.session]
    assert (furnished.place("x") / "app.py").exists()
