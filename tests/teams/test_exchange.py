"""The exchange while an editor is open, on a machine that sleeps, or whose clock is set."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from forksight.app.workbench import Forksight
from forksight.core.git.snapshot import Snapshot
from forksight.core.ports.teams import Team
from forksight.features.overlaps.configured_engine import configured_engine
from forksight.features.teams.exchange import Exchange
from forksight.features.teams.round_trip import round_trip
from tests.conftest import Checkout
from tests.teams.machines import Machine, five
from tests.waiting import wait_for

HOURS = 8 * 3600.0


class Clock:
    """A machine's clock, which a test sets; asleep it goes on while nothing else does."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.asleep = 0.0

    def now(self) -> float:
        return time.time() + self.ahead + self.asleep

    def awake(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds


@contextmanager
def exchange_of(
    machine: Machine,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    poll: int = 1,
    late: Mapping[str, str] | None = None,
    defects: Sequence[Exception] = (),
) -> Iterator[Team]:
    """What an open editor does on a machine that looks each second, or after so many.

    `late`: files that are saved just after the worktree was looked at to be published. `defects` are raised before that is looked at.
    """
    machine.clone.git("config", "forksight.teams.poll", str(poll))
    for name, value in machine.env.items():
        monkeypatch.setenv(name, value)
    context = Forksight().open(str(machine.clone.path))
    vars(context)["clock"] = clock
    repository = machine.clone.open()
    saves = [late] if late else []
    raised, failed = list(defects), list[Exception]()

    def snapshots() -> tuple[Snapshot, ...]:
        if raised:
            raise raised.pop()
        scanned = (repository.scan(machine.clone.seen_by(repository))[0],)
        with context.team.alone() as nobody_publishes:
            pass
        if saves and not nobody_publishes:
            machine.write(saves.pop())
            exchange.worktrees_changed()
        return scanned

    exchange = Exchange(context, snapshots=snapshots, news=lambda: None, failed=failed.append)
    exchange.start()
    yield context.team
    exchange.close()
    assert failed == list(defects)


def test_a_clock_that_is_set_back(ada: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.run("share", "on", "--yes")
    clock = Clock()
    with exchange_of(ada, clock, monkeypatch) as team:
        clock.ahead = -HOURS
        wait_for("a look by the new time", lambda: (team.state().polled or 0.0) < clock.now() + 60)


def test_a_laptop_that_wakes_begins_anew(ada: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a night without a network the first try fails, since that is not up yet: the next is soon."""
    ada.run("share", "on", "--yes")
    clock = Clock()
    away = remote.path.rename(remote.path.with_name("away.git"))
    with exchange_of(ada, clock, monkeypatch) as team:
        wait_for("a failure", lambda: team.state().failures == 1)
        team.note(replace(team.state(), failures=10))
        clock.asleep = HOURS
        wait_for("a try after the night", lambda: team.state().failures == 1)
        assert "has no such repository" in ada.run("share", "status")
        away.rename(remote.path)
        clock.ahead = 31.0
        wait_for("a second try", lambda: team.state().error is None)
    assert team.state().failures == 0


def test_a_look_that_was_due_keeps_no_change_waiting(ada: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was saved just before a poll is published after its two seconds, not a whole poll later."""
    ada.run("share", "on", "--yes")
    ada.write({"pay.py": "ada's\n"})
    clock = Clock()
    clock.ahead = HOURS  # since the last look
    with exchange_of(ada, clock, monkeypatch, poll=3600) as team:
        wait_for("the publish", lambda: team.state().published is not None)


def test_what_is_saved_while_a_publish_begins_is_published_next(ada: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.run("share", "on", "--yes")
    ada.write({"pay.py": "ada's\n"})
    clock = Clock()
    with exchange_of(ada, clock, monkeypatch, late={"cart.py": "ada's too\n"}) as team:

        def both_were_looked_at() -> bool:
            clock.ahead = min(clock.ahead + 1.0, 200.0)  # long before an unchanged worktree is looked at again
            return [shared + left_out for _, shared, left_out in team.state().worktrees] == [2]

        wait_for("both files", both_were_looked_at)


def test_a_defect_is_told_and_ends_nothing(ada: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.run("share", "on", "--yes")
    ada.write({"pay.py": "ada's\n"})
    with exchange_of(ada, Clock(), monkeypatch, defects=[ZeroDivisionError("one")]) as team:
        wait_for("the publish", lambda: team.state().published is not None)


def test_a_host_that_takes_no_push_is_asked_for_news_as_always(
    ada: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.write({"pay.py": "mine\n"}).run("share", "on", "--yes")
    hook = remote.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    clock = Clock()
    clock.ahead = 60.0
    with exchange_of(ada, clock, monkeypatch) as team:  # it has no worktree: what was published is to be deleted
        wait_for("a refusal", lambda: team.state().refused)
        first = team.state()
        wait_for("news after that", lambda: (team.state().polled or 0.0) > (first.polled or 0.0) + 1)
        assert team.state().error == first.error
        assert "declined" in ada.run("share", "status")
        hook.unlink()
        clock.ahead += 120.0
        wait_for("the next push", lambda: team.state().error is None)


def test_an_editor_that_looked_before_anything_was_fetched_reads_what_comes(
    ada: Machine, bob: Machine, personal: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where sharing is on by a setting alone, the worktrees are compared while nothing of colleagues was ever fetched here."""
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")})
    personal("forksight.teams.enabled", "true")
    for name, value in bob.env.items():
        monkeypatch.setenv(name, value)
    context = Forksight().open(str(bob.clone.path))
    engine = configured_engine(context)
    engine.refresh()
    base = bob.clone.git("rev-parse", "HEAD:pay.py").strip()
    assert context.repository.blobs([base]).keys() == {base}  # as for a document that is open
    round_trip(context)
    engine.refresh([])
    (overlap,) = engine.overlaps(str(bob.clone.path)).overlaps
    assert overlap.other.label == "Ada (ada-laptop)"
