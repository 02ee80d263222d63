"""The facts about a repository that all its forks share: the fork tree, the ledger, worktrees and branches."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from forksight.core.cleanup.facts import Place
from forksight.core.git.branches import Branches
from forksight.core.sessions.session import ForkTree
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree


@dataclass(frozen=True)
class RepositoryFacts:
    """The facts about a repository and its forks at one moment."""

    tree: ForkTree
    view: LedgerView
    # Every worktree, by its path.
    places: Mapping[str, Place]
    branches: Branches
    # Tells the branches that had other names, by each of those. Asked where a name is none of today's.
    ask_renamed: Callable[[], Mapping[str, str]] = field(compare=False, repr=False)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Former name -> current name of renamed branches. Raises `GitError`."""
        return self.ask_renamed()

    @property
    def main(self) -> str | None:
        """The path of the main checkout; None if there is none."""
        return next((path for path, place in self.places.items() if place.worktree.main), None)

    def branch_now(self, name: str | None) -> str | None:
        """The current name of a branch that may have been renamed."""
        return name if name is None or name in self.branches.local else self.renamed.get(name, name)

    def is_called(self, branch: str | None, name: str) -> bool:
        """Whether two names, each current or former, are of the same branch."""
        return branch is not None and self.branch_now(branch) in (name, self.branch_now(name))


def repository_facts(context: Context) -> RepositoryFacts:
    """Read the fork tree, the ledger, worktrees and branches. Raises `NotARepositoryError`, `GitError`.

    The tree is read first, so that branches and worktrees that its sessions name already exist when they are looked up.
    """
    tree, survey = fork_tree(context), context.survey
    with ThreadPoolExecutor(2) as pool:
        listed, branches = pool.submit(survey.places), pool.submit(survey.branches)
        view = context.ledger.view()[0]
    places = {place.worktree.path: place for place in listed.result()}
    return RepositoryFacts(tree, view, places, branches.result(), survey.renamed)
