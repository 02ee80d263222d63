"""Whose fork is whose, which rows came along and who paid: on transcripts that the real Claude Code wrote, of two versions."""

import shutil
from pathlib import Path

import pytest

from forksight.core.sessions.session import Evidence, ForkTree, State, Tokens
from tests.claude.billed_sessions import BilledSessions
from tests.claude.model import Model
from tests.conftest import Checkout

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-lineage")]

FAMILY = {"base": None, "fork": "base", "fork of fork": "fork", "sibling": "base", "late": "base"}


@pytest.fixture(scope="module", params=["claude", "claude-old"])
def sessions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: Model) -> BilledSessions:
    """A base that goes on after it was forked, a fork of the fork, a sibling, and a fork made after a compaction."""
    sessions = BilledSessions.begin(request.param, tmp_path_factory.mktemp("sessions").resolve(), model)
    claude, here = sessions.claude, sessions.repo.path
    there = sessions.repo.worktree("topic")
    work = "READ a.txt && READ b.txt\nEDIT a.txt one=>uno\nBASH false"
    base = sessions.record("base", lambda: claude.start(here, work, "--name", "base"))
    fork = sessions.record("fork", lambda: claude.fork(there.path, base, "READ b.txt", "--name", "first fork"))
    sessions.record("fork of fork", lambda: claude.fork(there.path, fork, "hello"))
    sessions.go_on("base", "go on\nAGENT READ a.txt")
    sessions.record("sibling", lambda: claude.fork(here, base, "BASH exit 3"))
    sessions.go_on("base", "/compact")
    sessions.go_on("base", "after the compaction")
    sessions.record("late", lambda: claude.fork(here, base, "late"))
    return sessions


def test_each_fork_has_its_parent(sessions: BilledSessions) -> None:
    tree = sessions.tree()
    assert sessions.parents(tree) == FAMILY
    evidence = {name: node.evidence for name, node in sessions.named(tree).items()}
    assert evidence == {name: Evidence.ROWS if parent else Evidence.NONE for name, parent in FAMILY.items()}
    assert tree.problems == ()


def test_inherited_rows_are_those_that_the_parent_has(sessions: BilledSessions) -> None:
    for name, node in sessions.named(sessions.tree()).items():
        parent = FAMILY[name]
        shared = set(sessions.uuids(name)) & set(sessions.uuids(parent)) if parent else set()
        assert (node.rows.inherited, node.rows.own) == (len(shared), len(sessions.uuids(name)) - len(shared)), name


def test_each_message_is_booked_to_the_session_that_paid(sessions: BilledSessions) -> None:
    nodes = sessions.named(sessions.tree())
    for name, node in nodes.items():
        assert node.own == billed(sessions, sessions.billed[name] & sessions.recorded(name)), name
        assert node.inherited == billed(sessions, sessions.recorded(name) - sessions.billed[name]), name


def test_titles_places_and_times(sessions: BilledSessions) -> None:
    nodes = sessions.named(sessions.tree())
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
    sessions: BilledSessions, tmp_path: Path, gone: str, orphans: set[str]
) -> None:
    before = sessions.named(sessions.tree())
    tree = sessions.tree(sessions.without(gone, tmp_path / "config"))
    parents = {name: parent for name, parent in FAMILY.items() if name != gone}
    assert sessions.parents(tree) == {name: None if name in orphans else parent for name, parent in parents.items()}
    after = sessions.named(tree)
    for name in orphans:
        assert after[name].evidence is Evidence.ROWS
        assert after[name].rows == before[name].rows, "what it inherited stays inherited"


@pytest.mark.parametrize("gone", ["base", "fork"])
def test_messages_of_a_deleted_session_are_booked_to_the_oldest_that_has_them(
    sessions: BilledSessions, tmp_path: Path, gone: str
) -> None:
    nodes = sessions.named(sessions.tree(sessions.without(gone, tmp_path / "config")))
    left = set().union(*(sessions.recorded(name) for name in nodes))
    # A fork of a compacted session copies one answer from before with all its tokens zeroed: it is billed where it counts.
    assert sum((node.own for node in nodes.values()), Tokens()) == billed(sessions, left)
    heir = "fork" if gone == "base" else "fork of fork"
    assert nodes[heir].own == billed(
        sessions, sessions.recorded(heir) if gone == "base" else sessions.billed[gone] | sessions.billed[heir]
    )


def test_a_copy_of_a_transcript_in_another_folder_is_the_same_session(sessions: BilledSessions, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(sessions.claude.config, config)
    for name in ("base", "fork"):
        path = config / sessions.claude.transcript(sessions.ids[name]).relative_to(sessions.claude.config)
        elsewhere = path.parent.parent / "-somewhere-else"
        elsewhere.mkdir(exist_ok=True)
        shutil.copy2(path, elsewhere / path.name)
    tree = sessions.tree(config)
    assert sessions.parents(tree) == FAMILY
    assert len(tree.nodes) == len(FAMILY)
    assert tokens(sessions, tree) == tokens(sessions, sessions.tree())


def test_a_removed_worktrees_sessions_stay_as_orphans(sessions: BilledSessions, tmp_path: Path) -> None:
    copy = Checkout(tmp_path.resolve() / "repo")
    shutil.copytree(sessions.repo.path, copy.path, symlinks=True)
    config = tmp_path / "config"
    shutil.copytree(sessions.claude.config, config)
    old, new = str(sessions.repo.path), str(copy.path)
    for path in config.glob("projects/*/*.jsonl"):  # the same sessions, told of a repository that may be changed
        path.write_text(
            path.read_text().replace(old, new).replace(str(sessions.repo.path.parent / "topic"), new + "-topic")
        )
    tree = sessions_tree(sessions, copy, config)
    states = {name: node.state for name, node in sessions.named(tree).items()}
    assert states == {name: State.ORPHANED if "fork" in name else State.IDLE for name in FAMILY}
    assert sessions.parents(tree) == FAMILY


def billed(sessions: BilledSessions, messages: set[str]) -> Tokens:
    """What the model charged for these messages."""
    total = Tokens()
    for message in messages:
        usage = sessions.claude.model.usages[message]
        total += Tokens(
            usage["input_tokens"],
            usage["output_tokens"],
            usage["cache_read_input_tokens"],
            usage["cache_creation_input_tokens"],
        )
    return total


def tokens(sessions: BilledSessions, tree: ForkTree) -> dict[str, tuple[Tokens, Tokens]]:
    """Own and inherited tokens by name."""
    return {name: (node.own, node.inherited) for name, node in sessions.named(tree).items()}


def sessions_tree(sessions: BilledSessions, repo: Checkout, config: Path) -> ForkTree:
    """The tree of a moved copy of the sessions."""
    return BilledSessions(sessions.claude, repo, sessions.ids).tree(config)
