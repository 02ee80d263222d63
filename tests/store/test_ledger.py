"""The ledger: what it remembers, with many processes at once, and after kill -9."""

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from forksight.adapters.store.ledger import plan_rows, sqlite_file
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.system import process_space as spaces
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.problems import LedgerError
from forksight.core.store.ledger import (
    Baseline,
    ForkState,
    Generation,
    LedgerView,
    Mode,
)
from tests.store.records import archive, baseline, fork

WAIT = 240.0  # seconds for a turn to write: beside busy programs each of many may wait long

WRITER = """
import sys
from forksight.adapters.store.ledger import sqlite_file
from forksight.adapters.store.ledger.ledger import SqliteLedger
sqlite_file.WAIT = float(sys.argv[4])
ledger = SqliteLedger(sys.argv[1])
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    label = f"{sys.argv[2]}-{number}"
    ledger.mute(label)
    print(label, flush=True)
"""

DIES_AT_WORK = """
import os, signal, sys
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.core.plans.plan import Action, Plan, Step
ledger = SqliteLedger(sys.argv[1])
plan = Plan("dead", "/w", (Step(Action.CREATE_BRANCH, "b"), Step(Action.CREATE_WORKTREE, "w")))
ledger.begin(plan)
ledger.advance(plan, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def writer(common_dir: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(common_dir), name, str(count), str(WAIT)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_looking_creates_nothing(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    assert ledger.view() == (LedgerView(), ())
    assert ledger.muted() == frozenset()
    assert ledger.interrupted() == ()
    assert list(tmp_path.iterdir()) == []


def test_remembers_everything(tmp_path: Path) -> None:
    first, second = fork(), fork(session=None, mode=Mode.BACKGROUND, created=20.0, prompt="go", baseline=None)
    ledger = SqliteLedger(str(tmp_path))
    ledger.save_baseline(baseline(), replacing=None)
    ledger.record_fork(second)
    ledger.record_fork(first)
    ledger.mute("wip/x")
    ledger.close()
    view, problems = SqliteLedger(str(tmp_path)).view()
    assert problems == ()
    assert view.baselines == (baseline(),)
    assert view.forks == (first, second)
    assert view.mutes == {"wip/x"}
    assert view.parents == {first.id: "parent", f"pending:{second.launch}": "parent"}
    assert view.generations["s1"] == (baseline(), baseline().generation)
    assert view.fork(first.launch) == first
    assert view.fork(f"pending:{second.launch}") == second
    assert view.fork("unknown") is None
    assert view.baseline("base") == baseline()


def test_a_fork_that_was_put_away_is_an_archive_until_it_is_back(tmp_path: Path) -> None:
    ledger, record = SqliteLedger(str(tmp_path)), fork()
    ledger.record_fork(record)
    ledger.record_archive(archive(record.launch, record))
    view = SqliteLedger(str(tmp_path)).view()[0]
    assert (view.forks, view.archives) == ((), (archive(record.launch, record),))
    assert view.archive(record.launch) == view.archives[0]
    ledger.forget_archive(record.launch, "/a/another")
    assert ledger.view()[0].archives
    ledger.forget_archive(record.launch, "/a/s", restored=4.5)
    view = ledger.view()[0]
    assert (view.forks, view.archives, view.restored) == ((record,), (), {record.launch: 4.5})


def test_a_plan_may_name_paths_that_are_not_utf8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = SqliteLedger(str(tmp_path))
    plan = Plan("p", "/w", (Step(Action.COPY_FILES, "caf\udce9", {"paths": ["caf\udce9"]}),))
    ledger.begin(plan)
    monkeypatch.setattr("forksight.adapters.store.ledger.plan_rows.is_alive", lambda *_: False)
    assert [plan.plan for plan in ledger.interrupted()] == [plan]


def test_a_baseline_is_only_replaced_knowingly(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    ledger.save_baseline(baseline(), replacing=None)
    with pytest.raises(LedgerError, match="changed by another process"):
        ledger.save_baseline(baseline(session="s2"), replacing=None)
    with pytest.raises(LedgerError, match="already is a baseline"):
        ledger.save_baseline(baseline("other"), replacing=None)
    grown = Baseline("base", 2, (*baseline().generations, Generation(2, "s2", None, 3.0)))
    ledger.save_baseline(grown, replacing=baseline())
    assert ledger.view()[0].baselines == (grown,)
    ledger.remove_baseline("base")
    assert ledger.view()[0].baselines == ()


def test_a_forks_state_never_moves_back(tmp_path: Path) -> None:
    ledger, made = SqliteLedger(str(tmp_path)), fork(session=None)
    ledger.record_fork(made)
    ledger.update_fork(made.launch, state=ForkState.VERIFIED, session="real", pane="tmux:%1")
    ledger.note_start(made.launch, 5.0)
    ledger.update_fork(made.launch, state=ForkState.STARTED, short="abc")
    ledger.update_fork("unknown", state=ForkState.STARTED)
    expected = replace(made, state=ForkState.VERIFIED, session="real", pane="tmux:%1", started=5.0, short="abc")
    assert ledger.view()[0].forks == (expected,)
    ledger.forget_fork(made.launch)
    assert ledger.view()[0].forks == ()


def test_starts_are_in_the_order_in_which_they_were_noted(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    forks = [fork() for _ in range(3)]
    for made in forks:
        ledger.record_fork(made)
    for made, moment in zip(forks, (7.0, 6.9, 6.9), strict=True):  # their clocks were read before they got their turn
        ledger.note_start(made.launch, moment)
    started = {fork.launch: fork.started for fork in ledger.view()[0].forks}
    order = [started[fork.launch] or 0.0 for fork in forks]
    assert order[0] < order[1] < order[2] < 7.1


def test_mutes_can_be_undone(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    ledger.mute("a")
    ledger.mute("a")
    ledger.mute("b")
    ledger.unmute("a")
    assert ledger.muted() == {"b"}


def test_the_stamp_tells_changes_of_this_and_other_processes(tmp_path: Path) -> None:
    here, there = SqliteLedger(str(tmp_path)), SqliteLedger(str(tmp_path))
    stamps = [here.stamp()]
    here.mute("a")
    stamps.append(here.stamp())
    there.mute("b")
    stamps.append(here.stamp())
    assert here.stamp() == stamps[-1]
    assert len(set(stamps)) == 3


def test_many_processes_and_threads_write_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "WAIT", WAIT)
    running = [writer(tmp_path, f"p{number}", 25) for number in range(6)]
    ledger = SqliteLedger(str(tmp_path))
    threads = [threading.Thread(target=ledger.mute, args=(f"t{number}",)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in running:
        process.communicate(timeout=240)
        assert process.returncode == 0
    expected = {f"p{number}-{item}" for number in range(6) for item in range(25)} | {f"t{n}" for n in range(10)}
    assert ledger.view() == (LedgerView(mutes=frozenset(expected)), ())


def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    processes = [writer(tmp_path, f"p{number}", 100_000) for number in range(3)]
    written: set[str] = set()
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        written |= {process.stdout.readline().strip() for _ in range(10)}
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    ledger = SqliteLedger(str(tmp_path))
    view, problems = ledger.view()
    assert problems == ()
    assert written <= view.mutes
    ledger.mute("still works")


def test_a_plan_of_another_machine_or_container_counts_as_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan("theirs", "/w", (Step(Action.CREATE_BRANCH, "b"),))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(plan_rows, "process_space", lambda: ("another-machine", "pid:[1]"))
        elsewhere.setattr(plan_rows, "myself", lambda: (2**22 + 7, 12.5))
        SqliteLedger(str(tmp_path)).begin(plan)
    ledger = SqliteLedger(str(tmp_path))
    assert ledger.interrupted() == ()
    assert ledger.adopt(plan) is None
    mine = replace(plan, id="mine")
    with pytest.raises(LedgerError, match="of another machine or container") as refused:
        ledger.begin(mine)
    assert refused.value.code == "busy"
    assert "forksight doctor --adopt" in refused.value.fix
    ledger.adopt_records()
    assert [found.plan.id for found in ledger.interrupted()] == ["theirs"]
    assert ledger.adopt(plan) == 0
    assert ledger.interrupted() == (), "it is this process's now"
    ledger.finish(plan)
    ledger.begin(mine)


@pytest.mark.parametrize("container", [("", "pid:[1]"), ("machine", "pid:[1]")])
def test_a_plan_of_a_container_counts_as_at_work_on_a_system_without_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: tuple[str, str]
) -> None:
    monkeypatch.setattr(plan_rows, "myself", lambda: (2**22 + 7, 12.5))
    for identity, space in (("theirs", container), ("mine", ("", ""))):
        monkeypatch.setattr(plan_rows, "process_space", lambda space=space: space)
        SqliteLedger(str(tmp_path)).begin(Plan(identity, f"/{identity}", (Step(Action.CREATE_BRANCH, "b"),)))
    monkeypatch.setattr(spaces, "process_space", lambda: ("", ""))
    assert [found.plan.id for found in SqliteLedger(str(tmp_path)).interrupted()] == ["mine"]


def test_an_interrupted_plan_is_found_once_its_process_is_dead(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES_AT_WORK, str(tmp_path)], check=False)
    ledger = SqliteLedger(str(tmp_path))
    (interrupted,) = ledger.interrupted()
    assert interrupted.done == 1
    assert [step.action for step in interrupted.left()] == [Action.CREATE_WORKTREE]
    mine = Plan(
        "mine", "/w", (Step(Action.CREATE_BRANCH, "b", {"name": "x"}, Step(Action.DELETE_BRANCH, "b")),), ("dead",)
    )
    ledger.begin(mine)
    assert [plan.plan.id for plan in ledger.interrupted()] == ["dead"]
    with pytest.raises(LedgerError, match="Another Forksight"):
        SqliteLedger(str(tmp_path)).begin(replace(mine, id="other"))
    ledger.finish(mine)
    assert ledger.interrupted() == ()
    ledger.begin(mine)  # the target is free again
