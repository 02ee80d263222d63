"""The branches of a repository, as git lists them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LocalBranch:
    """A local branch. `upstream` is the full name of the ref that it tracks, `remote` that ref's name as people say it."""

    name: str
    commit: str
    upstream: str | None = None
    remote: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Branches:
    """All local branches by name, remote-tracking ones as (name, commit), and the one that work is merged into."""

    local: Mapping[str, LocalBranch] = field(default_factory=dict)
    remote: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None  # a name in `local`
    default_remote: str | None = None  # a name in `remote`
