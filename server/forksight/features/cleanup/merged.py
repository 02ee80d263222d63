"""Decides whether branches are merged into their targets: by their commits, or because merging would change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forksight.core.cleanup.facts import BranchFacts, Merged
from forksight.core.git.branches import Branches
from forksight.core.git.merge_targets import targets
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.pairing import Pairing
from forksight.features.context import Context
from forksight.features.overlaps.pairs.pair import compare


def judge(context: Context, branches: Branches, names: Sequence[str], main: str | None) -> dict[str, BranchFacts]:
    """The facts about each of these branches. `main` is the checkout whose gitattributes apply to merges."""
    origins = context.survey.origins(names)
    start_point = context.settings.worktree.start_point
    aims = {name: targets(branches, branches.local[name], origins.get(name), start_point) for name in names}
    commits = sorted({commit for aim in aims.values() for commit in aim.values()})
    included = {commit: context.survey.included(commit) for commit in commits}
    inside = {
        name: next((target for target, commit in aim.items() if name in included[commit]), None)
        for name, aim in aims.items()
    }
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
        untouched = name in origins and origins[name].commit == branch.commit
        target = next(iter(aim), None)
        facts = BranchFacts(
            name, branch.commit, target, targets=tuple(aim), untouched=untouched, settings=branch.settings
        )
        if (target := inside[name]) is not None:
            # Without a reflog nobody can tell a branch that was merged from one in which nothing was done yet.
            worked = name in origins and origins[name].worked and origins[name].commit != branch.commit
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
    """Branch -> the target of which merging it would change nothing. git is only asked if comparing paths does not decide."""
    if not pairs:
        return {}
    commits = list(dict.fromkeys((*heads.values(), *aims.values())))
    trees = dict(zip(commits, context.repository.trees(commits), strict=True))

    def clean(name: str, commit: str, path: str) -> Snapshot:
        return Snapshot(Worktree(path, "", commit, name), trees[commit])

    snapshots = [(clean(target, aims[target], main or ""), clean(name, heads[name], name)) for name, target in pairs]
    answers = [
        adds_nothing(met.pairing) if not met.problems else False for met in compare(context.repository, snapshots)
    ]
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

    A path that only they changed would change, one that is the same on both sides would not. If they changed nothing in the
    end, the answer is False: that proves nothing about work that was done and taken back.
    """
    if not pairing.theirs:
        return False
    sure = True
    for path, change in pairing.theirs.items():
        ours = pairing.ours.get(path)
        if ours is None:
            return False
        sure = sure and ours.new == change.new
    return True if sure else None
