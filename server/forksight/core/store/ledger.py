"""The records of the ledger: baselines, the forks that Forksight made, archives, mutes. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import cached_property

from forksight.core.frozen import dataclass
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node, Tokens


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a baseline, held by a session."""

    number: int
    session: str
    commit: str | None  # the HEAD that the session knew; None if unknown
    created: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """A named session to fork from."""

    name: str
    current: int  # the number of one of the generations, counted from 1
    generations: tuple[Generation, ...]

    @property
    def generation(self) -> Generation:
        """The generation that forks are made from now."""
        return next(generation for generation in self.generations if generation.number == self.current)


class Mode(StrEnum):
    """How a fork is started: in a terminal, by the person with the printed command, or in Claude Code's background."""

    TERMINAL = "terminal"
    PRINT = "print"
    BACKGROUND = "background"


class ForkState(StrEnum):
    """The progress of a fork. It only ever advances, in the order of the members."""

    PENDING = "pending"  # recorded; nothing is known to run
    STARTED = "started"  # a process was started for it
    EMPTY = "empty"  # its transcript exists and inherited nothing: it does not know what the baseline knew
    VERIFIED = "verified"  # its transcript exists and inherited rows


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork that Forksight made."""

    launch: str  # our own id for it, and the session's too unless Claude Code chooses that
    session: str | None  # None while Claude Code has not told the id (background)
    parent: str  # the session that was forked
    baseline: str | None
    generation: int | None
    branch: str | None
    worktree: str
    title: str
    mode: Mode
    created: float  # seconds since the epoch; so is `started`
    prompt: str | None = None
    state: ForkState = ForkState.PENDING
    started: float | None = None
    short: str | None = None  # the beginning of the id that Claude Code printed
    pane: str | None = None  # where we opened it, as `adapters.system.tmux` names places

    @property
    def id(self) -> str:
        """The session's id; `pending:<launch id>` while that is unknown."""
        return self.session or f"pending:{self.launch}"


@dataclass(frozen=True, slots=True)
class KeptBranch:
    """A deleted branch: its commit, and its settings (`branch.<name>.<key>`) in order."""

    name: str
    commit: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptWorktree:
    """A worktree that was removed."""

    path: str
    head: str  # the commit that it was at
    branch: str | None  # None if it was detached


@dataclass(frozen=True, slots=True)
class Archive:
    """A fork that `clean` archived."""

    session: str
    file: str  # the folder that holds it
    transcript: str  # where its transcript was; empty if there never was one
    created: float
    node: Node
    branch: KeptBranch | None = None  # None if there was none, or it stayed; so is `worktree`
    worktree: KeptWorktree | None = None
    fork: Fork | None = None  # our own record of it, if we made it


@dataclass(frozen=True, slots=True)
class Landing:
    """What one run of `forksight land` merged into one branch."""

    id: str
    branch: str
    worktree: str  # where the branch was checked out
    before: str  # the commit that the branch was at; `after` is the one it is at now
    after: str
    forks: tuple[str, ...]  # the branches that were merged
    created: float
    # Shared by all that one run merged, into whichever branches; empty: nothing else was.
    together: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """A session's answer when it was asked for its findings."""

    session: str
    title: str  # the session's
    question: str | None  # what the person wanted to know; None for everything
    text: str  # Markdown
    created: float  # when it was asked
    tokens: Tokens  # what the answer cost


@dataclass(frozen=True)
class LedgerView:
    """The contents of the ledger at one moment."""

    baselines: tuple[Baseline, ...] = ()
    forks: tuple[Fork, ...] = ()
    archives: tuple[Archive, ...] = ()
    mutes: frozenset[str] = field(default=frozenset())
    # when sessions were last brought back, by their ids; in seconds since the epoch
    restored: Mapping[str, float] = field(default_factory=dict)
    # Claude Code's folder in which the transcript of a fork of ours was seen last, by session: accounts have their own
    folders: Mapping[str, str] = field(default_factory=dict)
    # sessions that a refresh made, or is making, and that are no generation
    attempts: frozenset[str] = field(default=frozenset())
    landings: tuple[Landing, ...] = ()  # in the order of time
    # the last findings that were taken of sessions, by session
    findings: Mapping[str, Findings] = field(default_factory=dict)
    unread: Problem | None = None  # why nothing could be read although there is something

    @cached_property
    def parents(self) -> dict[str, str]:
        """Fork's session id (or `pending:<launch id>`) -> the session that it was forked from."""
        return {fork.id: fork.parent for fork in self.forks}

    @cached_property
    def generations(self) -> dict[str, tuple[Baseline, Generation]]:
        """Session id -> the baseline and the generation that it holds."""
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
