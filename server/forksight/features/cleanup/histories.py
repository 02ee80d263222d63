"""Which commits would be lost with a fork, which other branches have them, and what was stashed on its branch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from forksight.core.cleanup.facts import Commit, Facts, Keepers, Stash
from forksight.core.git.merge_targets import shared_targets
from forksight.core.git.reachability import reached_only_by
from forksight.features.cleanup.facts import RepositoryAtWork
from forksight.features.context import Context


@dataclass(frozen=True)
class Histories:
    """The commits that no remote and not the default branch has, and the stash."""

    # By id.
    commits: Mapping[str, Commit]
    # The names of the tips that reach each commit.
    holders: Mapping[str, frozenset[str]]
    stashes: tuple[Stash, ...]

    def only(self, fork: Facts, going: Collection[str]) -> tuple[Commit, ...]:
        """The commits that nothing reaches after a fork is removed; the tips that `going` names are removed before it.

        Commits of a merged branch don't count: the target has them, perhaps rewritten, unless the target itself is removed.
        """
        own = tips(fork)
        branch = fork.branch
        stays = branch is not None and branch.merged is not None and f"branch {branch.target}" not in going
        merged = f"branch {branch.name}" if branch is not None and stays else None
        return tuple(
            self.commits[commit]
            for commit in reached_only_by(self.holders, {*going, *own})
            if not own.keys().isdisjoint(self.holders[commit]) and merged not in self.holders[commit]
        )

    def stashed(self, fork: Facts) -> tuple[Stash, ...]:
        """The stash entries made on a fork's branch."""
        return tuple(stash for stash in self.stashes if fork.branch is not None and stash.branch == fork.branch.name)


def keepers(context: Context, repository: RepositoryAtWork, fork: Facts, going: Collection[str]) -> Keepers:
    """The branches that have a fork's commits, without its own and those that `going` names.

    git is not asked about merged branches: the target has their work.
    """
    gone = {name.removeprefix("branch ") for name in (*going, *tips(fork))}
    merged = f"branch {fork.branch.name}" if fork.branch is not None and fork.branch.merged is not None else None
    commits = dict.fromkeys(commit for name, commit in tips(fork).items() if name != merged)
    held = [frozenset(context.survey.holding(commit)) - gone for commit in commits]
    names = sorted(frozenset.intersection(*held)) if held else []
    target_names = set(shared_targets(repository.branches, context.settings.worktree.start_point))
    target_names.update(fork.branch.targets if fork.branch is not None else ())
    targets = tuple(name for name in names if name in target_names)
    return Keepers(targets, tuple(name for name in names if name not in target_names))


def histories(context: Context, repository: RepositoryAtWork, chosen: Sequence[Facts]) -> Histories:
    """Read the histories of all these forks at once."""
    if not chosen:
        return Histories({}, {}, ())
    branches = repository.branches
    ends = {f"branch {name}": branch.commit for name, branch in branches.local.items()}
    for fork in chosen:
        ends.update(tips(fork))
    default = branches.local.get(branches.default or "")
    commits, holders = context.survey.unshared(ends, [default.commit] if default else [])
    return Histories(commits, holders, context.survey.stashes())


def tips(fork: Facts) -> dict[str, str]:
    """The tips that are removed with a fork, name -> commit: its branch, and its worktree's detached HEAD."""
    tips = {f"branch {fork.branch.name}": fork.branch.commit} if fork.branch is not None else {}
    place = fork.place
    if place is not None and not place.broken and place.worktree.branch is None and place.worktree.head is not None:
        tips[f"head {place.worktree.path}"] = place.worktree.head
    return tips
