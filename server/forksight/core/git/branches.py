"""The branches of a repository, as git lists them."""

from collections.abc import Mapping
from dataclasses import field

from forksight.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class LocalBranch:
    """A local branch."""

    name: str  # without `refs/heads/`
    commit: str
    upstream: str | None = None  # the ref that it tracks: `refs/remotes/origin/main`
    remote: str | None = None  # the same ref's short name: `origin/main`
    settings: tuple[tuple[str, str], ...] = ()  # what the repository's config says of it: variable, value


@dataclass(frozen=True, slots=True)
class BranchOrigin:
    """How a branch was made, according to its reflog."""

    commit: str  # where it was made
    # What it was made from, as it was named then: `develop`, `origin/develop`, `HEAD`, a commit.
    source: str | None = None
    worked: bool = False  # whether commits were made on it: moving it to what others made is no work


@dataclass(frozen=True, slots=True)
class Branches:
    """All branches of a repository, and the default branch."""

    local: Mapping[str, LocalBranch] = field(default_factory=dict)  # by name
    remote: Mapping[str, str] = field(default_factory=dict)  # remote-tracking branches: `origin/main` -> commit
    default: str | None = None  # a name in `local`
    default_remote: str | None = None  # a name in `remote`
    remotes: tuple[str, ...] = ()  # the names of the remotes, which may have slashes

    def at_remote(self, remote_branch: str) -> str:
        """The name of a remote-tracking branch at its remote: `main` for `origin/main`."""
        remote = max((name for name in self.remotes if remote_branch.startswith(f"{name}/")), key=len, default=None)
        return remote_branch[len(remote) + 1 :] if remote is not None else remote_branch.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote: its name in git's configuration, and the URL that is pushed to."""

    name: str
    url: str
