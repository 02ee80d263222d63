"""A repository with forks to clean up: real worktrees, sessions as Claude Code writes them."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forksight.core.cleanup.proposal import Bar, CleanPlan, Entry, Why
from forksight.features.cleanup import clean, propose, restore
from forksight.features.cleanup.clean import Cleaned
from forksight.features.cleanup.interrupted import finish_interrupted
from tests.conftest import Checkout
from tests.forks.sessions_repo import DAY, RecordedProgress, SessionsRepo

OLD = 30 * DAY


@dataclass(frozen=True)
class Forked:
    """A fork: its session and its worktree."""

    id: str
    checkout: Checkout
    branch: str


@dataclass
class ForksRepo(SessionsRepo):
    """A repository with sessions, and the session that forks are made of."""

    parent: str = field(kw_only=True)

    def add_fork(self, branch: str, *, age: float = OLD, parent: str | None = None, where: str | None = None) -> Forked:
        """A fork on a new branch in a worktree of its own, last active `age` seconds ago."""
        checkout = self.repo.worktree(where or branch.replace("/", "-"), branch)
        identity = str(uuid.uuid4())
        self.fork_of(parent or self.parent, identity, str(checkout.path), branch, age=age)
        return Forked(identity, checkout, branch)

    def add_fork_in(self, branch: str, path: Path, *, age: float = 0) -> Forked:
        """A fork in a worktree that is there already."""
        identity = str(uuid.uuid4())
        self.fork_of(self.parent, identity, str(path), branch, age=age)
        return Forked(identity, Checkout(path), branch)

    def make_fork(self, branch: str) -> Forked:
        """A fork that Forksight makes of the marked baseline; its session has not begun."""
        fork = self.fork(branch).proposal.fork
        assert fork is not None
        assert fork.session is not None
        return Forked(fork.session, Checkout(Path(fork.worktree)), branch)

    def add_second_fork(self, fork: Forked, *, age: float = OLD) -> Forked:
        """Another fork in the same worktree."""
        identity = str(uuid.uuid4())
        self.fork_of(self.parent, identity, str(fork.checkout.path), fork.branch, age=age)
        return Forked(identity, fork.checkout, fork.branch)

    def companion(self, fork: Forked, files: dict[str, bytes]) -> None:
        """Files in a session's companion folder."""
        folder = self.transcript(fork.id).with_suffix("")
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    def plan(self, *selectors: str, at: Path | None = None) -> CleanPlan:
        """What cleaning up would do."""
        return propose.propose(self.context(at), selectors)

    def proposed(self) -> dict[str, Entry]:
        """What is proposed, by session."""
        return {entry.session: entry for entry in self.plan().entries}

    def entry(self, fork: Forked | str) -> Entry:
        """What would become of one fork, proposed or not."""
        identity = fork if isinstance(fork, str) else fork.id
        facts = propose.examine(self.context(), identity)
        assert facts is not None
        return facts

    def clean(self, *selectors: str, yes: bool = True, discard: Iterable[Forked | str] = ()) -> Cleaned:
        """Clean up."""
        context = self.context()
        plan = propose.propose(context, selectors)
        names = [fork if isinstance(fork, str) else fork.id for fork in discard]
        chosen = clean.runnable(plan, yes=yes, discard=clean.discarded(plan, names))
        return clean.clean(context, plan, chosen, RecordedProgress())

    def restore(self, wanted: Forked | str) -> None:
        """Bring a fork back."""
        context = self.context()
        proposal = restore.propose_restore(context, wanted if isinstance(wanted, str) else wanted.id)
        assert restore.restore(context, proposal, RecordedProgress()) == ()

    def finish_interrupted(self) -> None:
        """See to what was interrupted."""
        progress = RecordedProgress()
        problems = finish_interrupted(self.context(), progress)
        assert problems == (), (problems, progress.steps, progress.lines)

    def archived(self) -> tuple[list[str], str]:
        """The archives: their folders and their refs."""
        folder = self.repo.path / ".git" / "forksight" / "archive"
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
        return names, self.repo.git("for-each-ref", "refs/forksight")

    def state(self, *forks: Forked) -> dict[str, Any]:
        """All that cleaning up and restoring must leave as it was: refs, branches' settings, worktrees, transcripts."""
        return {
            "refs": self.repo.git("for-each-ref"),
            "config": sorted(self.repo.git("config", "--local", "--list").splitlines()),
            "worktrees": sorted(self.repo.git("worktree", "list", "--porcelain").split("\n\n")),
            "status": [
                fork.checkout.git("status", "--porcelain=v2", "--branch", "--ignored")
                for fork in forks
                if fork.checkout.path.exists()
            ],
            "files": {str(fork.checkout.path): bytes_below(fork.checkout.path, ()) for fork in forks},
            "transcripts": bytes_below(self.config / "projects", ()),
            "leftovers": sorted(path.name for path in self.repo.path.parent.iterdir() if path.name.startswith(".")),
        }


def bytes_below(top: Path, skip: Sequence[str]) -> dict[str, str]:
    """Every file, link and empty folder below a folder: its kind, whether it can be executed, and its bytes."""
    contents = {}
    for root, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in skip]
        for name in [*names, *(folder for folder in folders if (Path(root) / folder).is_symlink())]:
            path = Path(root) / name
            if path.is_symlink():
                content = f"link {os.readlink(path)}"
            else:
                content = f"{path.stat().st_mode & 0o111:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            contents[os.path.relpath(path, top)] = content if name != ".git" else "worktree"
        if not names and not folders and root != str(top):
            contents[os.path.relpath(root, top)] = "empty folder"
    return contents


def of(plan: CleanPlan, fork: Forked) -> Entry:
    """A fork's entry in a plan."""
    return next(entry for entry in plan.entries if entry.session == fork.id)


def why(entry: Entry) -> set[Why]:
    """Why it is proposed."""
    return {reason.why for reason in entry.reasons}


def bars(entry: Entry) -> set[Bar]:
    """What holds it."""
    return {hold.bar for hold in entry.holds}
