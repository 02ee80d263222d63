"""Whose fork is whose, which rows came along and who paid: on transcripts that the real Claude Code wrote, of two versions."""

import shutil
from pathlib import Path

import pytest

from forksight.core.sessions.session import Evidence, ForkTree, State, Tokens
from tests.claude.conftest import install
from tests.claude.model import Model
from tests.claude.story import Story
from tests.conftest import Checkout

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-lineage")]

FAMILY = {"base": None, "fork": "base", "fork of fork": "fork", "sibling": "base", "late": "base"}


@pytest.fixture(scope="module", params=["claude", "claude-old"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: Model) -> Story:
    """A base that goes on after it was forked, a fork of the fork, a sibling, and a fork made after a compaction."""
    folder = tmp_path_factory.mktemp("story").resolve()
    claude = install(request.param, folder / "home", model)
    repo = Checkout(folder / "repo")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    repo.commit({"a.txt": "one\ntwo\n", "b.txt": "b\n"})
    there = repo.worktree("topic")
    story = Story(claude, repo)
    here = repo.path
    work = "READ a.txt && READ b.txt\nEDIT a.txt one=>uno\nBASH false"
    base = story.tell("base", lambda: claude.start(here, work, "--name", "base"))
    fork = story.tell("fork", lambda: claude.fork(there.path, base, "READ b.txt", "--name", "first fork"))
    story.tell("fork of fork", lambda: claude.fork(there.path, fork, "hello"))
    story.go_on("base", "go on\nAGENT READ a.txt")
    story.tell("sibling", lambda: claude.fork(here, base, "BASH exit 3"))
    story.go_on("base", "/compact")
    story.go_on("base", "after the compaction")
    story.tell("late", lambda: claude.fork(here, base, "late"))
    return story


def test_each_fork_has_its_parent(story: Story) -> None:
    tree = story.tree()
    assert story.parents(tree) == FAMILY
    evidence = {name: node.evidence for name, node in story.named(tree).items()}
    assert evidence == {name: Evidence.ROWS if parent else Evidence.NONE for name, parent in FAMILY.items()}
    assert tree.problems == ()


def test_inherited_rows_are_those_that_the_parent_has(story: Story) -> None:
    for name, node in story.named(story.tree()).items():
        parent = FAMILY[name]
        shared = set(story.uuids(name)) & set(story.uuids(parent)) if parent else set()
        assert (node.rows.inherited, node.rows.own) == (len(shared), len(story.uuids(name)) - len(shared)), name


def test_each_message_is_booked_to_the_session_that_paid(story: Story) -> None:
    nodes = story.named(story.tree())
    for name, node in nodes.items():
        assert node.own == billed(story, story.billed[name] & story.recorded(name)), name
        assert node.inherited == billed(story, story.recorded(name) - story.billed[name]), name


def test_titles_places_and_times(story: Story) -> None:
    nodes = story.named(story.tree())
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
    story: Story, tmp_path: Path, gone: str, orphans: set[str]
) -> None:
    before = story.named(story.tree())
    tree = story.tree(story.without(gone, tmp_path / "config"))
    parents = {name: parent for name, parent in FAMILY.items() if name != gone}
    assert story.parents(tree) == {name: None if name in orphans else parent for name, parent in parents.items()}
    after = story.named(tree)
    for name in orphans:
        assert after[name].evidence is Evidence.ROWS
        assert after[name].rows == before[name].rows, "what it inherited stays inherited"


@pytest.mark.parametrize("gone", ["base", "fork"])
def test_messages_of_a_deleted_session_are_booked_to_the_oldest_that_has_them(
    story: Story, tmp_path: Path, gone: str
) -> None:
    nodes = story.named(story.tree(story.without(gone, tmp_path / "config")))
    left = set().union(*(story.recorded(name) for name in nodes))
    # A fork of a compacted session copies one answer from before with all its tokens zeroed: it is billed where it counts.
    assert sum((node.own for node in nodes.values()), Tokens()) == billed(story, left)
    heir = "fork" if gone == "base" else "fork of fork"
    assert nodes[heir].own == billed(
        story, story.recorded(heir) if gone == "base" else story.billed[gone] | story.billed[heir]
    )


def test_a_copy_of_a_transcript_in_another_folder_is_the_same_session(story: Story, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(story.claude.config, config)
    for name in ("base", "fork"):
        path = config / story.claude.transcript(story.ids[name]).relative_to(story.claude.config)
        elsewhere = path.parent.parent / "-somewhere-else"
        elsewhere.mkdir(exist_ok=True)
        shutil.copy2(path, elsewhere / path.name)
    tree = story.tree(config)
    assert story.parents(tree) == FAMILY
    assert len(tree.nodes) == len(FAMILY)
    assert tokens(story, tree) == tokens(story, story.tree())


def test_a_removed_worktrees_sessions_stay_as_orphans(story: Story, tmp_path: Path) -> None:
    copy = Checkout(tmp_path.resolve() / "repo")
    shutil.copytree(story.repo.path, copy.path, symlinks=True)
    config = tmp_path / "config"
    shutil.copytree(story.claude.config, config)
    old, new = str(story.repo.path), str(copy.path)
    for path in config.glob("projects/*/*.jsonl"):  # the same story, told of a repository that may be changed
        path.write_text(
            path.read_text().replace(old, new).replace(str(story.repo.path.parent / "topic"), new + "-topic")
        )
    tree = story_tree(story, copy, config)
    states = {name: node.state for name, node in story.named(tree).items()}
    assert states == {name: State.ORPHANED if "fork" in name else State.IDLE for name in FAMILY}
    assert story.parents(tree) == FAMILY


def billed(story: Story, messages: set[str]) -> Tokens:
    """What the model charged for these messages."""
    total = Tokens()
    for message in messages:
        usage = story.claude.model.usages[message]
        total += Tokens(
            usage["input_tokens"],
            usage["output_tokens"],
            usage["cache_read_input_tokens"],
            usage["cache_creation_input_tokens"],
        )
    return total


def tokens(story: Story, tree: ForkTree) -> dict[str, tuple[Tokens, Tokens]]:
    """Own and inherited tokens by name."""
    return {name: (node.own, node.inherited) for name, node in story.named(tree).items()}


def story_tree(story: Story, repo: Checkout, config: Path) -> ForkTree:
    """The tree of a moved copy of the story."""
    return Story(story.claude, repo, story.ids).tree(config)
