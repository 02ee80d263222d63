"""Claude Code sessions as values: what was read from transcripts, and the fork tree made of it. Times: seconds since the epoch."""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum

from forksight.core.frozen import dataclass
from forksight.core.problems import Problem

EARLIEST, LATEST = "1990", "2200"  # stamps: half-open
WORKTREE = "worktree:"  # how the id begins that stands for a worktree without a session


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the API billed, in tokens."""

    input: int = 0  # neither read from the cache nor written to it
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
        )

    @property
    def total(self) -> int:
        """All of them together."""
        return self.input + self.output + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of the conversation a session wrote itself, and how many came along when it was forked."""

    own: int = 0
    inherited: int = 0


class Evidence(StrEnum):
    """How a parent is known, strongest first."""

    LEDGER = "ledger"  # we made the fork
    FORKED_FROM = "forkedFrom"  # Claude Code wrote a pointer
    ROWS = "rows"  # concluded from what two transcripts share
    NONE = "none"


class State(StrEnum):
    """What a session does now. `core.sessions.wording` has the words for each."""

    LIVE_BUSY = "live-busy"  # works on a turn
    LIVE_WAITING = "live-waiting"  # stopped in the middle of a turn until a person decides something
    LIVE_IDLE = "live-idle"  # its turn is over: it waits for the next prompt
    IDLE = "idle"  # no process runs it
    PENDING = "pending"  # a fork that we made and that has no transcript yet
    ARCHIVED = "archived"
    ORPHANED = "orphaned"  # its worktree is gone

    @property
    def live(self) -> bool:
        """Whether a process runs it."""
        return self in (State.LIVE_BUSY, State.LIVE_WAITING, State.LIVE_IDLE)


@dataclass(frozen=True, slots=True)
class LiveProcess:
    """A running Claude Code and the session in it, as Claude Code's `sessions/<pid>.json` has them."""

    pid: int
    session: str
    cwd: str
    state: State  # one of the live ones
    waiting_for: str | None = None  # Claude Code's word for what a waiting session needs: "permission prompt"
    kind: str = "interactive"  # or "bg": in the background
    name: str | None = None
    started: float = 0.0  # when the process itself started, in seconds since the epoch
    checked: bool = True  # whether it was seen to run; one in another container can't be looked at


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a repository, as its transcript tells it."""

    id: str
    transcript: str  # the file's path
    title: str
    named: bool  # whether the title was given, not taken from the first prompt
    cwd: str  # where it last was
    branch: str | None  # on which it last was; None when detached or unknown
    parent: str | None  # the id of a session of the same repository, or one that the ledger names
    evidence: Evidence
    started: float  # its first own activity
    last_active: float
    modified: float  # the file's own time, which decides when Claude Code deletes it
    rows: Rows
    own: Tokens  # each message's tokens are the own ones of exactly one session of the repository
    inherited: Tokens
    spared: bool = False  # whether Claude Code never deletes it, however old: its desktop app wrote it
    said: str | None = None  # the last sentence of its own last answer
    edits: tuple[str, ...] = ()  # absolute paths outside the folder where it began that its own rows edited

    @property
    def companion(self) -> str:
        """The folder beside the transcript that belongs to the session; it need not exist."""
        return self.transcript.removesuffix(".jsonl")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sessions belong to a repository, and what is known of them from elsewhere. Sessions are ids."""

    common_dir: str
    worktrees: tuple[str, ...]  # the paths of the checkouts there are
    past: tuple[str, ...] = ()  # paths that were checkouts once
    # By fork: the session that the ledger says it was made from.
    parents: Mapping[str, str] = field(default_factory=dict)
    sessions: Collection[str] = ()  # those that belong here wherever their transcripts lie


@dataclass(frozen=True, slots=True)
class FailedTool:
    """A tool call that failed."""

    row: int  # line in the transcript, counted from 1
    tool: str
    size: int  # characters of the error text


@dataclass(frozen=True, slots=True)
class Edit:
    """A tool call that changed a file."""

    row: int  # line in the transcript, counted from 1
    tool: str
    path: str
    moment: float = 0.0  # when it was called; 0 if the transcript does not say


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command that the session ran."""

    row: int  # line in the transcript, counted from 1
    text: str
    moment: float  # when it was called; 0 if the transcript does not say
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person or the model said."""

    text: str
    moment: float  # 0 if the transcript does not say


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in a session, inherited rows included: that is what a fork of it would know."""

    files_read: Mapping[str, float] = field(default_factory=dict)  # by absolute path: when it was last read
    prompts: int = 0
    tool_calls: int = 0
    failed: tuple[FailedTool, ...] = ()
    edits: tuple[Edit, ...] = ()
    compactions: tuple[int, ...] = ()  # lines in the transcript, counted from 1
    text: int = 0  # characters of all tool results
    error_text: int = 0  # characters of the failed ones
    commands: tuple[Command, ...] = ()  # those that have ended
    first_prompt: str | None = None
    asked: tuple[Said, ...] = ()  # the prompts
    answer: Said | None = None  # the last text of the model
    headless: bool = False  # whether it began without a terminal or an editor (`claude -p`)


@dataclass(frozen=True, slots=True)
class Mark:
    """The generation of a baseline that a session holds."""

    name: str  # the baseline's
    generation: int
    current: bool  # forks are made from it now


@dataclass(frozen=True, slots=True)
class EditsElsewhere:
    """What a session edited in a worktree that is not its own, as its transcript tells it."""

    worktree: str  # its path
    paths: tuple[str, ...]  # relative to that worktree, sorted


@dataclass(frozen=True, slots=True)
class Node:
    """One session in the fork tree. A pending fork has no transcript, no rows and no tokens yet."""

    id: str
    title: str
    parent: str | None  # its id; that session need not be in the tree
    evidence: Evidence
    state: State
    worktree: str | None  # a path, existing unless `state` is orphaned
    branch: str | None
    started: float
    last_active: float
    rows: Rows = Rows()
    own: Tokens = Tokens()
    inherited: Tokens = Tokens()
    baseline: Mark | None = None
    attempt: bool = False  # a refresh made it, and it is no generation of a baseline (yet)
    findings: float | None = None  # when it was last asked what it had found; None: never
    live: LiveProcess | None = None  # what runs it
    transcript_missing: bool = False  # it had a transcript, which is not in Claude Code's folder
    session: Session | None = None  # its transcript's facts; None without a transcript
    elsewhere: tuple[EditsElsewhere, ...] = ()  # by worktree


@dataclass(frozen=True, slots=True)
class ForkTree:
    """All sessions of one repository."""

    repository: str  # its git common dir
    nodes: tuple[Node, ...] = ()  # parents before their forks, otherwise oldest first
    problems: tuple[Problem, ...] = ()


def is_worktree(identity: str) -> bool:
    """Whether an id is that of a worktree without a session, not of a session."""
    return identity.startswith(WORKTREE)


def seconds(stamp: str) -> float | None:
    """The seconds since the epoch of an ISO 8601 stamp as transcripts have them; None for any other text.

    A stamp without an offset is taken as UTC. A year that no session can be from is no time either: not every system and
    time zone can show the first and the last ones.
    """
    if not EARLIEST <= stamp < LATEST:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def stamp(moment: float) -> str:
    """A time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
