"""What agents are told, by whom, when and how often: the resident process without its pipes."""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from forksight.adapters.store.told_files import ToldFiles
from forksight.app.workbench import Forksight
from forksight.core.settings import read_settings
from forksight.features.agents.resident import Resident
from tests.agents.checkouts import SEEN, SINCE, Checkouts, lines
from tests.agents.conftest import BUDGET, Agent, Employ
from tests.conftest import Checkout


def test_an_agent_is_told_after_it_has_read_a_file(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    assert SEEN.fullmatch(agent.read("app.py"))
    assert agent.read("app.py") == ""


def test_only_the_lines_that_were_read_count(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    assert agent.read("app.py", offset=7, limit=2) == ""
    assert agent.read("app.py", offset=1, limit=3) == ""
    assert SEEN.fullmatch(agent.read("app.py", offset=5, limit=1))


def test_files_of_the_same_text_are_told_of_each(checkouts: Checkouts, employ: Employ) -> None:
    checkouts.main.commit({"twin.py": lines()})
    checkouts.pay.git("merge", "--quiet", "main")
    checkouts.pay.write({"twin.py": lines(five="five of pay")})
    agent = employ(checkouts.main)
    assert agent.read("app.py").startswith("app.py:5 ")
    assert agent.read("twin.py").startswith("twin.py:5 ")


def test_nothing_is_said_where_nothing_overlaps(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    assert agent.read("README") == ""
    assert agent.edit("README", "hello", "goodbye") == ""
    assert agent.bash("cat README; ls; echo x > new.txt") == ""
    assert agent.hook("UserPromptSubmit", prompt="go on") == {}
    assert agent.hook("Stop") == {}


def test_an_edit_elsewhere_in_the_file_goes_through(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    assert agent.edit("app.py", "line 9", "nine") == ""
    assert agent.edit("app.py", "line 1", "one") == ""


def test_an_edit_that_would_conflict_is_refused_once(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    said = agent.edit("app.py", "line 5", "five of main")
    assert said.startswith("refused: Nothing was written, because merging would conflict. ")
    assert SEEN.search(said)
    assert "make the same change as feature/pay, or repeat this call" in said
    assert agent.edit("app.py", "line 5", "five of main") == ""
    assert "five of main" in (checkouts.main.path / "app.py").read_text()


def test_a_text_that_makes_a_file_a_renamed_one_is_judged_as_such(repo: Checkout, employ: Employ) -> None:
    """What is on disk is no renamed file; what the agent is about to write is, and would conflict with the edits of the first."""
    before = "".join(f"line {number} of the file\n" for number in range(40))
    repo.commit({"long.py": before})
    repo.worktree("there").write({"long.py": before.replace("line 20 of", "theirs 20 of")})
    repo.write({"long.py": None, "moved.py": "".join(f"{number} is all new\n" for number in range(40))})
    agent = employ(repo)
    call = {"file_path": agent.path("moved.py"), "content": before.replace("line 20 of", "mine 20 of")}
    output = agent.hook("PreToolUse", "Write", call)["hookSpecificOutput"]
    assert output["permissionDecision"] == "deny"
    assert "theirs 20 of" in output["permissionDecisionReason"]
    elsewhere = {**call, "content": before.replace("line 30 of", "mine 30 of")}
    assert agent.hook("PreToolUse", "Write", elsewhere) == {}


def test_an_agent_whose_worktree_lies_below_the_git_dir_is_told_too(repo: Checkout, employ: Employ) -> None:
    repo.write({"app.py": lines(five="five of main")})
    inner = repo.path / ".git" / "trees" / "pay"
    repo.git("worktree", "add", "--quiet", "-b", "pay", str(inner))
    assert employ(Checkout(inner)).edit("app.py", "line 5", "5 of pay").startswith("refused: ")


def test_who_was_told_before_is_not_refused_and_hears_of_the_conflict(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    agent.read("app.py")
    said = agent.edit("app.py", "line 5", "five of main")
    assert re.fullmatch(rf"app.py:5 conflicts now with feature/pay {SINCE}: merging will stop there\.", said)
    assert agent.edit("app.py", "five of main", "5 of main") == ""


def test_the_same_change_is_no_conflict(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    assert agent.edit("app.py", "line 5", "five of pay") == ""


def test_a_process_that_starts_again_tells_nothing_twice(checkouts: Checkouts, tmp_path: Path) -> None:
    def run(work: Callable[[Agent], str]) -> str:
        workbench = Forksight()
        workbench.told_facts = ToldFiles(str(tmp_path / "cache"))
        failures: list[Exception] = []
        resident = Resident(workbench, lambda _what, error: failures.append(error), BUDGET)
        try:
            resident.warm(str(checkouts.main.path))
            agent = Agent(resident, checkouts.main, failures=failures)
            agent.catch_up()
            return work(agent)
        finally:
            resident.close()

    assert "five of pay" in run(lambda agent: agent.read("app.py"))
    (told,) = (tmp_path / "cache/told").iterdir()
    with told.open("ab") as file:
        file.write(b'["", ["half')  # of a process that was killed
    assert run(lambda agent: agent.read("app.py")) == ""
    checkouts.pay.write({"app.py": lines(five="five of pay", nine="nine of pay")})
    assert "app.py:9 " in run(lambda agent: agent.context("UserPromptSubmit")), "it works with what it has read"
    assert not run(lambda agent: agent.edit("app.py", "line 5", "five")).startswith("refused"), "it was told before"


def test_what_was_told_goes_with_the_plugin_and_does_not_come_back(tmp_path: Path) -> None:
    cache, data = tmp_path / "cache", tmp_path / "data"
    data.mkdir()
    kept = ToldFiles(str(cache), str(data))
    session = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    kept.add(session, "", ["x"])
    assert kept.read(session) == {"": {"x"}}
    shutil.rmtree(data)  # as `claude plugin uninstall` does, while the session goes on
    kept.add(session, "", ["y"])
    assert list(tmp_path.iterdir()) == []


def test_a_subagent_and_another_session_hear_for_themselves(checkouts: Checkouts, employ: Employ) -> None:
    session, subagent, other = (
        employ(checkouts.main),
        employ(checkouts.main, agent="a1"),
        employ(checkouts.main, session="session-2"),
    )
    assert SEEN.fullmatch(session.read("app.py"))
    assert SEEN.fullmatch(subagent.read("app.py"))
    assert SEEN.fullmatch(other.read("app.py"))


def test_it_is_said_again_when_the_other_text_changes_and_not_when_it_moves(
    checkouts: Checkouts, employ: Employ
) -> None:
    agent = employ(checkouts.main)
    agent.read("app.py")
    checkouts.pay.write({"app.py": "new first line\n" + lines(five="five of pay")})
    agent.catch_up()
    added = agent.read("app.py")
    assert re.fullmatch(rf"app.py, before line 1 is also changed in feature/pay {SINCE}:\n  \| new first line", added)
    checkouts.pay.write({"app.py": "new first line\n" + lines(five="5 of pay")})
    agent.catch_up()
    assert "  | 5 of pay" in agent.read("app.py")


def test_what_comes_too_late_was_not_told(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    agent.in_time = False
    assert SEEN.fullmatch(agent.read("app.py"))
    assert agent.context("UserPromptSubmit")
    agent.bash("sed -i 's/line 9/nine/' app.py")
    agent.in_time = True
    assert agent.context("UserPromptSubmit")
    assert agent.read("app.py") == ""
    assert agent.edit("app.py", "line 5", "five of main").startswith("app.py:5 conflicts now")


def test_news_of_touched_files_comes_with_the_next_prompt(checkouts: Checkouts, employ: Employ) -> None:
    agent, subagent = employ(checkouts.main), employ(checkouts.main, agent="a1")
    agent.read("README")
    assert agent.hook("UserPromptSubmit") == {}
    checkouts.pay.write({"README": "hello from pay\n"})
    assert agent.hook("Stop") == agent.hook("SubagentStop") == {}
    said = agent.context("UserPromptSubmit")
    assert re.fullmatch(
        rf"Other worktrees edit files that this session works with\.\nREADME:1 is also changed in feature/pay {SINCE}:\n  \| hello from pay",
        said,
    )
    assert agent.hook("UserPromptSubmit") == {}
    assert "README:1" in subagent.context("SubagentStart")


def test_files_that_are_deleted_added_or_binary_there(checkouts: Checkouts, employ: Employ) -> None:
    checkouts.main.commit({"gone.py": "x\n", "b.bin": b"\0\1"})
    cart = checkouts.main.worktree("cart", "feature/cart")
    cart.write({"gone.py": None, "b.bin": b"\0\2", "new.py": "a\nb\n"})
    agent = employ(checkouts.main)
    assert agent.read("gone.py") == "gone.py is deleted in feature/cart (uncommitted)."
    assert re.fullmatch(rf"b.bin is a binary file that is also changed in feature/cart {SINCE}\.", agent.read("b.bin"))
    call = {"file_path": agent.path("new.py"), "content": "c\n"}
    reason = agent.hook("PreToolUse", "Write", call)["hookSpecificOutput"]["permissionDecisionReason"]
    assert re.search(rf"new.py is also added in feature/cart {SINCE}:\n  \| a\n  \| b\n", reason)
    assert agent.hook("PreToolUse", "Write", call) == {}


def test_worktrees_with_the_same_text_are_named_together(checkouts: Checkouts, employ: Employ) -> None:
    for name in ("w1", "w2"):
        checkouts.main.worktree(name).write({"app.py": lines(five="five of pay")})
    said = employ(checkouts.main).read("app.py")
    assert said.count("  | ") == 1
    assert "is also changed in" in said
    assert "and 2 more" in said


def test_of_many_texts_of_a_place_three_are_shown_and_of_many_places_eight(
    checkouts: Checkouts, employ: Employ
) -> None:
    for number in range(5):
        checkouts.main.worktree(f"w{number}").write({"app.py": lines(five=f"five of w{number}")})
    agent = employ(checkouts.main)
    said = agent.read("app.py")
    assert said.count("  | ") == 3
    assert re.search(r"\napp.py:5 is changed in other ways in .* and 2 more\.$", said)
    text = [f"line {number}\n" for number in range(100)]
    checkouts.main.commit({"long.py": "".join(text)})
    many = checkouts.main.worktree("many")
    many.write({"long.py": "".join("x\n" if number % 10 == 0 else line for number, line in enumerate(text))})
    agent.catch_up()  # else it may be told of a checkout that git has not finished
    first = agent.read("long.py")
    assert first.count("  | ") == 8
    assert first.endswith("(2 more places)")
    assert "long.py:91 is also changed" in agent.read("long.py"), "what was not shown was not told"
    assert agent.read("long.py") == ""


def test_of_the_other_sides_version_twenty_lines_are_told(checkouts: Checkouts, employ: Employ) -> None:
    checkouts.pay.write({"app.py": lines(five="\n".join(f"new {number}" for number in range(30)))})
    said = employ(checkouts.main).read("app.py").splitlines()
    assert said[1:] == [*(f"  | new {number}" for number in range(20)), "  | (10 more lines)"]


@pytest.mark.parametrize("mode", ["tell", "off"])
def test_the_setting_says_what_happens_before_an_edit(checkouts: Checkouts, employ: Employ, mode: str) -> None:
    agent = employ(checkouts.main, settings=read_settings({"agents": {"beforeEdit": mode}})[0])
    said = agent.edit("app.py", "line 5", "five of main")
    assert "refused" not in said
    assert "five of main" in (checkouts.main.path / "app.py").read_text()
    assert ("is also changed" in said) == (mode == "tell")
    assert ("conflicts now" in said) == (mode == "off")


def test_the_setting_comes_from_gits_configuration(checkouts: Checkouts, employ: Employ) -> None:
    checkouts.main.git("config", "forksight.agents.beforeEdit", "tell")
    assert "is also changed" in employ(checkouts.main).edit("app.py", "line 5", "five of main")
    assert "five of main" in (checkouts.main.path / "app.py").read_text()


def test_outside_of_a_repository_nothing_is_said(
    tmp_path_factory: pytest.TempPathFactory, checkouts: Checkouts, employ: Employ
) -> None:
    agent = employ(checkouts.main)
    agent.checkout = Checkout(tmp_path_factory.mktemp("elsewhere"))
    (agent.checkout.path / "app.py").write_text("line 5\n")
    assert agent.edit("app.py", "line 5", "5") == ""
    assert agent.read("app.py") == ""


@pytest.mark.parametrize(
    "fields", [None, "x", {}, {"hook_event_name": "PreToolUse"}, {"hook_event_name": 1, "session_id": "s", "cwd": "/"}]
)
def test_what_is_no_hook_is_answered_with_nothing(employ: Employ, checkouts: Checkouts, fields: object) -> None:
    answers: list[object] = []

    def reply(answer: object) -> bool:
        answers.append(answer)
        return True

    employ(checkouts.main).resident.answer(fields, reply)
    assert answers == [{}]


def test_the_time_is_the_local_one(checkouts: Checkouts, employ: Employ) -> None:
    written = datetime.fromtimestamp((checkouts.pay.path / "app.py").stat().st_mtime).astimezone()
    day = f"({written.day} {written:%b} )?"  # if a day ends just now
    assert re.search(f"since {day}{written:%H:%M}", employ(checkouts.main).read("app.py"))
