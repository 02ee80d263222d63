"""How sharing stands, and what would leave this machine: as values, with one wording for terminal and editors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from forksight.core.problems import Problem
from forksight.core.teams.sharing import SharedWorktree
from forksight.core.teams.state import State
from forksight.core.teams.wire import Roster
from forksight.core.words.quantities import many

_OFF = "Sharing is off: `forksight share on` shows what would leave this machine, and asks."
NO_WAY_BACK = (
    "What was fetched by others can't be taken back, and hosts keep deleted objects readable by their id for a while."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a repository is shared, through what, and how that goes."""

    on: bool = False  # colleagues' changes are looked at
    publishes: bool = False  # ours leave the machine
    remote: str | None = None  # None: sharing is off, or no remote can be chosen
    address: str = ""
    state: State = field(default_factory=State)
    rosters: Mapping[str, Roster] = field(default_factory=dict)  # the other machines', by the roster's commit
    problems: tuple[Problem, ...] = ()

    @property
    def machines(self) -> list[Roster]:
        """The other machines, by whose they are."""
        return sorted(self.rosters.values(), key=lambda roster: (roster.user, roster.host, roster.machine))

    def lines(self) -> list[str]:
        """The standing in sentences; problems are not among them."""
        if not self.on:
            return [_OFF]
        place = f"{self.remote} ({self.address})" if self.remote else "no remote"
        state = self.state
        return [
            f"Sharing through {place}."
            if self.publishes
            else f"Looking at what colleagues share through {place}; sharing nothing.",
            *([_published(state)] if state.published else []),
            *(f"  {label}: {many(files, 'file')}{_left_out(left)}" for label, files, left in state.worktrees),
            f"The remote answered {_clock(state.polled)}." if state.polled else "The remote was not asked yet.",
            *([f"The last try failed: {state.error}."] if state.error else []),
            *(
                f"  {roster.user} ({roster.host}): {many(len(roster.snapshots), 'worktree')}  {roster.machine[:8]}"
                for roster in self.machines
            ),
        ]

    def sentence(self) -> str:
        """One sentence for a status bar; "" where sharing is off."""
        if not self.on:
            return ""
        others = many(len(self.rosters), "other machine")
        if self.state.error:
            return f"Sharing: the last try failed: {self.state.error}"
        if not self.publishes:
            return f"Sharing: looking only; {others}"
        when = f"published {_clock(self.state.published)}" if self.state.published else "nothing published"
        left = sum(count for _, _, count in self.state.worktrees)
        return f"Sharing through {self.remote}: {when}{_left_out(left)}; {others}"


@dataclass(frozen=True, slots=True)
class SharePlan:
    """What would leave this machine, through which remote, and as whose."""

    remote: str
    address: str
    user: str
    host: str
    worktrees: tuple[SharedWorktree, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def heading(self) -> str:
        """Through what, and as whose."""
        return f"Through {self.remote} ({self.address}), as {self.user} ({self.host})"

    @property
    def summary(self) -> str:
        """How much it is."""
        if not self.worktrees:
            return "nothing now: no worktree is dirty or ahead of the remote's default branch"
        files = sum(len(shared.files) + len(shared.gone) for shared in self.worktrees)
        left = sum(len(shared.left_out) for shared in self.worktrees)
        return f"{many(files, 'file')} of {many(len(self.worktrees), 'worktree')}{_left_out(left)}"


def file_lines(shared: SharedWorktree) -> list[str]:
    """What leaves of one worktree, by path."""
    return [*sorted(shared.files), *(f"{path} (deleted)" for path in shared.gone)]


def _published(state: State) -> str:
    return f"Published {_clock(state.published or 0.0)}{':' if state.worktrees else ': nothing.'}"


def _left_out(count: int) -> str:
    return f", {count} left out" if count else ""


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
