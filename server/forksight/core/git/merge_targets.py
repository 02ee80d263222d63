"""The branches that a branch may be merged into, from git's configuration and the existing branches."""

from collections.abc import Iterable

from forksight.core.git.branches import Branches, BranchOrigin, LocalBranch

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"
_CONFIGURED = ("gh-merge-base", "vscode-merge-base")  # settings of a branch, as gh and VS Code write them


def targets(
    branches: Branches, branch: LocalBranch, origin: BranchOrigin | None = None, start_point: str = ""
) -> dict[str, str]:
    """The branches that a branch may be merged into, with their commits, the likeliest first.

    In this order: the branch that its own settings name, the branch that it was made from (`origin`, from its reflog), the
    local branch that it tracks, and the targets of all branches. The remote branch that it tracks is left out, even if it was
    made from that: it may have been pushed there for review.
    """
    configured = [value for key in _CONFIGURED for variable, value in branch.settings if variable == key]
    made_from = origin.source if origin is not None and origin.source is not None else ""
    if made_from not in branches.local and made_from.removeprefix(_REMOTES) == branch.remote:
        made_from = ""
    tracked = branch.upstream if branch.upstream is not None and branch.upstream.startswith(_HEADS) else ""
    return _existing(branches, (*configured, made_from, tracked, *_everybodys(branches, start_point)), branch.name)


def shared_targets(branches: Branches, start_point: str = "") -> dict[str, str]:
    """The targets of work on no branch, in the shape of `targets`."""
    return _existing(branches, _everybodys(branches, start_point), None)


def _everybodys(branches: Branches, start_point: str) -> tuple[str, ...]:
    """The refs that any branch may be merged into: the start point of new branches (a setting), and the default branches."""
    return start_point, f"{_HEADS}{branches.default}", f"{_REMOTES}{branches.default_remote}"


def _existing(branches: Branches, refs: Iterable[str], own: str | None) -> dict[str, str]:
    """Those of the refs that exist, with their commits, without the branch `own` and its remote copies."""
    by_name: dict[str, str] = {}
    for ref in refs:
        name = ref.removeprefix(_HEADS)
        if name in branches.local and name != own:
            by_name.setdefault(name, branches.local[name].commit)
        elif (name := ref.removeprefix(_REMOTES)) in branches.remote and not _is_copy(branches, name, own):
            by_name.setdefault(name, branches.remote[name])
    return by_name


def _is_copy(branches: Branches, remote: str, name: str | None) -> bool:
    """Whether a remote branch is the copy of the branch `name`. The default branch is nobody's copy."""
    return remote != branches.default_remote and branches.at_remote(remote) == name
