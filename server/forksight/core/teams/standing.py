"""Values: whether and how a repository is shared, and the plan of what would leave this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forksight.core.problems import Problem
from forksight.core.teams.sharing import SharedWorktree
from forksight.core.teams.state import State
from forksight.core.teams.wire import Roster


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a repository is shared, through which remote, and the state of sharing."""

    on: bool = False  # whether colleagues' snapshots are fetched
    publishes: bool = False  # whether this machine's are published
    remote: str | None = None  # None: sharing is off, or no remote can be chosen
    address: str = ""
    state: State = field(default_factory=State)
    rosters: Mapping[str, Roster] = field(default_factory=dict)  # the other machines', by the roster's commit
    problems: tuple[Problem, ...] = ()

    @property
    def machines(self) -> list[Roster]:
        """The other machines' rosters, sorted by person and machine."""
        return sorted(self.rosters.values(), key=lambda roster: (roster.user, roster.host, roster.machine))


@dataclass(frozen=True, slots=True)
class SharePlan:
    """What would be published, through which remote, and under which names of person (`user`) and machine (`host`)."""

    remote: str
    address: str
    user: str
    host: str
    worktrees: tuple[SharedWorktree, ...]
    problems: tuple[Problem, ...] = ()
