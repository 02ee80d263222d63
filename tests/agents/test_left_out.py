"""What is too much for one message, is not found in time, or comes too late: an agent is told of it with the next one."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forksight.adapters.store.told_files import ToldFiles
from forksight.core.agents.hook import Hook
from forksight.features.agents.break_search import BreakSearch
from forksight.features.agents.recipients import Recipients
from forksight.features.overlaps.engine import OverlapEngine
from tests.agents.checkouts import SEEN, Checkouts
from tests.agents.conftest import Agent, Employ
from tests.agents.test_breaks import APP, GONE, RENAMED, UTIL, written
from tests.conftest import Checkout
from tests.waiting import wait_for

BASE = [f"line {number}\n" for number in range(100)]
NUMBERS = range(10)
MANY = "".join(f"def charge{number}():\n    return {number}\n\n\n\n" for number in NUMBERS)
CALLS = "import many\n\n\n" + "".join(f"def pay{number}():\n    return many.charge{number}()\n" for number in NUMBERS)
BREAKS = "merging is clean, but this line will break"


def long_text(word: str) -> str:
    """`long.py` with its lines 1, 11 … 91 changed to `word 0`, `word 10` …"""
    return "".join(f"{word} {number}\n" if number % 10 == 0 else line for number, line in enumerate(BASE))


@pytest.fixture
def pay(repo: Checkout) -> Checkout:
    """Another worktree of a repository in which nothing is changed yet."""
    repo.commit(
        {
            "long.py": "".join(BASE),
            "util.py": UTIL,
            "app.py": APP,
            "many.py": MANY,
            "calls.py": CALLS[: CALLS.index("def")],
        }
    )
    return repo.worktree("pay", "feature/pay")


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is not set, no search for breaks ends; hooks wait for one a moment."""
    go_on = threading.Event()
    go_on.set()

    def held(search: Callable[..., Any]) -> Callable[..., Any]:
        def wait_and_search(*arguments: Any) -> Any:
            assert go_on.wait(120)
            return search(*arguments)

        return wait_and_search

    for name in ("semantic_report", "check_semantic"):
        monkeypatch.setattr(OverlapEngine, name, held(getattr(OverlapEngine, name)))
    monkeypatch.setattr("forksight.features.agents.resident.BreakSearch", lambda _budget: BreakSearch(0.2))
    return go_on


def prompt(agent: Agent) -> str:
    """What is told with a prompt."""
    return agent.context("UserPromptSubmit", prompt="go on")


def read_readme(agent: Agent) -> str:
    """What is told after a tool that has seen nothing of interest."""
    return agent.read("README")


Next = pytest.mark.parametrize("next_hook", [prompt, read_readme])


@Next
def test_news_of_more_than_eight_places_goes_on_with_the_next_hook(
    repo: Checkout, pay: Checkout, employ: Employ, next_hook: Callable[[Agent], str]
) -> None:
    agent = employ(repo)
    assert agent.read("long.py") == ""
    pay.write({"long.py": long_text("pay")})
    first = prompt(agent)
    assert first.count("  | ") == 8
    assert first.endswith("(2 more places)")
    rest = next_hook(agent)
    assert rest.count("  | ") == 2
    assert "  | pay 80" in rest
    assert "  | pay 90" in rest
    assert prompt(agent) == read_readme(agent) == ""


def test_news_of_every_file_that_a_session_works_with_is_told(repo: Checkout, pay: Checkout, employ: Employ) -> None:
    names = [f"file{number}.py" for number in range(25)]
    repo.commit(dict.fromkeys(names, "one\n"))
    pay.git("merge", "--quiet", "main")
    agent = employ(repo)
    for name in names:
        assert agent.read(name) == ""
    pay.write({names[0]: "two\n"})
    assert f"{names[0]}:1 is also changed" in prompt(agent)


@Next
def test_conflicts_of_a_command_beyond_eight_are_told_with_the_next_hook(
    repo: Checkout, pay: Checkout, employ: Employ, next_hook: Callable[[Agent], str]
) -> None:
    script = repo.path.parent / "script"
    script.write_text(r"sed -i -E 's/^line ([0-9]*0)$/main \1/' long.py")
    pay.write({"long.py": long_text("pay")})
    agent = employ(repo)
    first = agent.bash(f"sh {script}")
    assert first.count("conflicts now with feature/pay") == 8
    assert "(2 more places)" in first
    rest = wait_for("the other conflicts", lambda: next_hook(agent))
    assert rest.count("conflicts now with feature/pay") == 2
    assert rest.count("  | ") == 2
    assert agent.bash("true") == read_readme(agent) == prompt(agent) == ""


def test_the_call_that_was_refused_passes_and_what_it_was_not_told_comes_after_it(
    repo: Checkout, pay: Checkout, employ: Employ
) -> None:
    pay.write({"long.py": long_text("pay")})
    agent = employ(repo)

    def write(text: str) -> str:
        call = {"file_path": agent.path("long.py"), "content": text}
        output = agent.hook("PreToolUse", "Write", call).get("hookSpecificOutput", {})
        if "permissionDecisionReason" in output:
            return str(output["permissionDecisionReason"])
        repo.write({"long.py": text})
        return agent.context("PostToolUse", "Write", call)

    refused = write(long_text("main"))
    assert refused.startswith("Nothing was written")
    assert refused.count("  | ") == 8
    assert "(2 more places)" in refused
    first_answer = write(long_text("main"))
    assert first_answer.count("conflicts now with feature/pay") == 2
    assert "  | pay 80" in first_answer
    assert "  | pay 90" in first_answer


def test_another_call_is_refused_for_what_was_not_told_of(repo: Checkout, pay: Checkout, employ: Employ) -> None:
    pay.write({"long.py": long_text("pay")})
    agent = employ(repo)

    def refusal(text: str) -> str:
        output = agent.hook("PreToolUse", "Write", {"file_path": agent.path("long.py"), "content": text})
        return str(output.get("hookSpecificOutput", {}).get("permissionDecisionReason", ""))

    assert refusal(long_text("main")).count("  | ") == 8
    assert refusal(long_text("other")).count("  | ") == 2
    assert refusal(long_text("third")) == ""


@Next
def test_breaks_beyond_eight_are_told_with_the_next_hook(
    repo: Checkout, pay: Checkout, employ: Employ, next_hook: Callable[[Agent], str]
) -> None:
    written(pay, "many.py", MANY.replace("charge", "bill"))
    repo.write({"calls.py": CALLS})
    agent = employ(repo)
    first = agent.read("calls.py")
    assert first.count(BREAKS) == 8
    assert first.endswith("(2 more places)")
    assert wait_for("the other breaks", lambda: next_hook(agent)).count(BREAKS) == 2
    assert prompt(agent) == read_readme(agent) == agent.read("calls.py") == ""


def test_a_call_that_was_refused_for_breaks_passes_and_the_others_come_after_it(
    repo: Checkout, pay: Checkout, employ: Employ
) -> None:
    written(pay, "many.py", MANY.replace("charge", "bill"))
    agent = employ(repo)
    refused = agent.edit("calls.py", "import many\n\n\n", CALLS)
    assert refused.startswith("refused: ")
    assert refused.count(BREAKS) == 8
    assert "(2 more places)" in refused
    assert agent.edit("calls.py", "import many\n\n\n", CALLS).count(BREAKS) == 2


@Next
def test_a_search_that_takes_too_long_goes_on_after_a_prompt(
    repo: Checkout, pay: Checkout, employ: Employ, searched: threading.Event, next_hook: Callable[[Agent], str]
) -> None:
    agent = employ(repo)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    written(pay, "util.py", RENAMED)
    agent.catch_up()
    searched.clear()
    assert prompt(agent) == next_hook(agent) == ""
    searched.set()
    assert GONE.search(wait_for("what was not found in time", lambda: next_hook(agent)))
    assert prompt(agent) == read_readme(agent) == ""


def test_a_search_that_takes_too_long_goes_on_after_a_file_was_read(
    repo: Checkout, pay: Checkout, employ: Employ, searched: threading.Event
) -> None:
    written(pay, "util.py", RENAMED)
    repo.write({"app.py": APP.replace("return 1", "return util.charge(1)")})
    agent = employ(repo)
    assert prompt(agent) == ""
    searched.clear()
    assert agent.read("app.py") == ""
    searched.set()
    assert GONE.search(wait_for("what was not found in time", lambda: read_readme(agent)))
    assert agent.read("app.py") == prompt(agent) == ""


def test_a_search_that_takes_too_long_goes_on_after_a_command(
    repo: Checkout, pay: Checkout, employ: Employ, searched: threading.Event
) -> None:
    """Also in a file that the session has not touched."""
    script = repo.path.parent / "script"
    script.write_text("sed -i 's/return 1/return util.charge(1)/' app.py\n")
    written(pay, "util.py", RENAMED)
    agent = employ(repo)
    assert agent.bash("true") == ""
    searched.clear()
    assert agent.bash(f"sh {script}") == ""
    searched.set()
    assert GONE.search(wait_for("what was not found in time", lambda: read_readme(agent)))
    assert agent.bash("true") == prompt(agent) == ""


def test_an_edit_is_not_refused_for_what_nobody_could_tell_in_time(
    repo: Checkout, pay: Checkout, employ: Employ, searched: threading.Event
) -> None:
    written(pay, "util.py", RENAMED)
    agent = employ(repo)
    searched.clear()
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    searched.set()
    assert GONE.search(wait_for("what was not found in time", lambda: read_readme(agent)))


def test_what_came_too_late_is_told_after_the_next_tool(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    agent.in_time = False
    assert SEEN.fullmatch(agent.read("app.py"))
    agent.in_time = True
    assert SEEN.search(read_readme(agent))
    assert read_readme(agent) == ""


def test_an_edit_is_not_refused_for_a_break_that_may_have_been_there(
    repo: Checkout, pay: Checkout, employ: Employ, searched: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the edit would break is found in time; what the file on disk breaks is not."""
    written(pay, "util.py", RENAMED)
    before = APP.replace("return 1", "return util.charge(1)")
    repo.write({"app.py": before})
    agent = employ(repo)
    known = threading.Event()
    check = OverlapEngine.check_semantic

    def slow_for_the_file_on_disk(engine: OverlapEngine, plan: Any, text: bytes) -> Any:
        assert text != before.encode() or known.wait(120)
        return check(engine, plan, text)

    monkeypatch.setattr(OverlapEngine, "check_semantic", slow_for_the_file_on_disk)
    assert agent.edit("app.py", "def pay():", 'def pay():\n    """Charge."""') == ""
    known.set()
    assert "feature/pay removes `charge`" in wait_for("what was not found in time", lambda: read_readme(agent))


MANY_FILES = [f"file{number:02}.py" for number in range(45)]


@pytest.mark.parametrize("tool", ["Grep", "Bash"])
def test_files_beyond_twenty_of_one_tool_are_told_with_later_messages(
    repo: Checkout, pay: Checkout, employ: Employ, tool: str
) -> None:
    """Of 45 files that a tool has shown, others change the last 30 at once, and one of the others later."""
    repo.commit(dict.fromkeys(MANY_FILES, "one\n"))
    pay.git("merge", "--quiet", "main")
    pay.write(dict.fromkeys(MANY_FILES[15:], "two\n"))
    agent = employ(repo)
    if tool == "Grep":
        call = {"pattern": "one"}
        said = [agent.context("PostToolUse", "Grep", call, tool_response={"filenames": MANY_FILES})]
    else:
        said = [agent.bash(f"cat {' '.join(MANY_FILES)}")]
    assert said[0].count("  | two") == 8
    while answer := read_readme(agent):
        assert answer.count("  | two") <= 8
        said.append(answer)
    told = re.findall(r"^file(\d\d)\.py:1 is also changed", "\n".join(said), re.MULTILINE)
    assert sorted(map(int, told)) == list(range(15, 45)), "each once"
    pay.write({MANY_FILES[0]: "two\n", MANY_FILES[44]: "three\n"})
    agent.catch_up()
    later = [prompt(agent), read_readme(agent)]
    assert "file00.py:1 is also changed" in later[0]
    assert "file44.py:1 is also changed" in "".join(later)
    assert read_readme(agent) == prompt(agent) == ""


def test_what_was_found_among_very_many_is_known_to_the_next_process(
    repo: Checkout, pay: Checkout, tmp_path: Path
) -> None:
    repo.commit(dict.fromkeys(MANY_FILES, "one\n"))
    pay.git("merge", "--quiet", "main")
    hook = Hook("PostToolUse", "session-1", None, str(repo.path))
    files = [(str(repo.path), name) for name in MANY_FILES]
    Recipients(ToldFiles(str(tmp_path))).find(hook, files)
    again = Recipients(ToldFiles(str(tmp_path)))
    assert sorted(again.files(hook)) == files


def test_of_thousands_of_files_the_last_thousand_are_remembered_and_none_that_was_read_is_forgotten(
    tmp_path: Path,
) -> None:
    recipients = Recipients(ToldFiles(str(tmp_path)))
    hook = Hook("PostToolUse", "session-1", None, "/shop")
    recipients.touch(hook, ("/shop", "read.py"))
    for first in range(0, 5000, 1000):
        recipients.find(hook, [("/shop", f"{number}.py") for number in range(first, first + 1000)])
    files = recipients.files(hook)
    assert files[0] == ("/shop", "read.py")
    assert files[1:] == tuple(("/shop", f"{number}.py") for number in range(4000, 5000))


def test_a_file_that_was_read_long_ago_is_still_one_that_was_found(tmp_path: Path) -> None:
    hook = Hook("PostToolUse", "s", None, "/shop")
    recipients = Recipients(ToldFiles(str(tmp_path)))
    recipients.find(hook, [("/shop", "read.py"), ("/shop", "named.py")])
    for name in ("read.py", *(f"{number}.py" for number in range(50))):
        recipients.touch(hook, ("/shop", name))
    for later in (recipients, Recipients(ToldFiles(str(tmp_path)))):
        assert {("/shop", "read.py"), ("/shop", "named.py")} <= set(later.files(hook))
        assert len(later.files(hook)) == 52
