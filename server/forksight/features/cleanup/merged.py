"""Whether branches have got into what they are for: by their commits, or because merging them would change nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forksight.core.cleanup.facts import BranchFacts, Merged
from forksight.core.git.branches import Branches, BranchOrigin, LocalBranch
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.pairing import Pairing
from forksight.features.context import Context
from forksight.features.overlaps.pairs.pair import compare

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"


_CONFIGURED = ("gh-merge-base", "vscode-merge-base")  # settings of a branch, as gh and VS Code write them


def targets(
    branches: Branches, branch: LocalBranch, origin: BranchOrigin | None = None, start_point: str = ""
) -> dict[str, str]:
    """What a branch is to be merged into, by name the best first, with its commit.

    The branch that its own settings name, the one that it was made from (`origin`: its reflog's beginning), the local one
    that it tracks, and what every branch may be merged into. Not the remote branch that it tracks, even if it was made from
    that: what is pushed there may be under review.
    """
    configured = [value for key in _CONFIGURED for variable, value in branch.settings if variable == key]
    made_from = origin.source if origin is not None and origin.source is not None else ""
    if made_from not in branches.local and made_from.removeprefix(_REMOTES) == branch.remote:
        made_from = ""
    tracked = branch.upstream if branch.upstream is not None and branch.upstream.startswith(_HEADS) else ""
    return _existing(branches, (*configured, made_from, tracked, *_everybodys(branches, start_point)), branch.name)


def shared_targets(branches: Branches, start_point: str = "") -> dict[str, str]:
    """What work on no branch may be merged into, as `targets`."""
    return _existing(branches, _everybodys(branches, start_point), None)


def _everybodys(branches: Branches, start_point: str) -> tuple[str, ...]:
    """What new branches start from (the setting), and the default branch here and at its remote: the names of refs."""
    return start_point, f"{_HEADS}{branches.default}", f"{_REMOTES}{branches.default_remote}"


def _existing(branches: Branches, refs: Iterable[str], own: str | None) -> dict[str, str]:
    """The branches of these names with their commits, without the one called `own` and its copies."""
    by_name: dict[str, str] = {}
    for ref in refs:
        name = ref.removeprefix(_HEADS)
        if name in branches.local and name != own:
            by_name.setdefault(name, branches.local[name].commit)
        elif (name := ref.removeprefix(_REMOTES)) in branches.remote and not _is_copy(branches, name, own):
            by_name.setdefault(name, branches.remote[name])
    return by_name


def _is_copy(branches: Branches, remote: str, name: str | None) -> bool:
    """Whether a remote branch is a branch's own copy; the default branch is everybody's."""
    return remote != branches.default_remote and branches.at_remote(remote) == name


def judge(context: Context, branches: Branches, names: Sequence[str], main: str | None) -> dict[str, BranchFacts]:
    """What is known of each of these branches. `main` is the checkout whose gitattributes decide how texts merge."""
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
    """The branches that would change nothing of a target, with that target. Asked of git only where paths don't tell."""
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

    A path that only they changed would change here, whatever was renamed; one that is the same on both sides would not.
    Where they changed nothing in the end, there is nothing that shows how it got here: what they did and took back is theirs.
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
