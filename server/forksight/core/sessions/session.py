"""Claude Code sessions as values: what their transcripts say, and the fork tree made of them. Times are seconds since the epoch."""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum

from forksight.core.frozen import dataclass
from forksight.core.problems import Problem

EARLIEST, LATEST = "1990", "2200"  # ISO 8601 stamps outside of this half-open range are invalid
WORKTREE = "worktree:"  # the prefix of an id that stands for a worktree without a session


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
    """How many rows of its conversation a session wrote itself, and how many were copied from its parent."""

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

    LIVE_BUSY = "live-busy"  # working on a turn
    LIVE_WAITING = "live-waiting"  # in the middle of a turn, waiting for a person's decision
    LIVE_IDLE = "live-idle"  # waiting for the next prompt
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
    """A running Claude Code process and its session, from Claude Code's `sessions/<pid>.json`."""

    pid: int
    session: str
    cwd: str
    state: State  # LIVE_BUSY, LIVE_WAITING or LIVE_IDLE
    waiting_for: str | None = None  # Claude Code's `waitingFor`, such as "permission prompt"
    kind: str = "interactive"  # or "bg": in the background
    name: str | None = None
    started: float = 0.0  # when the process itself started
    checked: bool = True  # False if nobody could check that it runs, as for a process in another container


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a repository, as read from its transcript."""

    id: str
    transcript: str  # the transcript's path
    title: str
    named: bool  # True if the title was given; False if it was made of the first prompt
    cwd: str  # its last working directory
    branch: str | None  # its last branch; None when detached or unknown
    parent: str | None  # the id of a session of the same repository, or one that the ledger names
    evidence: Evidence
    started: float  # its first own activity
    last_active: float
    modified: float  # the transcript's mtime, by which Claude Code decides when to delete it
    rows: Rows
    own: Tokens  # what the session paid: each message counts as own in exactly one session of a repository
    inherited: Tokens
    exempt_from_cleanup: bool = False  # True if Claude Code never deletes it, because its desktop app wrote it
    last_sentence: str | None = None  # the last sentence of its own last answer
    edits: tuple[str, ...] = ()  # absolute paths outside of its first directory that its own rows edited

    @property
    def companion(self) -> str:
        """The path of the session's companion folder, beside the transcript. It need not exist."""
        return self.transcript.removesuffix(".jsonl")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sessions belong to a repository, and what the ledger knows of them. Sessions are given by id."""

    common_dir: str
    worktrees: tuple[str, ...]  # the paths of the existing checkouts
    past: tuple[str, ...] = ()  # paths of former checkouts
    # Fork -> the session that the ledger says it was forked from.
    parents: Mapping[str, str] = field(default_factory=dict)
    sessions: Collection[str] = ()  # sessions that belong to the repository wherever their transcripts lie


@dataclass(frozen=True, slots=True)
class FailedTool:
    """A tool call that failed."""

    row: int  # the transcript's line, 1-based
    tool: str
    size: int  # characters of the error text


@dataclass(frozen=True, slots=True)
class Edit:
    """A tool call that changed a file."""

    row: int  # the transcript's line, 1-based
    tool: str
    path: str  # absolute
    moment: float = 0.0  # when the tool was called; 0 if unknown


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command that the session ran."""

    row: int  # the transcript's line, 1-based
    text: str
    moment: float  # when it was called; 0 if unknown
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A prompt of a person, or an answer of the model."""

    text: str
    moment: float  # 0 if unknown


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in a session, inherited rows included: what a fork of it would know."""

    files_read: Mapping[str, float] = field(default_factory=dict)  # absolute path -> when it was last read
    prompts: tuple[Message, ...] = ()
    tool_calls: int = 0
    failed: tuple[FailedTool, ...] = ()
    edits: tuple[Edit, ...] = ()
    compactions: tuple[int, ...] = ()  # the transcript's lines, 1-based
    text: int = 0  # characters of all tool results
    error_text: int = 0  # characters of the results of failed calls
    commands: tuple[Command, ...] = ()  # only those that have ended
    answer: Message | None = None  # the last answer with text
    headless: bool = False  # True if it began without a terminal or an editor (`claude -p`)

    @property
    def first_prompt(self) -> str | None:
        """The text of the first prompt; None without one."""
        return self.prompts[0].text if self.prompts else None


@dataclass(frozen=True, slots=True)
class Mark:
    """The generation of a baseline that a session holds."""

    name: str  # the baseline's name
    generation: int  # counted from 1
    current: bool  # True if forks are made from this generation


@dataclass(frozen=True, slots=True)
class EditsElsewhere:
    """What a session edited in a worktree that is not its own, according to its transcript."""

    worktree: str  # its path
    paths: tuple[str, ...]  # relative to that worktree, sorted


@dataclass(frozen=True, slots=True)
class Node:
    """One session in the fork tree. A pending fork has no transcript, no rows and no tokens yet."""

    id: str
    title: str
    parent: str | None  # the parent's id; that session need not be in the tree
    evidence: Evidence
    state: State
    worktree: str | None  # the path; it exists unless `state` is ORPHANED
    branch: str | None
    started: float
    last_active: float
    rows: Rows = Rows()
    own: Tokens = Tokens()
    inherited: Tokens = Tokens()
    baseline: Mark | None = None
    attempt: bool = False  # True if a refresh made it and it is not (yet) a generation of a baseline
    findings: float | None = None  # when its findings were last taken; None: never
    live: LiveProcess | None = None  # the process that runs it
    transcript_missing: bool = False  # True if it had a transcript that is no longer in Claude Code's folder
    session: Session | None = None  # None without a transcript
    elsewhere: tuple[EditsElsewhere, ...] = ()  # one for each other worktree in which it edited files


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
    """The time of an ISO 8601 stamp, in seconds since the epoch; None for any other text.

    A stamp without an offset is taken as UTC. Years outside of `EARLIEST` to `LATEST` are refused: some systems and time zones
    can't represent the extreme ones.
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
