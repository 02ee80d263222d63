"""Whose fork is whose, which rows came along and who paid: on transcripts that the real Claude Code wrote, of two versions."""

import shutil
from pathlib import Path

import pytest

from forksight.core.sessions.session import Evidence, ForkTree, State, Tokens
from tests.claude.billed_sessions import FAMILY, BilledSessions
from tests.conftest import Checkout

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-family")]


def test_each_fork_has_its_parent(family: BilledSessions) -> None:
    tree = family.tree()
    assert family.parents(tree) == FAMILY
    evidence = {name: node.evidence for name, node in family.named(tree).items()}
    assert evidence == {name: Evidence.ROWS if parent else Evidence.NONE for name, parent in FAMILY.items()}
    assert tree.problems == ()


def test_inherited_rows_are_those_that_the_parent_has(family: BilledSessions) -> None:
    for name, node in family.named(family.tree()).items():
        parent = FAMILY[name]
        shared = set(family.uuids(name)) & set(family.uuids(parent)) if parent else set()
        assert (node.rows.inherited, node.rows.own) == (len(shared), len(family.uuids(name)) - len(shared)), name


def test_each_message_is_booked_to_the_session_that_paid(family: BilledSessions) -> None:
    nodes = family.named(family.tree())
    for name, node in nodes.items():
        assert node.own == billed(family, family.billed[name] & family.recorded(name)), name
        assert node.inherited == billed(family, family.recorded(name) - family.billed[name]), name


def test_titles_places_and_times(family: BilledSessions) -> None:
    nodes = family.named(family.tree())
    assert nodes["base"].title == "base"
    assert nodes["fork"].title == "first fork"
    assert {name: Path(node.worktree or "").name for name, node in nodes.items()} == {
        "base": "repo",
        "fork": "topic",
        "fork of fork": "topic",
        "sibling": "repo",
        "late": "repo",
    }
    assert [nodes[name].branch for name in ("base", "fork")] == ["main", "topic"]
    assert all(node.started <= node.last_active for node in nodes.values())
    begun = [nodes[name].started for name in FAMILY]
    assert begun == sorted(begun), "a fork starts when it was made, not with what it inherited"
    assert {node.state for node in nodes.values()} == {State.IDLE}


@pytest.mark.parametrize(
    ("gone", "orphans"),
    [("base", {"fork", "sibling", "late"}), ("fork", {"fork of fork"}), ("sibling", set())],
)
def test_a_deleted_session_leaves_forks_without_a_parent(
    family: BilledSessions, tmp_path: Path, gone: str, orphans: set[str]
) -> None:
    before = family.named(family.tree())
    tree = family.tree(family.without(gone, tmp_path / "config"))
    parents = {name: parent for name, parent in FAMILY.items() if name != gone}
    assert family.parents(tree) == {name: None if name in orphans else parent for name, parent in parents.items()}
    after = family.named(tree)
    for name in orphans:
        assert after[name].evidence is Evidence.ROWS
        assert after[name].rows == before[name].rows, "what it inherited stays inherited"


@pytest.mark.parametrize("gone", ["base", "fork"])
def test_messages_of_a_deleted_session_are_booked_to_the_oldest_that_has_them(
    family: BilledSessions, tmp_path: Path, gone: str
) -> None:
    nodes = family.named(family.tree(family.without(gone, tmp_path / "config")))
    left = set().union(*(family.recorded(name) for name in nodes))
    # A fork of a compacted session copies one answer from before with all its tokens zeroed: it is billed where it counts.
    assert sum((node.own for node in nodes.values()), Tokens()) == billed(family, left)
    heir = "fork" if gone == "base" else "fork of fork"
    assert nodes[heir].own == billed(
        family, family.recorded(heir) if gone == "base" else family.billed[gone] | family.billed[heir]
    )


def test_a_copy_of_a_transcript_in_another_folder_is_the_same_session(family: BilledSessions, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(family.claude.config, config)
    for name in ("base", "fork"):
        path = config / family.claude.transcript(family.ids[name]).relative_to(family.claude.config)
        elsewhere = path.parent.parent / "-somewhere-else"
        elsewhere.mkdir(exist_ok=True)
        shutil.copy2(path, elsewhere / path.name)
    tree = family.tree(config)
    assert family.parents(tree) == FAMILY
    assert len(tree.nodes) == len(FAMILY)
    assert tokens(family, tree) == tokens(family, family.tree())


def test_a_removed_worktrees_sessions_stay_as_orphans(family: BilledSessions, tmp_path: Path) -> None:
    copy = Checkout(tmp_path.resolve() / "repo")
    shutil.copytree(family.repo.path, copy.path, symlinks=True)
    config = tmp_path / "config"
    shutil.copytree(family.claude.config, config)
    old, new = str(family.repo.path), str(copy.path)
    for path in config.glob("projects/*/*.jsonl"):  # the same sessions, told of a repository that may be changed
        path.write_text(
            path.read_text().replace(old, new).replace(str(family.repo.path.parent / "topic"), new + "-topic")
        )
    tree = moved_tree(family, copy, config)
    states = {name: node.state for name, node in family.named(tree).items()}
    assert states == {name: State.ORPHANED if "fork" in name else State.IDLE for name in FAMILY}
    assert family.parents(tree) == FAMILY


def billed(family: BilledSessions, messages: set[str]) -> Tokens:
    """What the model charged for these messages."""
    total = Tokens()
    for message in messages:
        usage = family.claude.model.usages[message]
        total += Tokens(
            usage["input_tokens"],
            usage["output_tokens"],
            usage["cache_read_input_tokens"],
            usage["cache_creation_input_tokens"],
        )
    return total


def tokens(family: BilledSessions, tree: ForkTree) -> dict[str, tuple[Tokens, Tokens]]:
    """Own and inherited tokens by name."""
    return {name: (node.own, node.inherited) for name, node in family.named(tree).items()}


def moved_tree(family: BilledSessions, repo: Checkout, config: Path) -> ForkTree:
    """The tree of a moved copy of the family."""
    return BilledSessions(family.claude, repo, family.ids).tree(config)
