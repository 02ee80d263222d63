"""A session that runs elsewhere: it is shown there, or ended after a question, and never another process in its place."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from forksight.adapters.system.processes import end
from forksight.core.claude.launch import Launch
from forksight.core.forks.proposal import Proposal
from forksight.core.problems import ForksightError
from forksight.core.store.ledger import Mode
from forksight.features.forks.resume import propose_resume
from forksight.features.forks.running import require_same
from forksight.features.forks.start import start
from tests.forks.sessions_repo import RecordedProgress, SessionsRepo
from tests.processes import has_ended


def taken_over(sessions_repo: SessionsRepo, wanted: str) -> Proposal:
    return propose_resume(sessions_repo.context(), wanted, Mode.PRINT, take_over=True)


def test_it_is_ended_and_goes_on_here(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    with sessions_repo.another_process() as pid, sessions_repo.another_process() as bystander:
        sessions_repo.run_in(launch.session, launch.cwd, pid=pid, status="busy")
        question = propose_resume(sessions_repo.context(), "x").question
        assert question is not None
        assert question.message.startswith(f"“x” (process {pid}, working) runs already in {launch.cwd}. End it there")
        assert "cut off" in question.message
        assert question.hint == f"forksight resume {launch.session} --take-over"

        unasked = sessions_repo.cli("resume", "x", "--take-over", "--print", "--json")
        assert (unasked.returncode, json.loads(unasked.stdout)["launch"]) == (1, None)
        planned = json.loads(sessions_repo.cli("resume", "x", "--take-over", "--dry-run", "--json").stdout)
        assert planned["steps"][0] == {
            "action": "end-process",
            "detail": f"End process {pid}, which runs it in {launch.cwd}",
        }
        assert not has_ended(pid), "nothing is ended without a yes"

        done = sessions_repo.cli("resume", "x", "--take-over", "--yes", "--print", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["launch"]["argv"][1:] == ["--resume", launch.session]
        assert has_ended(pid)
        assert not has_ended(bystander)


def test_only_the_process_that_was_asked_about_is_ended(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    with sessions_repo.another_process() as first, sessions_repo.another_process() as second:
        sessions_repo.run_in(launch.session, launch.cwd, pid=first)
        asked_about = propose_resume(sessions_repo.context(), "x").running
        assert asked_about is not None
        (sessions_repo.config / "sessions" / f"{first}.json").unlink()
        sessions_repo.run_in(launch.session, launch.cwd, pid=second)
        with pytest.raises(ForksightError, match=f"runs in process {second} now"):
            require_same(asked_about, taken_over(sessions_repo, "x"))
        assert end(first, psutil.Process(first).create_time() - 60, 0.1), "its id belongs to another process by now"
        for pid in (first, second):
            assert not has_ended(pid)


def test_one_that_does_not_end_is_not_started_a_second_time(
    sessions_repo: SessionsRepo, baseline_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    deaf = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        sessions_repo.run_in(launch.session, launch.cwd, pid=process.pid)
        monkeypatch.setattr("forksight.features.forks.running._PATIENCE", 0.2)
        opened: list[Launch] = []

        def open_here(launch: Launch) -> str:
            opened.append(launch)
            return "here"

        with pytest.raises(ForksightError, match="still runs"):
            start(
                sessions_repo.context(),
                taken_over(sessions_repo, "x"),
                open_here,
                RecordedProgress(),
            )
        assert opened == []
        assert process.poll() is None
        process.kill()


def test_what_can_not_go_on_here_is_not_ended(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    side = sessions_repo.repo.worktree("side")
    sessions_repo.run_in("5d1b9c2e-0000-4000-8000-000000000000", str(side.path), name="refunds")
    assert propose_resume(sessions_repo.context(), "refunds").question is None
    with pytest.raises(ForksightError, match="nothing was said"):
        taken_over(sessions_repo, "refunds")
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), kind="bg")
    assert propose_resume(sessions_repo.context(), baseline_id).question is None
    with pytest.raises(ForksightError, match="is run by Claude Code itself"):
        taken_over(sessions_repo, baseline_id)


def unlisted(sessions_repo: SessionsRepo, _: str) -> None:
    (sessions_repo.config / "sessions").mkdir(exist_ok=True)
    (sessions_repo.config / "sessions" / f"{os.getpid()}.json").write_text("{half")


def in_a_container(sessions_repo: SessionsRepo, session: str) -> None:
    sessions_repo.run_in(session, str(sessions_repo.place("x")), pid=57)
    path = sessions_repo.config / "sessions" / "57.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "pidDomain": "linux:another-machine:pid:[1]"}))


@pytest.mark.parametrize("doubt", [unlisted, in_a_container])
def test_one_that_may_run_is_resumed_after_a_yes_only(
    sessions_repo: SessionsRepo, baseline_id: str, doubt: Callable[[SessionsRepo, str], None]
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    doubt(sessions_repo, launch.session)
    unasked = sessions_repo.cli("resume", "x", "--print", "--json")
    answer = json.loads(unasked.stdout)
    assert (unasked.returncode, answer["launch"], answer["worktree"]) == (1, None, launch.cwd)
    (warning,) = answer["warnings"]
    assert warning["code"] == "session-maybe-live"
    assert f"`forksight resume {launch.session} --anyway`" in warning["message"]
    assert json.loads(sessions_repo.cli("resume", "x", "--dry-run", "--json").stdout)["steps"] == []
    done = sessions_repo.cli("resume", launch.session, "--anyway", "--print", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["launch"]["argv"][1:] == ["--resume", launch.session]


def test_another_session_of_a_container_is_no_reason_to_ask(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    in_a_container(sessions_repo, "5d1b9c2e-0000-4000-8000-000000000000")
    assert propose_resume(sessions_repo.context(), "x").launch is not None
