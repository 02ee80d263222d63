"""A family of real sessions, each made by running Claude Code, and what the scripted model billed for each."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from forksight.app.workbench import Forksight
from forksight.core.sessions.session import ForkTree, Node
from forksight.features.sessions.tree import fork_tree
from tests.claude.rig import Claude
from tests.conftest import Checkout

# The sessions of the fixture `family`, each with the one that it is a fork of.
FAMILY = {"base": None, "fork": "base", "fork of fork": "fork", "sibling": "base", "late": "base"}


@dataclass
class BilledSessions:
    """A repository, its sessions by the names that a test gives them, and the message ids billed to each."""

    claude: Claude
    repo: Checkout
    ids: dict[str, str] = field(default_factory=dict)
    billed: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, claude: Claude, folder: Path) -> "BilledSessions":
        """A repository of two files in a folder; no session yet."""
        repo = Checkout(folder / "repo")
        repo.path.mkdir()
        repo.git("init", "--quiet", "--initial-branch=main")
        repo.commit({"a.txt": "one\ntwo\n", "b.txt": "b\n"})
        return cls(claude, repo)

    def record(self, name: str, run: Callable[[], str]) -> str:
        """Run something for the session of that name; its id. What the model answers meanwhile is billed to it."""
        before = set(self.claude.model.usages)
        self.ids[name] = run()
        self.billed.setdefault(name, set()).update(self.claude.model.usages.keys() - before)
        return self.ids[name]

    def go_on(self, name: str, prompt: str) -> None:
        """One more prompt in a session."""

        def run() -> str:
            self.claude.go_on(self.repo.path, self.ids[name], prompt)
            return self.ids[name]

        self.record(name, run)

    def recorded(self, name: str) -> set[str]:
        """The message ids in a session's transcript and in those of its subagents."""
        transcript = self.claude.transcript(self.ids[name])
        files = [transcript, *transcript.with_suffix("").glob("subagents/**/*.jsonl")]
        text = "".join(file.read_text() for file in files)
        return {message for message in self.claude.model.usages if message in text}

    def uuids(self, name: str) -> list[str]:
        """The uuids of a session's conversation."""
        return [row["uuid"] for row in self.claude.rows(self.ids[name]) if "uuid" in row]

    def tree(self, config: Path | None = None) -> ForkTree:
        """The fork tree that Forksight sees; of a copy of Claude Code's folder if one is given."""
        return tree_of(self.repo, config or self.claude.config)

    def named(self, tree: ForkTree) -> dict[str, Node]:
        """The tree's nodes by the test's names."""
        nodes = {node.id: node for node in tree.nodes}
        return {name: nodes[identity] for name, identity in self.ids.items() if identity in nodes}

    def parents(self, tree: ForkTree) -> dict[str, str | None]:
        """Whose fork each session is, by the test's names."""
        names: dict[str | None, str | None] = {identity: name for name, identity in self.ids.items()}
        return {name: names.get(node.parent) for name, node in self.named(tree).items()}

    def without(self, name: str, target: Path) -> Path:
        """A copy of Claude Code's folder in which a session was deleted."""
        shutil.copytree(self.claude.config, target)
        path = target / self.claude.transcript(self.ids[name]).relative_to(self.claude.config)
        path.unlink()
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        return target


def tree_of(repo: Checkout, config: Path) -> ForkTree:
    """The fork tree of a repository as a new process would see it."""
    import pytest

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAUDE_CONFIG_DIR", str(config))
        return fork_tree(Forksight().open(str(repo.path)))
