"""What Forksight itself remembers of a repository: baselines, the forks it made, archives, mutes. Times: seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from forksight.core.problems import Problem
from forksight.core.sessions.session import Node


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of a baseline: the session that holds it. `commit` is the HEAD that the session knew, None if unknown."""

    number: int
    session: str
    commit: str | None
    created: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """A named session to fork from. `current` is the number of one of its `generations` (counted from 1)."""

    name: str
    current: int
    generations: tuple[Generation, ...]

    @property
    def generation(self) -> Generation:
        """The generation that forks are made from now."""
        return next(generation for generation in self.generations if generation.number == self.current)


class Mode(StrEnum):
    """How a fork is started: in a terminal, by the person (the command is printed), or in Claude Code's background."""

    TERMINAL = "terminal"
    PRINT = "print"
    BACKGROUND = "background"


class ForkState(StrEnum):
    """How far a fork has come. It only ever moves on, from each to one that stands below it."""

    PENDING = "pending"  # recorded; nothing is known to run
    STARTED = "started"  # a process was started for it
    EMPTY = "empty"  # its transcript exists and inherited nothing: it does not know what the baseline knew
    VERIFIED = "verified"  # its transcript exists and inherited rows


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork that Forksight made. `launch` is our own id for it, and the session's too unless Claude Code chooses that.

    `session` is None while Claude Code has not told the id (background). `short` is the beginning of the id that it
    printed. `pane` is where we opened it, as adapters.terminal names places. `parent` is the session that was forked.
    """

    launch: str
    session: str | None
    parent: str
    baseline: str | None
    generation: int | None
    branch: str | None
    worktree: str
    title: str
    mode: Mode
    created: float
    prompt: str | None = None
    state: ForkState = ForkState.PENDING
    started: float | None = None
    short: str | None = None
    pane: str | None = None

    @property
    def id(self) -> str:
        """The session's id, or `pending:<launch id>` as long as that is unknown."""
        return self.session or f"pending:{self.launch}"


@dataclass(frozen=True, slots=True)
class KeptBranch:
    """A branch that was deleted, at the commit it had, with its settings (`branch.<name>.<key>`) in their order."""

    name: str
    commit: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptWorktree:
    """A worktree that was removed. `branch` is None if it was detached."""

    path: str
    head: str
    branch: str | None


@dataclass(frozen=True, slots=True)
class Archive:
    """A fork that `clean` put away. `file` is the folder that holds it, `transcript` where its transcript was.

    `transcript` is empty if there never was one; `branch` and `worktree` are None if they were not there, or stayed.
    `fork` is our own record of it, if we made it.
    """

    session: str
    file: str
    transcript: str
    created: float
    node: Node
    branch: KeptBranch | None = None
    worktree: KeptWorktree | None = None
    fork: Fork | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """One run of `land` that merged forks into a branch: commits before and after it, and the branches that it merged.

    `worktree` is where the branch was checked out.
    """

    id: str
    branch: str
    worktree: str
    before: str
    after: str
    forks: tuple[str, ...]
    created: float


@dataclass(frozen=True)
class LedgerView:
    """Everything the ledger holds, at one moment. `restored` maps sessions to when they were last brought back,
    `folders` those of our forks to Claude Code's folder in which their transcripts were seen last: another account has another.

    `attempts` are sessions that a refresh made, or is making, and that are no generation. `landings` are in the order of time. `unread` is why nothing could be
    read although there is something.
    """

    baselines: tuple[Baseline, ...] = ()
    forks: tuple[Fork, ...] = ()
    archives: tuple[Archive, ...] = ()
    mutes: frozenset[str] = field(default=frozenset())
    restored: Mapping[str, float] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    attempts: frozenset[str] = field(default=frozenset())
    landings: tuple[Landing, ...] = ()
    unread: Problem | None = None

    @cached_property
    def parents(self) -> dict[str, str]:
        """The session that each fork was made from, by the fork's session id (or `pending:<launch id>`)."""
        return {fork.id: fork.parent for fork in self.forks}

    @cached_property
    def generations(self) -> dict[str, tuple[Baseline, Generation]]:
        """The baseline and generation that a session holds, by session id."""
        return {
            generation.session: (baseline, generation)
            for baseline in self.baselines
            for generation in baseline.generations
        }

    def baseline(self, name: str) -> Baseline | None:
        """The baseline of that name."""
        return next((baseline for baseline in self.baselines if baseline.name == name), None)

    def fork(self, identity: str) -> Fork | None:
        """The fork with that session id, launch id, or `pending:<launch id>`."""
        launch = identity.removeprefix("pending:")
        return next((fork for fork in self.forks if identity == fork.session or launch == fork.launch), None)

    def archive(self, session: str) -> Archive | None:
        """The archive of that fork."""
        return next((archive for archive in self.archives if archive.session == session), None)
