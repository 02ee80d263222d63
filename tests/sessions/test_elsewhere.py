"""A fork that edits another worktree than its own is told by the tree, the status, the clean-up and the comparison."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from forksight.core.overlaps.overlap import Conflicts
from forksight.features.sessions.remarks import remarked
from forksight.features.sessions.settle import settled_tree
from forksight.features.status import status
from tests.cleanup.forks_repo import OLD, ForksRepo
from tests.forks.sessions_repo import SessionsRepo


def stray(forks_repo: ForksRepo, **did: Any) -> str:
    """An old fork in a worktree of its own that did this besides; its id."""
    fork = forks_repo.add_fork("stray")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(fork.checkout.path), "stray", age=OLD, **did)
    return fork.id


def noticed(sessions_repo: SessionsRepo) -> list[str]:
    """What the tree says of edits elsewhere."""
    tree = remarked(sessions_repo.context(), settled_tree(sessions_repo.context()))
    return [problem.message for problem in tree.problems if problem.code == "edits-elsewhere"]


def test_a_path_that_came_along_leads_to_another_worktree(forks_repo: ForksRepo) -> None:
    other = forks_repo.add_fork("other", age=0)
    main, there = str(forks_repo.repo.path), str(other.checkout.path)
    session = stray(forks_repo, edits=[f"{main}/app.py", f"{there}/b.py", f"{there}/a.py"])
    files = (("app.py", main), ("a.py and 1 more", there))
    assert set(noticed(forks_repo)) == {
        f"The fork “stray” edited {paths} in {place}, which is not its worktree." for paths, place in files
    }
    nodes = {node["id"]: node for node in json.loads(forks_repo.cli("tree", "--json").stdout)["sessions"]}
    assert {edits["worktree"]: edits["paths"] for edits in nodes[session]["elsewhere"]} == {
        main: ["app.py"],
        there: ["a.py", "b.py"],
    }
    assert nodes[other.id]["elsewhere"] == []


def test_the_status_the_clean_up_and_the_comparison_tell_it(forks_repo: ForksRepo) -> None:
    other = forks_repo.add_fork("other", age=OLD)
    stray(forks_repo, edits=[f"{other.checkout.path}/a.py"])
    (sentence,) = noticed(forks_repo)
    for place in (forks_repo.repo.path.parent / "stray", other.checkout.path):
        context = forks_repo.context(place)
        assert sentence in status(context, settled_tree(context), context.here, Conflicts()).tooltip
    assert sentence in [problem.message for problem in forks_repo.plan().problems]
    assert "“stray” edited files there" in " ".join(forks_repo.entry(other).stays)
    compared = json.loads(forks_repo.cli("compare", "stray", "other", "--json").stdout)
    assert sentence in [problem["message"] for problem in compared["problems"]]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo x > {main}/app.py", True),
        ("make 2>&1 | tee -a '{main}/log'", True),
        ("sed -i 's/a/b/' {main}/app.py", True),
        ("cat {main}/app.py > /dev/null", False),
        ("cp {main}/app.py .", False),
        ("echo x > app.py", False),
    ],
)
def test_what_a_shell_command_shows_that_it_writes(forks_repo: ForksRepo, command: str, *, expected: bool) -> None:
    stray(forks_repo, runs=[command.format(main=forks_repo.repo.path)])
    assert bool(noticed(forks_repo)) is expected


def test_edits_at_home_outside_the_repository_and_inherited_ones_are_no_matter(forks_repo: ForksRepo) -> None:
    parent = forks_repo.session("edits", edits=2)
    fork = forks_repo.add_fork("home", parent=parent)
    forks_repo.fork_of(
        parent, fork.id, str(fork.checkout.path), "home", edits=[f"{fork.checkout.path}/a.py", "/etc/hosts"]
    )
    assert noticed(forks_repo) == []


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))


@pytest.mark.parametrize("refused", [False, True])
def test_an_edit_counts_once_its_result_came_and_is_no_failure(forks_repo: ForksRepo, *, refused: bool) -> None:
    session = stray(forks_repo, edits=[f"{forks_repo.repo.path}/app.py"])
    transcript, rows = forks_repo.transcript(session), forks_repo.rows(session)
    *before, result, _ = rows
    _write(transcript, before)
    assert noticed(forks_repo) == []  # it waits for its permission
    if refused:
        (block,) = result["message"]["content"]
        result["message"]["content"] = [{"type": "tool_result", "is_error": True, **block}]
    _write(transcript, rows)
    assert bool(noticed(forks_repo)) is not refused


def test_what_its_subagents_edit_is_its_own(forks_repo: ForksRepo) -> None:
    session = stray(forks_repo, edits=[f"{forks_repo.repo.path}/app.py"])
    transcript, rows = forks_repo.transcript(session), forks_repo.rows(session)
    *before, call, result, answer = rows
    agent = transcript.with_suffix("") / "subagents" / "agent-a1b2c3d.jsonl"
    _write(transcript, [*before, {**answer, "parentUuid": before[-1]["uuid"]}])
    assert noticed(forks_repo) == []
    _write(agent, [{**row, "isSidechain": True, "agentId": "a1b2c3d"} for row in (call, result)])
    assert noticed(forks_repo) == [
        f"The fork “stray” edited app.py in {forks_repo.repo.path}, which is not its worktree."
    ]
