"""What becomes of forks after their start: the id that Claude Code chose, what they inherited, whose cache is warm."""

import threading
import time
import uuid
from pathlib import Path

import pytest

from forksight.cli.start_session import carry_out
from forksight.core.claude.launch import Launch
from forksight.core.ports.system import Clock
from forksight.core.problems import ClaudeError
from forksight.core.store.ledger import Fork, ForkState, Mode
from forksight.features.context import Context
from forksight.features.forks import first_answer
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.several import start_all
from forksight.features.sessions.settle import settled_tree
from tests.forks.sessions_repo import RecordedProgress, SessionsRepo


def state(sessions_repo: SessionsRepo, launch: str) -> ForkState:
    fork = sessions_repo.context().ledger.view()[0].fork(launch)
    assert fork is not None
    return fork.state


def test_a_fork_that_inherited_is_verified(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    assert settled_tree(sessions_repo.context()).problems == ()
    assert state(sessions_repo, launch.session) is ForkState.PENDING
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    assert settled_tree(sessions_repo.context()).problems == ()
    assert state(sessions_repo, launch.session) is ForkState.VERIFIED


def test_an_empty_fork_is_reported(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x", empty=True)
    for _ in range(2):  # as long as it is so
        (problem,) = settled_tree(sessions_repo.context()).problems
        assert problem.code == "fork-empty"
        assert "forksight fork x --again" in problem.message
    assert state(sessions_repo, launch.session) is ForkState.EMPTY


def test_without_the_parents_transcript_nobody_can_tell(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x", empty=True)
    sessions_repo.transcript(baseline_id).unlink()
    assert settled_tree(sessions_repo.context()).problems == ()


def test_a_background_fork_gets_the_id_that_claude_code_chose(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    place = str(sessions_repo.repo.worktree("side").path)
    fork = Fork(
        "l", None, baseline_id, "payments", 1, "side", place, "side", Mode.BACKGROUND, time.time(), short="13f23553"
    )
    ledger = sessions_repo.context().ledger
    ledger.record_fork(fork)
    assert "pending:l" in [node.id for node in settled_tree(sessions_repo.context()).nodes]
    chosen = "13f23553-c510-443d-ae52-257093117330"
    sessions_repo.fork_of(baseline_id, chosen, place, "side")
    nodes = {node.id: node for node in settled_tree(sessions_repo.context()).nodes}
    assert set(nodes) == {baseline_id, chosen}
    assert nodes[chosen].parent == baseline_id
    assert state(sessions_repo, "l") is ForkState.VERIFIED


class Hours:
    """A clock on which waiting takes no time, and nothing else takes any."""

    def __init__(self, ahead: float) -> None:
        self.ahead = ahead
        self.slept = 0.0
        self._begun = time.time(), time.monotonic()

    def now(self) -> float:
        return self._begun[0] + self.ahead

    def awake(self) -> float:
        return self._begun[1] + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        self.slept += seconds


def at(sessions_repo: SessionsRepo, clock: Clock) -> Context:
    context = sessions_repo.context()
    vars(context)["clock"] = clock  # as app wires it, but another one
    return context


def identity(name: str) -> str:
    """A session id for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def asking(
    sessions_repo: SessionsRepo, baseline_id: str, name: str, mode: Mode = Mode.BACKGROUND, prompt: str | None = "go"
) -> Fork:
    fork = Fork(
        identity(name),
        identity(name),
        baseline_id,
        "payments",
        1,
        name,
        f"/w/{name}",
        name,
        mode,
        time.time(),
        prompt=prompt,
    )
    sessions_repo.context().ledger.record_fork(fork)
    return fork


def test_a_background_fork_that_nobody_sees_is_no_success(
    sessions_repo: SessionsRepo,
    baseline_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claude = tmp_path / "background"
    claude.write_text("#!/bin/sh\ncase \"$*\" in *--bg*) echo 'backgrounded · deadbeef · x';; *) echo '[]';; esac\n")
    claude.chmod(0o755)
    monkeypatch.setenv("FORKSIGHT_CLAUDE", str(claude))
    monkeypatch.setattr("forksight.cli.start_session.end_politely", lambda: None)  # this process is not the command's
    context = at(sessions_repo, Hours(0.0))
    proposal = propose(context, ForkRequest("x", prompt="go", mode=Mode.BACKGROUND))
    assert carry_out(context, proposal, as_json=False) == 1
    out, err = capsys.readouterr()
    assert out == ""
    said = " ".join(err.split())
    assert "“x” was started in the background, but Claude Code does not list it" in said
    assert "look at it with `claude logs deadbeef`; if it is gone" in said


COLD = 3600.0


def test_the_first_on_a_cold_cache_goes_ahead_and_the_others_wait(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    clock = Hours(COLD)
    first, second = asking(sessions_repo, baseline_id, "first"), asking(sessions_repo, baseline_id, "second")
    assert first_answer.wait_for_first_answer(at(sessions_repo, clock), first, RecordedProgress()) == ()
    assert clock.slept == 0
    progress = RecordedProgress()
    (why,) = first_answer.wait_for_first_answer(at(sessions_repo, clock), second, progress)
    assert why.code == "cold-cache"
    assert "“first”" in progress.steps[0]
    assert first_answer.PATIENCE - 2 <= clock.slept <= first_answer.PATIENCE + 2


def test_its_answer_ends_the_wait(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    clock = Hours(COLD)
    first, second = asking(sessions_repo, baseline_id, "first"), asking(sessions_repo, baseline_id, "second")
    first_answer.wait_for_first_answer(at(sessions_repo, clock), first, RecordedProgress())

    class Answered(Hours):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            sessions_repo.fork_of(baseline_id, identity("first"), str(sessions_repo.repo.path), "main", age=-COLD)

    waiting = Answered(COLD)
    (why,) = first_answer.wait_for_first_answer(at(sessions_repo, waiting), second, RecordedProgress())
    assert why.code == "cold-cache"
    assert waiting.slept <= 1


def test_of_several_the_first_starts_and_the_others_follow_its_answer(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    class Answering(Hours):
        """A clock at whose second tick the first fork has answered."""

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.slept > 0.9:
                sessions_repo.fork_of(baseline_id, opened[0][0], str(sessions_repo.repo.path), "a", age=-COLD)

    clock = Answering(COLD)
    opened: list[tuple[str, float]] = []

    def opener(launch: Launch) -> str:
        opened.append((launch.session or "", clock.slept))
        return "%1"

    requests = [ForkRequest(branch, prompt="go") for branch in ("a", "b", "c")]
    started = start_all(at(sessions_repo, clock), requests, opener, RecordedProgress())
    assert [fork.problem for fork in started] == [None] * 3
    assert [slept for _, slept in opened] == [0, 1, 1]
    assert [[why.code for why in fork.outcome.warnings] for fork in started if fork.outcome] == [[], ["cold-cache"], []]


def test_one_that_can_not_start_keeps_no_other_from_it(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    def opener(launch: Launch) -> str:
        if launch.title == "a":
            raise ClaudeError("it did not start")
        return "%1"

    requests = [ForkRequest(branch, prompt="go") for branch in ("a", "b")]
    first, second = start_all(at(sessions_repo, Hours(0.0)), requests, opener, RecordedProgress())
    assert first.problem is not None
    assert first.problem.message.startswith("a was not forked: it did not start")
    assert second.outcome is not None
    assert [node.title for node in settled_tree(sessions_repo.context()).nodes if node.state.value == "pending"] == [
        "b"
    ]


@pytest.mark.parametrize("reason", ["warm", "other baseline", "long ago", "interactive", "asks nothing"])
def test_nobody_waits_without_need(sessions_repo: SessionsRepo, baseline_id: str, reason: str) -> None:
    clock = Hours(0.0 if reason == "warm" else COLD)
    silent = {"interactive": Mode.TERMINAL, "asks nothing": Mode.BACKGROUND}.get(reason)
    first = (
        asking(sessions_repo, baseline_id, "first", silent, None)
        if silent
        else asking(sessions_repo, baseline_id, "first")
    )
    if silent:
        sessions_repo.context().ledger.note_start("first", clock.now())
    else:
        first_answer.wait_for_first_answer(at(sessions_repo, clock), first, RecordedProgress())
    if reason == "long ago":
        clock.ahead += first_answer.PATIENCE + 1
    second = asking(
        sessions_repo, sessions_repo.session("search") if reason == "other baseline" else baseline_id, "second"
    )
    assert first_answer.wait_for_first_answer(at(sessions_repo, clock), second, RecordedProgress()) == ()
    assert clock.slept == 0


def test_of_many_at_once_exactly_one_goes_ahead(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    forks = [asking(sessions_repo, baseline_id, f"f{number}") for number in range(4)]
    clocks = [Hours(COLD) for _ in forks]

    def go(number: int) -> None:
        first_answer.wait_for_first_answer(at(sessions_repo, clocks[number]), forks[number], RecordedProgress())

    threads = [threading.Thread(target=go, args=(number,)) for number in range(len(forks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [clock.slept > 0 for clock in clocks].count(False) == 1
