"""The summary of one fork: its standing, its prompts, what it did and what it answered."""

from dataclasses import dataclass

from forksight.core.cleanup.facts import Commit
from forksight.core.compare.test_runs import Run
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node
from forksight.core.sessions.transcripts.prompts import last_sentence


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another worktree, by its branch or path, with the files that conflict."""

    other: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One fork, without what its session inherited."""

    branch: str
    # None for a branch without a session.
    node: Node | None
    worktree: str | None
    # The branch that it is to be merged into, and how many commits of that it lacks; None without such a branch.
    target: str | None = None
    behind: int | None = None
    commits: tuple[Commit, ...] = ()
    uncommitted: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    # The prompts, oldest first.
    prompts: tuple[str, ...] = ()
    # The files that its session edited, absolute, in the order of the first edit.
    edited: tuple[str, ...] = ()
    commands: int = 0
    failed: int = 0
    tests: tuple[Run, ...] = ()
    # The last answer, and its last sentence; None if it has said nothing.
    answer: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def last_sentence(self) -> str | None:
        """The last sentence of the last answer, on one line."""
        return last_sentence(self.answer) if self.answer and self.answer.strip() else None
