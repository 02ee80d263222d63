"""What an agent does before its repository was looked at: nothing is told then, and nothing is forgotten."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from forksight.features.overlaps.engine import OverlapEngine
from tests.agents.checkouts import SEEN, Checkouts
from tests.agents.conftest import Agent, Employ
from tests.conftest import Checkout
from tests.waiting import wait_for


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is not set, no scan ends; hooks wait for one a moment."""
    monkeypatch.setattr("tests.agents.conftest.BUDGET", 0.1)
    go_on = threading.Event()
    refresh = OverlapEngine.refresh

    def held(engine: OverlapEngine, changed: Any = None) -> bool:
        assert go_on.wait(120)
        return refresh(engine, changed)

    monkeypatch.setattr(OverlapEngine, "refresh", held)
    return go_on


@pytest.fixture
def early(checkouts: Checkouts, newcomer: Employ, scanned: threading.Event) -> Agent:
    """An agent of a session whose repository is being scanned for the first time."""
    return newcomer(checkouts.main)


def read(agent: Agent) -> str:
    return agent.read("app.py")


def search(agent: Agent) -> str:
    return agent.context("PostToolUse", "Grep", {"pattern": "5"}, tool_response={"filenames": ["app.py"]})


def command(agent: Agent) -> str:
    return agent.bash("cat app.py")


def in_a_folder_of_it(agent: Agent) -> str:
    folder = agent.checkout.path / "src"
    folder.mkdir()
    answer = Agent(agent.resident, Checkout(folder), agent.session).read("../app.py")
    assert folder.is_dir()
    return answer


@pytest.mark.parametrize("see", [read, search, command, in_a_folder_of_it])
def test_what_was_seen_before_the_first_scan_is_told_of_after_it(
    early: Agent, scanned: threading.Event, see: Callable[[Agent], str]
) -> None:
    assert see(early) == ""
    scanned.set()
    early.catch_up()
    assert SEEN.search(early.read("README"))
    assert early.read("README") == early.read("app.py") == ""


def test_what_changes_later_of_a_file_that_was_seen_before_the_first_scan_is_told(
    checkouts: Checkouts, early: Agent, scanned: threading.Event
) -> None:
    assert early.read("README") == ""
    scanned.set()
    early.catch_up()
    assert early.context("UserPromptSubmit") == ""
    checkouts.pay.write({"README": "hello from pay\n"})
    assert "README:1 is also changed" in wait_for("the news", lambda: early.context("UserPromptSubmit"))


def test_a_conflict_that_an_edit_made_before_the_first_scan_is_told_after_it(
    early: Agent, scanned: threading.Event
) -> None:
    assert early.edit("app.py", "line 5", "five of main") == ""
    scanned.set()
    early.catch_up()
    assert early.read("README").startswith("app.py:5 conflicts now with feature/pay")
    assert early.read("README") == ""


def test_what_was_read_in_a_worktree_that_is_new_is_told_of_once_it_is_known(
    checkouts: Checkouts, employ: Employ, scanned: threading.Event
) -> None:
    scanned.set()
    agent = employ(checkouts.main)
    scanned.clear()
    cart = checkouts.main.worktree("cart", "feature/cart")
    there = Agent(agent.resident, cart, agent.session, failures=agent.failures)
    assert there.read("app.py") == ""
    assert agent.read("README") == "", "who asks for another worktree does not lose it"
    scanned.set()
    wait_for("the new worktree", lambda: SEEN.search(there.read("README")))


def test_a_file_of_another_worktree_is_not_one_that_the_session_works_with(
    checkouts: Checkouts, early: Agent, scanned: threading.Event
) -> None:
    call = {"file_path": str(checkouts.pay.path / "app.py")}
    assert early.hook("PostToolUse", "Read", call) == {}
    scanned.set()
    early.catch_up()
    assert early.context("UserPromptSubmit") == ""
