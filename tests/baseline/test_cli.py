"""`forksight baseline`: documents, exit statuses, a table."""

import re

from tests.command_line import document
from tests.forks.sessions_repo import SessionsRepo


def test_the_life_of_a_baseline(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session("the payment service")
    marked = document(sessions_repo.cli("baseline", "set", session[:7], "--name", "test", "--json"))
    assert marked["baseline"]["session"] == session
    assert [warning["code"] for warning in marked["warnings"]] == ["vague-name"]
    assert marked["problems"] == []
    listed = document(sessions_repo.cli("baseline", "list", "--json"))
    assert [baseline["name"] for baseline in listed["baselines"]] == ["test"]
    assert document(sessions_repo.cli("baseline", "show", "--json"))["baseline"] == listed["baselines"][0]
    checked = document(sessions_repo.cli("baseline", "check", "test", "--json"))
    assert (checked["fit"], checked["reasons"]) == (True, [])
    assert document(sessions_repo.cli("baseline", "unset", "--json"))["baseline"]["name"] == "test"
    assert document(sessions_repo.cli("baseline", "list", "--json"))["baselines"] == []


def test_an_unfit_baseline_is_exit_status_1(sessions_repo: SessionsRepo) -> None:
    sessions_repo.mark(sessions_repo.session(edits=3))
    checked = document(sessions_repo.cli("baseline", "check", "--json"), 1)
    assert checked["fit"] is False
    (reason,) = checked["reasons"]
    assert reason["code"] == "edits"
    assert len(reason["rows"]) == 3
    output = sessions_repo.cli("baseline", "check")
    assert output.returncode == 1
    assert "rows" in output.stdout


def test_a_list_of_baselines_is_a_table(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    other = sessions_repo.session("the whole of the search engine")
    sessions_repo.mark(other, "search-with-a-name-that-goes-on-and-on-and-on")
    head, first, second = sessions_repo.cli("baseline", "list").stdout.splitlines()
    assert [line.index(part) for line, part in ((head, "id"), (first, baseline_id), (second, other))] == [
        head.index("id")
    ] * 3
    sessions_repo.env |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    lines = re.sub(r"\x1b\[[0-9;]*m", "", sessions_repo.cli("baseline", "list").stdout).splitlines()
    assert [line.split()[-4:-1] for line in lines[1:]] == [[baseline_id[:8], "1", "0"], [other[:8], "1", "0"]]
