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
from tests.cleanup.yard import OLD, Yard
from tests.forks.stage import Stage


def stray(yard: Yard, **did: Any) -> str:
    """An old fork in a worktree of its own that did this besides; its id."""
    fork = yard.fork("stray")
    yard.stage.fork_of(yard.parent, fork.id, str(fork.checkout.path), "stray", age=OLD, **did)
    return fork.id


def noticed(stage: Stage) -> list[str]:
    """What the tree says of edits elsewhere."""
    tree = remarked(stage.context(), settled_tree(stage.context()))
    return [problem.message for problem in tree.problems if problem.code == "edits-elsewhere"]


def test_a_path_that_came_along_leads_to_another_worktree(yard: Yard) -> None:
    other = yard.fork("other", age=0)
    main, there = str(yard.repo.path), str(other.checkout.path)
    session = stray(yard, edits=[f"{main}/app.py", f"{there}/b.py", f"{there}/a.py"])
    files = (("app.py", main), ("a.py and 1 more", there))
    assert set(noticed(yard.stage)) == {
        f"The fork “stray” edited {paths} in {place}, which is not its worktree." for paths, place in files
    }
    nodes = {node["id"]: node for node in json.loads(yard.stage.cli("tree", "--json").stdout)["sessions"]}
    assert {edits["worktree"]: edits["paths"] for edits in nodes[session]["elsewhere"]} == {
        main: ["app.py"],
        there: ["a.py", "b.py"],
    }
    assert nodes[other.id]["elsewhere"] == []


def test_the_status_the_clean_up_and_the_comparison_tell_it(yard: Yard) -> None:
    other = yard.fork("other", age=OLD)
    stray(yard, edits=[f"{other.checkout.path}/a.py"])
    (sentence,) = noticed(yard.stage)
    for place in (yard.repo.path.parent / "stray", other.checkout.path):
        context = yard.stage.context(place)
        assert sentence in status(context, settled_tree(context), context.here, Conflicts()).tooltip
    assert sentence in [problem.message for problem in yard.plan().problems]
    assert "“stray” edited files there" in " ".join(yard.entry(other).stays)
    compared = json.loads(yard.stage.cli("compare", "stray", "other", "--json").stdout)
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
def test_what_a_shell_command_shows_that_it_writes(yard: Yard, command: str, *, expected: bool) -> None:
    stray(yard, runs=[command.format(main=yard.repo.path)])
    assert bool(noticed(yard.stage)) is expected


def test_edits_at_home_outside_the_repository_and_inherited_ones_are_no_matter(yard: Yard) -> None:
    parent = yard.stage.session("edits", edits=2)
    fork = yard.fork("home", parent=parent)
    yard.stage.fork_of(
        parent, fork.id, str(fork.checkout.path), "home", edits=[f"{fork.checkout.path}/a.py", "/etc/hosts"]
    )
    assert noticed(yard.stage) == []


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))


@pytest.mark.parametrize("refused", [False, True])
def test_an_edit_counts_once_its_result_came_and_is_no_failure(yard: Yard, *, refused: bool) -> None:
    session = stray(yard, edits=[f"{yard.repo.path}/app.py"])
    transcript, rows = yard.stage.transcript(session), yard.stage.rows(session)
    *before, result, _ = rows
    _write(transcript, before)
    assert noticed(yard.stage) == []  # it waits for its permission
    if refused:
        (block,) = result["message"]["content"]
        result["message"]["content"] = [{"type": "tool_result", "is_error": True, **block}]
    _write(transcript, rows)
    assert bool(noticed(yard.stage)) is not refused


def test_what_its_subagents_edit_is_its_own(yard: Yard) -> None:
    session = stray(yard, edits=[f"{yard.repo.path}/app.py"])
    transcript, rows = yard.stage.transcript(session), yard.stage.rows(session)
    *before, call, result, answer = rows
    agent = transcript.with_suffix("") / "subagents" / "agent-a1b2c3d.jsonl"
    _write(transcript, [*before, {**answer, "parentUuid": before[-1]["uuid"]}])
    assert noticed(yard.stage) == []
    _write(agent, [{**row, "isSidechain": True, "agentId": "a1b2c3d"} for row in (call, result)])
    assert noticed(yard.stage) == [f"The fork “stray” edited app.py in {yard.repo.path}, which is not its worktree."]
