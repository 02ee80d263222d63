"""Whether branches have got into what they are for: by their commits, or because merging them would change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forksight.core.cleanup.facts import BranchFacts, Merged
from forksight.core.git.branches import Branches, LocalBranch
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.pairing import Pairing
from forksight.features.context import Context
from forksight.features.overlaps.pairs import compare


def targets(branches: Branches, branch: LocalBranch) -> dict[str, str]:
    """What a branch is to be merged into, by name the best first, with its commit.

    What it tracks, unless that is its own copy elsewhere; the default branch, here and at origin.
    """
    by_name: dict[str, str] = {}
    if branch.remote is not None and branch.upstream is not None:
        tracked = branches.local.get(branch.remote)
        if branch.upstream.startswith("refs/heads/") and tracked is not None:
            by_name[tracked.name] = tracked.commit
        elif branch.remote in branches.remote and branch.remote.partition("/")[2] != branch.name:
            by_name[branch.remote] = branches.remote[branch.remote]
    if branches.default is not None:
        by_name.setdefault(branches.default, branches.local[branches.default].commit)
    if branches.default_remote is not None:
        by_name.setdefault(branches.default_remote, branches.remote[branches.default_remote])
    by_name.pop(branch.name, None)
    return by_name


def judge(context: Context, branches: Branches, names: Sequence[str], main: str | None) -> dict[str, BranchFacts]:
    """What is known of each of these branches. `main` is the checkout whose gitattributes decide how texts merge."""
    aims = {name: targets(branches, branches.local[name]) for name in names}
    commits = sorted({commit for aim in aims.values() for commit in aim.values()})
    included = {commit: context.survey.included(commit) for commit in commits}
    inside = {
        name: next((target for target, commit in aim.items() if name in included[commit]), None)
        for name, aim in aims.items()
    }
    begun = context.survey.begun([name for name, target in inside.items() if target is not None])
    absorbed = _absorbed(
        context,
        [(name, target) for name, aim in aims.items() if inside[name] is None for target in aim],
        {name: branches.local[name].commit for name in names},
        {target: commit for aim in aims.values() for target, commit in aim.items()},
        main,
    )
    judged = {}
    for name, aim in aims.items():
        branch = branches.local[name]
        facts = BranchFacts(name, branch.commit, next(iter(aim), None), settings=branch.settings)
        if (target := inside[name]) is not None:
            # Without a reflog nobody can tell a branch that was merged from one in which nothing was done yet.
            worked = begun.get(name, branch.commit) != branch.commit
            facts = replace(facts, target=target, merged=Merged.HISTORY, worked=worked)
        elif (target := absorbed.get(name)) is not None:
            facts = replace(facts, target=target, merged=Merged.CONTENT)
        judged[name] = facts
    return judged


def _absorbed(
    context: Context,
    pairs: Sequence[tuple[str, str]],
    heads: Mapping[str, str],
    aims: Mapping[str, str],
    main: str | None,
) -> dict[str, str]:
    """The branches that would change nothing of a target, with that target. Asked of git only where paths don't tell."""
    if not pairs:
        return {}
    commits = list(dict.fromkeys((*heads.values(), *aims.values())))
    trees = dict(zip(commits, context.repository.trees(commits), strict=True))

    def clean(name: str, commit: str, path: str) -> Snapshot:
        return Snapshot(Worktree(path, "", commit, name), trees[commit])

    snapshots = [(clean(target, aims[target], main or ""), clean(name, heads[name], name)) for name, target in pairs]
    answers = [adds_nothing(met.pairing) for met in compare(context.repository, snapshots)]
    hard = [number for number, answer in enumerate(answers) if answer is None]
    for number, result in zip(hard, context.repository.merges([snapshots[number] for number in hard]), strict=True):
        answers[number] = result is not None and result.clean and result.tree == snapshots[number][0].tree
    target_of: dict[str, str] = {}
    for (name, target), answer in zip(pairs, answers, strict=True):
        if answer:
            target_of.setdefault(name, target)
    return target_of


def adds_nothing(pairing: Pairing) -> bool | None:
    """Whether merging theirs into ours would change nothing; None if only git can tell.

    A path that only they changed would change here, whatever was renamed; one that is the same on both sides would not.
    """
    sure = True
    for path, change in pairing.theirs.items():
        ours = pairing.ours.get(path)
        if ours is None:
            return False
        sure = sure and ours.new == change.new
    return True if sure else None
