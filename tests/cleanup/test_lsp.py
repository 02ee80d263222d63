"""Cleaning up, restoring and comparing from editors: questions with complete answers, and every answer up front."""

from pathlib import Path

import pytest

from tests.cleanup.fixtures import Opened
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.lsp.client import FULL, Json
from tests.lsp.person import OURS, Person, execute, said


def outcomes(result: Json) -> dict[str, str]:
    return {fork["title"]: fork["outcome"] for fork in result["forks"]}


@pytest.fixture
def three(forks_repo: ForksRepo) -> tuple[Forked, Forked, Forked]:
    """A fork without risk and two with."""
    forks = (
        forks_repo.add_fork("safe", age=90 * 86_400),
        forks_repo.add_fork("dirty", age=80 * 86_400),
        forks_repo.add_fork("ahead", age=70 * 86_400),
    )
    forks[1].checkout.write({"app.py": "changed\n"})
    forks[2].checkout.commit({"new.py": "x\n"}, "half an idea")
    return forks


def test_a_bare_client_is_asked_fork_by_fork(
    forks_repo: ForksRepo, three: tuple[Forked, Forked, Forked], opened: Opened
) -> None:
    person = Person("Show the plan", "Clean up 1 fork", "Clean up “dirty”", "Keep it")
    editor = opened(person)
    result = execute(editor, "cleanForks")
    assert outcomes(result) == {"safe": "cleaned", "dirty": "cleaned", "ahead": "proposed"}
    assert result["command"] is None
    assert [fork.checkout.path.exists() for fork in three] == [False, False, True]
    assert len(person.asked) == 4
    assert all(1 <= len(question["actions"]) <= 4 for question in person.asked)
    assert "1 fork can go without risk: “safe”. 2 more are at risk." in person.asked[0]["message"]
    assert "1 uncommitted file: app.py" in person.asked[2]["message"]
    assert "1 commit in no other branch: half an idea" in person.asked[3]["message"]
    assert any("Cleaned up 2 forks" in text for text in said(editor))


@pytest.mark.parametrize("answer", [None, "refuse"])
def test_without_an_answer_nothing_is_done(
    forks_repo: ForksRepo, three: tuple[Forked, Forked, Forked], opened: Opened, answer: str | None
) -> None:
    editor = opened(Person() if answer is None else None)
    before = forks_repo.state(*three)
    result = execute(editor, "cleanForks")
    assert set(outcomes(result).values()) == {"proposed"}
    assert result["command"] == "forksight clean --yes"
    assert any(text.endswith("forksight clean --yes") for text in said(editor))
    assert forks_repo.state(*three) == before


def test_only_those_at_risk_and_no_more(
    forks_repo: ForksRepo, three: tuple[Forked, Forked, Forked], opened: Opened
) -> None:
    result = execute(opened(Person("Only those at risk", "Keep all the rest")), "cleanForks")
    assert set(outcomes(result).values()) == {"proposed"}
    assert result["command"] == f"forksight clean --discard {three[1].id}"


def test_a_checklist_answers_everything_up_front(
    forks_repo: ForksRepo, three: tuple[Forked, Forked, Forked], opened: Opened
) -> None:
    editor = opened(capabilities=OURS)
    listed = execute(editor, "cleanForks", dryRun=True)
    assert [fork["at_risk"] for fork in listed["forks"]] == [False, True, True]
    assert listed["forks"][0]["steps"][0]["action"] == "check"
    assert all(fork.checkout.path.exists() for fork in three)
    chosen = [three[0].id, three[2].id]
    result = execute(editor, "cleanForks", sessions=chosen, yes=True, discard=[three[2].id])
    assert outcomes(result) == {"safe": "cleaned", "ahead": "cleaned"}
    assert three[1].checkout.path.exists()
    assert execute(editor, "cleanForks", yes=True)["forks"][0]["outcome"] == "proposed"


def test_what_was_confirmed_goes_only_as_it_was_shown(
    forks_repo: ForksRepo, three: tuple[Forked, Forked, Forked], opened: Opened
) -> None:
    safe, dirty, _ = three
    editor = opened(capabilities=OURS)
    shown = execute(editor, "cleanForks", dryRun=True)["forks"]
    dirty.checkout.write({"later.py": "written while the person was reading\n"})
    safe.checkout.write({"later.py": "and here\n"})
    result = execute(editor, "cleanForks", confirmed=shown)
    assert outcomes(result) == {"safe": "proposed", "dirty": "proposed", "ahead": "cleaned"}
    assert [problem["message"] for problem in result["problems"]] == [
        f"“{title}” was not cleaned up: more would go or be lost now than was shown." for title in ("safe", "dirty")
    ]
    assert [fork.checkout.path.exists() for fork in three] == [True, True, False]
    again = execute(editor, "cleanForks", dryRun=True, sessions=[dirty.id])["forks"]
    (safe.checkout.path / "later.py").unlink()
    (dirty.checkout.path / "later.py").unlink()  # less is lost than was shown
    result = execute(editor, "cleanForks", confirmed=[*again, shown[0]])
    assert outcomes(result) == {"safe": "cleaned", "dirty": "cleaned"}
    assert (result["problems"], said(editor)) == ([], [])


def test_what_the_editor_has_open_is_held(forks_repo: ForksRepo, opened: Opened) -> None:
    fork = forks_repo.add_fork("open")
    editor = opened(capabilities=OURS)
    added = {"added": [{"uri": fork.checkout.path.as_uri(), "name": "open"}], "removed": []}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": added})
    result = execute(editor, "cleanForks", yes=True)
    assert outcomes(result) == {"open": "held"}
    assert result["forks"][0]["held"][0]["code"] == "here"
    assert result["forks"][0]["words"]["heading"] == "can't go now"
    removed = {"added": [], "removed": added["added"]}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": removed})
    (entry,) = execute(editor, "cleanForks", dryRun=True, occupied=[str(fork.checkout.path / "deep")])["forks"]
    path = fork.checkout.path
    assert entry["words"]["refusal"] == f"“open” can't be cleaned up: you are in {path}: leave it first."
    assert outcomes(execute(editor, "cleanForks", yes=True)) == {"open": "cleaned"}


def test_restore_by_name_and_by_choice(forks_repo: ForksRepo, opened: Opened) -> None:
    first, second = forks_repo.add_fork("first"), forks_repo.add_fork("second")
    before = forks_repo.state(first, second)
    forks_repo.clean()
    editor = opened(Person("“first”"))
    result = execute(editor, "restoreFork", session="second")
    assert (result["restored"], result["session"], result["command"]) == (True, second.id, None)
    result = execute(editor, "restoreFork")
    assert (result["restored"], result["session"]) == (True, first.id)
    assert forks_repo.state(first, second) == before
    result = execute(editor, "restoreFork")
    assert (result["restored"], result["command"]) == (False, None)
    assert "No fork is archived here." in said(editor)


def test_without_an_answer_nothing_is_restored(forks_repo: ForksRepo, opened: Opened) -> None:
    fork = forks_repo.add_fork("first")
    forks_repo.clean()
    editor = opened()
    result = execute(editor, "restoreFork")
    assert (result["restored"], result["command"]) == (False, f"forksight restore {fork.id}")
    assert any(text.endswith(result["command"]) for text in said(editor))


def test_compare_two_that_are_named_and_one_that_is_chosen(forks_repo: ForksRepo, opened: Opened) -> None:
    first, second = forks_repo.add_fork("one", age=60), forks_repo.add_fork("two", age=30)
    first.checkout.write({"app.py": "one\n"})
    second.checkout.write({"app.py": "two\n"})
    editor = opened(Person("“two”"), capabilities=FULL)
    result = execute(editor, "compareForks", sessions=["one", second.id])
    assert result["pairs"][0]["files"][0]["a"] == str(first.checkout.path / "app.py")
    assert result["shown"] is True
    text = Path(result["uri"].removeprefix("file://")).read_text()
    assert text.startswith("# one and two\n")
    assert f"[two]({(second.checkout.path / 'app.py').as_uri()})" in text
    chosen = execute(editor, "compareForks", sessions=[first.id])
    assert [fork["session"] for fork in chosen["forks"]] == [first.id, second.id]
    nothing = execute(editor, "compareForks", sessions=[first.id])
    assert nothing["command"] == f"forksight compare {first.id} {second.id}"
    assert nothing["forks"] == []


def test_arguments_that_mean_nothing(forks_repo: ForksRepo, opened: Opened) -> None:
    editor = opened()
    for name, arguments, why in (
        ("cleanForks", {"sessions": "one"}, "must be a list"),
        ("cleanForks", {"sessions": ["nobody"]}, "there is no session"),
        ("cleanForks", {"confirmed": [{"session": "one"}]}, "confirmed must be a list of forks"),
        ("restoreFork", {"session": ""}, "is empty"),
        ("compareForks", {}, "no fork works in this worktree"),
    ):
        with pytest.raises(Exception, match=why):
            execute(editor, name, **arguments)
