"""Cleaning up: only what was shown, only with the yes that it needs, and never what is live."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import CleanPlan, Fate
from forksight.core.ports.system import Progress
from forksight.core.problems import UsageError
from forksight.core.sessions.session import State
from forksight.features.cleanup import clean, propose
from forksight.features.cleanup.clean import Cleaned
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.forks.sessions_repo import RecordedProgress


class AtStep(RecordedProgress):
    """Progress during which something happens, just before the step whose detail begins with a text."""

    def __init__(self, text: str, do: Callable[[], object]) -> None:
        super().__init__()
        self._text, self._do = text, do

    def step(self, detail: str) -> None:
        super().step(detail)
        if detail.startswith(self._text):
            self._do()


def run(
    forks_repo: ForksRepo,
    plan: CleanPlan,
    *,
    yes: bool = True,
    discard: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Cleaned:
    """Execute a plan as it was made."""
    chosen = clean.runnable(plan, yes=yes, discard=clean.discarded(plan, discard))
    return clean.clean(forks_repo.context(), plan, chosen, progress or RecordedProgress())


def fates(cleaned: Cleaned) -> dict[str, Fate]:
    return {entry.facts.node.title: cleaned.fates[entry.session] for entry in cleaned.plan.entries}


def test_yes_is_for_what_is_without_risk_alone(forks_repo: ForksRepo) -> None:
    safe, dirty, live = forks_repo.add_fork("safe"), forks_repo.add_fork("dirty"), forks_repo.add_fork("live")
    dirty.checkout.write({"app.py": "changed\n"})
    forks_repo.run_in(live.id, str(live.checkout.path))
    assert fates(forks_repo.clean()) == {"safe": Fate.CLEANED, "dirty": Fate.PROPOSED, "live": Fate.HELD}
    assert not safe.checkout.path.exists()
    assert dirty.checkout.path.exists()
    assert live.checkout.path.exists()


def test_each_fork_at_risk_needs_its_own_yes(forks_repo: ForksRepo) -> None:
    forks = [forks_repo.add_fork(name) for name in ("one", "two", "three")]
    for fork in forks:
        fork.checkout.commit({"a": fork.branch}, fork.branch)
    assert fates(forks_repo.clean(yes=False)) == dict.fromkeys(("one", "two", "three"), Fate.PROPOSED)
    assert fates(forks_repo.clean(yes=False, discard=[forks[1]])) == {
        "one": Fate.PROPOSED,
        "two": Fate.CLEANED,
        "three": Fate.PROPOSED,
    }
    assert [fork.checkout.path.exists() for fork in forks] == [True, False, True]
    with pytest.raises(UsageError, match="there is no session"):
        forks_repo.clean(discard=["two"])


def test_everything_of_a_fork_goes_and_is_kept(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.make_fork("feature/pay")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(fork.checkout.path), "feature/pay", age=99 * 86_400)
    head = forks_repo.repo.git("rev-parse", "feature/pay")
    forks_repo.clean("feature/pay", discard=["feature/pay"])
    context = forks_repo.context()
    view, _ = context.ledger.view()
    archive = view.archive(fork.id)
    assert archive is not None
    assert view.forks == ()
    assert archive.fork is not None
    assert archive.fork.launch == fork.id
    assert not fork.checkout.path.exists()
    assert forks_repo.repo.git("branch", "--list", "feature/pay") == ""
    assert forks_repo.repo.git("worktree", "list").count("\n") == 0
    assert not list((forks_repo.config / "projects").rglob(f"{fork.id}*"))
    assert forks_repo.repo.git("rev-parse", f"refs/forksight/archive/{fork.id}/branch") == head
    assert sorted(os.listdir(archive.file)) == [
        "fork.json", "transcript.json", "transcript.tar.gz", "worktree.json", "worktree.stamp", "worktree.tar.gz",
    ]  # fmt: skip
    assert all(path.stat().st_mode & 0o077 == 0 for path in [Path(archive.file), *Path(archive.file).glob("*.gz")])
    node = next(node for node in fork_tree(context).nodes if node.id == fork.id)
    assert (node.state, node.title, node.parent) == (State.ARCHIVED, "feature/pay", forks_repo.parent)


def test_a_fork_that_never_started(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.fork("pending").proposal.fork
    assert fork is not None
    before = forks_repo.state()
    assert fates(forks_repo.clean()) == {"pending": Fate.PROPOSED}
    assert fates(forks_repo.clean(discard=["pending"])) == {"pending": Fate.CLEANED}
    assert forks_repo.context().ledger.view()[0].forks == ()
    assert not os.path.exists(fork.worktree)
    forks_repo.restore("pending")
    assert forks_repo.context().ledger.view()[0].forks == (fork,)
    assert forks_repo.state() == before


def _grow(forks_repo: ForksRepo, fork: Forked) -> None:
    with forks_repo.transcript(fork.id).open("ab") as file:
        file.write(b'{"type":"last-prompt"}\n')


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ("Check", lambda forks_repo, fork: fork.checkout.write({"new.txt": "n\n"})),
        ("Check", lambda forks_repo, fork: fork.checkout.commit({"new.txt": "n\n"})),
        ("Check", lambda forks_repo, fork: forks_repo.add_second_fork(fork, age=0)),
        ("Check", lambda forks_repo, fork: forks_repo.repo.git("worktree", "lock", str(fork.checkout.path))),
        ("Check", lambda forks_repo, fork: forks_repo.run_in(fork.id, str(fork.checkout.path))),
        ("Remove the transcript", lambda forks_repo, fork: forks_repo.run_in(fork.id, str(fork.checkout.path))),
        ("Remove the transcript", _grow),
        ("Remove the transcript", lambda forks_repo, fork: forks_repo.companion(fork, {"late.jsonl": b"{}\n"})),
        ("Remove the worktree", lambda forks_repo, fork: fork.checkout.write({"new.txt": "n\n"})),
        ("Remove the worktree", lambda forks_repo, fork: fork.checkout.write({"app.py": "changed\n"})),
        ("Remove the worktree", lambda forks_repo, fork: (fork.checkout.path / "README").unlink()),
        ("Remove the worktree", lambda forks_repo, fork: forks_repo.run_in("0" * 8, str(fork.checkout.path))),
    ],
)  # fmt: skip
def test_what_changed_since_it_was_shown_is_left_as_it_is(
    forks_repo: ForksRepo, step: str, change: Callable[[ForksRepo, Forked], object]
) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"pay.py": "x\n"})
    plan = forks_repo.plan()
    progress = AtStep(step, lambda: change(forks_repo, fork))
    cleaned = run(forks_repo, plan, discard=(fork.id,), progress=progress)
    assert fates(cleaned) == {"pay": Fate.FAILED}
    (problem,) = cleaned.problems
    assert "changed" in problem.message
    assert (fork.checkout.path / "pay.py").read_text() == "x\n"
    assert fork.checkout.git("branch", "--show-current") == "pay"
    assert forks_repo.transcript(fork.id).exists()
    assert forks_repo.archived() == ([], "")
    assert forks_repo.context().ledger.view()[0].archives == ()


def test_less_to_lose_than_was_shown_is_fine(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"pay.py": "x\n"})
    fork.checkout.write({"new.txt": "n\n"})
    plan = forks_repo.plan()
    (fork.checkout.path / "new.txt").unlink()
    forks_repo.repo.git("branch", "copy", "pay")
    assert fates(run(forks_repo, plan, discard=(fork.id,))) == {"pay": Fate.CLEANED}


def test_a_half_written_transcript_is_kept_to_the_last_byte(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    with forks_repo.transcript(fork.id).open("ab") as file:
        file.write(b'{"type":"assistant","uuid":"half')
    before = forks_repo.state(fork)
    forks_repo.clean()
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_one_failure_does_not_stop_the_others(forks_repo: ForksRepo) -> None:
    first, second = forks_repo.add_fork("first", age=99 * 86_400), forks_repo.add_fork("second")
    progress = AtStep("Remove the worktree", lambda: (first.checkout.path / "late").write_text("late"))
    cleaned = run(forks_repo, forks_repo.plan(), progress=progress)
    assert fates(cleaned) == {"first": Fate.FAILED, "second": Fate.CLEANED}
    assert first.checkout.path.exists()
    assert not second.checkout.path.exists()


def test_a_stop_leaves_the_rest(forks_repo: ForksRepo) -> None:
    forks = [forks_repo.add_fork(name) for name in ("one", "two")]
    cleaned = run(forks_repo, forks_repo.plan(), progress=RecordedProgress(stop_at="Remove the transcript"))
    assert sorted(fates(cleaned).values()) == [Fate.FAILED, Fate.PROPOSED]
    assert all(fork.checkout.path.exists() for fork in forks)
    assert all(forks_repo.transcript(fork.id).exists() for fork in forks)


def test_two_cleaners_at_once_do_not_fight(forks_repo: ForksRepo) -> None:
    forks = [forks_repo.add_fork(f"fork-{number}") for number in range(4)]
    plans = [forks_repo.plan() for _ in range(2)]
    results: list[Cleaned] = []
    threads = [threading.Thread(target=lambda plan=plan: results.append(run(forks_repo, plan))) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    problems = [problem.message for result in results for problem in result.problems]
    assert all("has changed since" in message or "is at work" in message for message in problems), problems
    for fork in forks:
        assert sorted(result.fates[fork.id] for result in results) == [Fate.CLEANED, Fate.FAILED]
    view, _ = forks_repo.context().ledger.view()
    assert {archive.session for archive in view.archives} == {fork.id for fork in forks}
    for fork in forks:
        forks_repo.restore(fork)
        assert fork.checkout.git("status", "--porcelain") == ""


def test_a_lost_ledger_gets_the_archives_back(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    before = forks_repo.state(fork)
    forks_repo.clean()
    ledger = forks_repo.repo.path / ".git" / "forksight" / "ledger.db"
    for path in ledger.parent.glob("ledger.db*"):
        path.write_bytes(b"no database, for certain" * 400)
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_forks_are_not_made_where_one_is_being_cleaned_up(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.add_fork("pay")
    said: list[str] = []

    def fork_again() -> None:
        try:
            forks_repo.fork("pay", again=True)
        except Exception as error:  # noqa: BLE001 - what it says is what is looked at
            said.append(str(error))

    run(forks_repo, forks_repo.plan(fork.id), discard=(fork.id,), progress=AtStep("Record", fork_again))
    assert len(said) == 1
    assert "is at work on" in said[0]


def test_entries_ask_for_names_and_branches(forks_repo: ForksRepo) -> None:
    forks_repo.add_fork("one")
    plan = propose.propose(forks_repo.context())
    assert clean.discarded(plan, ["one"]) == {plan.entries[0].session}
    for wrong, said in (("", "is empty"), ("two", "there is no session")):
        with pytest.raises(UsageError, match=said):
            clean.discarded(plan, [wrong])
