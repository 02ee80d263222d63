"""`forksight savings` and `forksight.showSavings`."""

import json
from pathlib import Path

import pytest

from tests.cleanup.forks_repo import ForksRepo
from tests.lsp.client import FULL, Editor, RefusedError

MODEL = "claude-made-up"


def named(forks_repo: ForksRepo) -> list[str]:
    """A baseline and two forks, one of which starts cold; their answers name a model."""
    first, second = forks_repo.add_fork("one", age=60), forks_repo.add_fork("two", age=30)
    for session in (forks_repo.parent, first.id, second.id):
        path = forks_repo.transcript(session)
        rows = forks_repo.rows(session)
        for row in rows:
            if row["type"] == "assistant":
                row["message"]["model"] = MODEL
        if session == second.id:
            rows[-1]["message"]["usage"].update(cache_read_input_tokens=0, cache_creation_input_tokens=150)
        path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    return [forks_repo.parent, first.id, second.id]


def test_the_document_and_the_exit_status(forks_repo: ForksRepo) -> None:
    sessions = named(forks_repo)
    done = forks_repo.cli("savings", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["version"], document["problems"], document["cost"]) == (0, 1, [], None)
    assert {session["session"] for session in document["sessions"]} == set(sessions)
    tree = json.loads(forks_repo.cli("tree", "--json").stdout)
    assert {session["session"]: session["tokens"] for session in document["sessions"]} == {
        node["id"]: node["tokens"]["own"] for node in tree["sessions"]
    }
    (family,) = document["families"]
    assert {fork["session"]: (fork["cold"], fork["paid_again"]) for fork in family["forks"]} == {
        sessions[1]: (False, 0),
        sessions[2]: (True, 162),
    }
    assert family["arithmetic"] == {"apart": 324, "forked": 162, "saved": 162, "share": 0.5}


def test_nothing_to_report(forks_repo: ForksRepo) -> None:
    done = forks_repo.cli("savings")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_table_fits_a_terminal(forks_repo: ForksRepo) -> None:
    named(forks_repo)
    done = forks_repo.cli("savings")
    assert done.returncode == 0
    assert "162 tokens saved (50%)" in done.stdout
    assert "Start" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80


def test_prices_are_the_users(forks_repo: ForksRepo, tmp_path: Path) -> None:
    named(forks_repo)
    printed = forks_repo.cli("savings", "--print-prices")
    assert (printed.returncode, MODEL in printed.stdout) == (0, True)
    table = tmp_path / "prices.toml"
    table.write_text(printed.stdout)
    unfilled = forks_repo.cli("savings", "--prices", str(table))
    assert (unfilled.returncode, unfilled.stdout) == (2, "")
    assert "price table" in unfilled.stderr
    table.write_text(printed.stdout.replace("# fill in", "1000000"))
    document = json.loads(forks_repo.cli("savings", "--json", "--prices", str(table)).stdout)
    assert document["cost"] == sum(document["total"].values())
    assert "cost" in forks_repo.cli("savings", "--prices", str(table)).stdout
    table.write_text(table.read_text().replace(MODEL, "another"))
    document = json.loads(forks_repo.cli("savings", "--json", "--prices", str(table)).stdout)
    assert (document["cost"], [problem["code"] for problem in document["problems"]]) == (None, ["price-missing"])


def test_in_an_editor(forks_repo: ForksRepo) -> None:
    sessions = named(forks_repo)
    editor = Editor.start(forks_repo.repo.path, env=forks_repo.env).answer_as_usual()
    try:
        editor.initialize(forks_repo.repo.path, capabilities=FULL)
        command = {"command": "forksight.showSavings", "arguments": []}
        result = editor.request("workspace/executeCommand", command)
        assert (result["shown"], {session["session"] for session in result["sessions"]}) == (True, set(sessions))
        text = Path(result["uri"].removeprefix("file://")).read_text()
        assert text.startswith("# Savings\n")
        assert "| cold: 162 paid again" in text
        with pytest.raises(RefusedError, match="prices is no object"):
            editor.request("workspace/executeCommand", {**command, "arguments": [{"prices": 3}]})
    finally:
        editor.kill()
