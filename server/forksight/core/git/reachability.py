"""Which tips of branches reach which commits."""

from collections.abc import Collection, Mapping, Sequence


def held_by(parents: Mapping[str, Sequence[str]], tips: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The names of the tips that reach each commit.

    `parents` maps each commit to its parents, children before parents; `tips` maps a name to its commit.
    """
    reached: dict[str, set[str]] = {}
    for name, commit in tips.items():
        reached.setdefault(commit, set()).add(name)
    for commit, above in parents.items():
        for parent in above:
            if parent in parents:
                reached.setdefault(parent, set()).update(reached.get(commit, ()))
    return {commit: frozenset(reached.get(commit, ())) for commit in parents}


def reached_only_by(holders: Mapping[str, frozenset[str]], going: Collection[str]) -> list[str]:
    """The commits that no other tip than these reaches, newest first. `holders` is what `held_by` gives."""
    return [commit for commit, names in holders.items() if names and names.issubset(going)]
