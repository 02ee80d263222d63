"""The only place that wires adapters into features. Everything is imported at first use: `forksight --help` is quick."""

import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from forksight.core.settings import Settings
from forksight.core.snapshot import Worktree
from forksight.features.context import Context

if TYPE_CHECKING:
    from forksight.core.ports import Repository


class RepositoryContext:
    """One repository as seen from one place in it (`features.context.Context`)."""

    def __init__(self, workbench: "Forksight", cwd: str, settings: Settings | None) -> None:
        self.cwd = cwd
        self.settings = settings or Settings()
        self._workbench = workbench

    @cached_property
    def repository(self) -> "Repository":
        """Git, shared by all contexts of one common dir."""
        return self._workbench.repository(self.cwd)

    @cached_property
    def here(self) -> Worktree:
        """The innermost worktree that `cwd` lies in."""
        from forksight.features.worktrees import worktree_of

        return worktree_of(self.repository, self.cwd)


class Forksight:
    """Opens contexts; one `Repository` per common dir, however many contexts look at it."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._lock = threading.Lock()

    def open(self, cwd: str, settings: Settings | None = None) -> Context:
        """The context of a place. Cheap; nothing is read before a port is used."""
        return RepositoryContext(self, os.path.realpath(cwd), settings)

    def repository(self, cwd: str) -> "Repository":
        """The repository that a path lies in. Raises `NotARepositoryError`, `GitError`."""
        from forksight.adapters.repository import GitRepository, find_common_dir

        common_dir = find_common_dir(cwd)
        with self._lock:
            return self._repositories.setdefault(common_dir, GitRepository(common_dir))


def main() -> None:
    """Run the `forksight` command."""
    from forksight import cli

    cli.run(Forksight())
