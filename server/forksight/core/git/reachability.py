"""Which branch tips reach which commits."""

from collections.abc import Collection, Mapping, Sequence


def held_by(parents: Mapping[str, Sequence[str]], tips: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Commit -> the names of the tips that reach it. `parents` maps commits to parents, children first; `tips` names to commits."""
    reached: dict[str, set[str]] = {}
    for name, commit in tips.items():
        reached.setdefault(commit, set()).add(name)
    for commit, above in parents.items():
        for parent in above:
            if parent in parents:
                reached.setdefault(parent, set()).update(reached.get(commit, ()))
    return {commit: frozenset(reached.get(commit, ())) for commit in parents}


def reached_only_by(holders: Mapping[str, frozenset[str]], going: Collection[str]) -> list[str]:
    """The commits that no tips but `going` reach, newest first. `holders` is the result of `held_by`."""
    return [commit for commit, names in holders.items() if names and names.issubset(going)]
