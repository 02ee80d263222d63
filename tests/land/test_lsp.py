"""Landing from editors: the plan first, then exactly what was agreed to, and the way back."""

import pytest

from tests.cleanup.fixtures import Opened
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.land.forks_to_land import LINES, done, line
from tests.lsp.client import Json
from tests.lsp.person import OURS, Person, execute, said


def outcomes(result: Json) -> dict[str, str]:
    return {fork["branch"]: fork["outcome"] for fork in result["forks"]}


@pytest.fixture
def two(forks_repo: ForksRepo) -> tuple[Forked, Forked]:
    """Two forks that are done, and conflict with each other."""
    forks_repo.repo.commit({"code.py": LINES})
    first = done(forks_repo, "feature/a", {"code.py": line(3, "a")}, "change a")
    return first, done(forks_repo, "feature/b", {"code.py": line(3, "b")}, "change b")


def head(forks_repo: ForksRepo) -> str:
    return forks_repo.repo.git("rev-parse", "main")


def test_a_bare_client_is_asked_and_told_the_way_back(
    forks_repo: ForksRepo, two: tuple[Forked, Forked], opened: Opened
) -> None:
    person = Person("Show the plan", "Land it", "Take it back")
    editor, before = opened(person), head(forks_repo)
    result = execute(editor, "landForks")
    assert outcomes(result) == {"feature/a": "landed", "feature/b": "stops"}
    assert (forks_repo.repo.path / "code.py").read_text() == line(3, "a")
    question = person.asked[0]["message"]
    assert "feature/a: 1 commit, to be merged into main" in question
    assert "code.py line 3: conflict with feature/a" in question
    assert any("1 landed, 1 stopped by a conflict." in text and "land --undo" in text for text in said(editor))
    result = execute(editor, "landForks", undo=True)
    assert (result["taken_back"], result["command"], head(forks_repo)) == (True, None, before)


@pytest.mark.parametrize("answer", [None, "refuse"])
def test_without_an_answer_nothing_lands(
    forks_repo: ForksRepo, two: tuple[Forked, Forked], opened: Opened, answer: str | None
) -> None:
    editor, before = opened(Person() if answer is None else None), head(forks_repo)
    result = execute(editor, "landForks")
    assert outcomes(result) == {"feature/a": "proposed", "feature/b": "stops"}
    assert (result["command"], head(forks_repo)) == ("forksight land --yes", before)
    assert any(text.endswith("forksight land --yes") for text in said(editor))


def test_what_was_confirmed_lands_only_as_it_was_shown(
    forks_repo: ForksRepo, two: tuple[Forked, Forked], opened: Opened
) -> None:
    editor, before = opened(capabilities=OURS), head(forks_repo)
    plan = execute(editor, "landForks", dryRun=True, sessions=["feature/b"], method="squash")
    assert plan["words"]["question"]["message"] == "Land feature/b?"
    assert [step["action"] for step in plan["forks"][0]["steps"]] == ["check-landing", "land-fork"]
    two[1].checkout.commit({"later.py": "l\n"}, "while the person was reading")
    result = execute(editor, "landForks", confirmed=plan["forks"], method="squash")
    assert [problem["code"] for problem in result["problems"]] == ["changed"]
    assert head(forks_repo) == before
    plan = execute(editor, "landForks", dryRun=True, sessions=["feature/b"], method="squash")
    result = execute(editor, "landForks", confirmed=plan["forks"], method="squash")
    assert (outcomes(result), result["words"]) == ({"feature/b": "landed"}, {"question": None})
    assert forks_repo.repo.git("log", "-1", "--format=%s") == "Merge feature/b"
    assert said(editor) == []
    run = result["landed"][0]["run"]
    undo = execute(editor, "landForks", undo=run, dryRun=True)
    assert (undo["taken_back"], undo["summary"]) == (False, f"main would be back at {before[:10]}.")
    undo = execute(editor, "landForks", undo=run, yes=True)
    assert (undo["taken_back"], undo["summary"]) == (True, f"main is back at {before[:10]}.")
    assert head(forks_repo) == before
    assert execute(editor, "landForks", confirmed=[])["landed"] == []


def test_a_fork_that_is_held_says_why_and_what_to_commit(
    forks_repo: ForksRepo, two: tuple[Forked, Forked], opened: Opened
) -> None:
    two[0].checkout.write({"more.py": "m\n"})
    editor = opened()
    result = execute(editor, "landForks", sessions=["feature/a"], yes=True)
    (fork,) = result["forks"]
    assert (fork["outcome"], fork["held"][0]["code"]) == ("held", "uncommitted")
    assert fork["held"][0]["command"].endswith("commit -m feature/a")
    assert result["command"] is None


def test_arguments_that_mean_nothing(forks_repo: ForksRepo, opened: Opened) -> None:
    editor = opened()
    for arguments, why in (
        ({"sessions": "one"}, "must be a list"),
        ({"sessions": ["nobody"]}, "there is no session"),
        ({"method": "octopus"}, "is no way to land"),
        ({"confirmed": [{"branch": "one"}]}, "confirmed must be a list of forks"),
        ({"undo": True}, "there is no landing to undo"),
        ({"undo": 3}, "undo must be true or an id"),
    ):
        with pytest.raises(Exception, match=why):
            execute(editor, "landForks", **arguments)
