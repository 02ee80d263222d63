"""What the features ask of the operating system and of who shows their progress, as protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager

    from forksight.core.claude.launch import Launch
    from forksight.core.git.watching import Attempt, FileEvent
    from forksight.core.problems import Problem

T = TypeVar("T")


class Watch(Protocol):
    """One subscriber's directories. Every method may be called from any thread."""

    def replace(self, directories: Sequence[str]) -> Collection[str]:
        """Watch these directories (not what lies below them) from now on and no others, the first ones first.

        Those that exist and can't be watched come back. Call it again when directories came, went or moved.
        """

    def catch_up(self) -> None:
        """Have `changed` called, on this thread, with all that the system has told so far. It may tell of a change later."""

    def close(self) -> None:
        """Watch nothing any more."""


class Watcher(Protocol):
    """Tells when something in a directory changes."""

    @property
    def capacity(self) -> int | None:
        """How many directories may be watched in all; None if that does not matter here."""

    def subscribe(self, changed: Callable[[Sequence[FileEvent]], None]) -> Watch:
        """A subscriber that watches nothing yet. `changed` is called on the watcher's thread, or by `catch_up`, and must be quick."""


class Files(Protocol):
    """What is done to a new worktree besides git."""

    def exists(self, path: str) -> bool:
        """Whether anything is there, a dangling link included, or nobody can look."""

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""

    def is_empty(self, path: str) -> bool:
        """Whether an empty folder is there."""

    def resolve(self, path: str) -> str:
        """The path without links; it need not exist."""

    def copy(self, source: str, target: str, paths: Sequence[str]) -> tuple[Problem, ...]:
        """Copy files from one checkout to another; what is there stays, nothing is written outside the target.

        A file that can't be copied is a problem; a full disk raises `ForksightError`. No file is there in part.
        """

    def linkable(self, source: str, folders: Sequence[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The folders among these that a checkout has, as tidy relative paths; a problem for each that leads out of the repository or is no folder."""

    def link(self, source: str, target: str, folders: Sequence[str]) -> tuple[Problem, ...]:
        """Link folders of one checkout into another; what is there stays. Problems and errors are those of `copy`."""

    def is_link(self, path: str) -> bool:
        """Whether a symbolic link is there."""

    def set_up(self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """Run a person's shell command in a worktree. `output` gets each line that it prints, `stopped` says whether to end it. Raises `ForksightError` if it fails or is stopped."""

    def run_tests(
        self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]
    ) -> None:
        """Like `set_up`, for the command that runs the person's tests."""


class Processes(Protocol):
    """The processes of this machine."""

    def end(self, pid: int, started: float, patience: float) -> bool:
        """Ask the process with this id that started then (seconds since the epoch) to end, and no other; whether it is gone
        after `patience` seconds. Raises `PermissionError` where it may not be asked.
        """

    def aside(self, work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        """Do work that only reads beside the body of the context, if the system lets us; what waits for its result.

        That raises what `work` does. Nothing that `work` remembers is known afterwards.
        """


class Terminal(Protocol):
    """The terminal multiplexer that we run in, if any."""

    def available(self) -> bool:
        """Whether there is one."""

    def open(self, launch: Launch) -> str:
        """Start it in a new window; the place, for `focus`. Raises `ForksightError`."""

    def focus(self, place: str) -> bool:
        """Bring the window at a place to the front; whether it is still there."""

    def place_of(self, pid: int) -> str | None:
        """The place that a process runs in, whoever opened it; None if it is in no multiplexer that answers."""

    def attach(self, place: str) -> tuple[str, ...] | None:
        """The command that shows a place which no terminal shows now; None if one does, or if it is not there any more."""

    def device_of(self, pid: int) -> str | None:
        """The terminal that a process runs in (`/dev/pts/3`); None if it has none."""


class Programs(Protocol):
    """Other programs that the person has installed."""

    def has(self, name: str) -> bool:
        """Whether a program is on PATH."""

    def run(self, command: Sequence[str], folder: str) -> str:
        """Run one in a folder, without anybody to ask; the last line that it printed. Raises `ForksightError` if it fails."""


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def awake(self) -> float:
        """Seconds that the machine was awake since some moment: where `now` went on by more, it slept, or the clock was set."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Machine(Protocol):
    """This machine."""

    @property
    def home(self) -> str:
        """The person's home folder."""

    def git_version(self) -> str:
        """Git's version. Raises `GitError` if it is missing or too old."""

    def claude_version(self, path: str) -> str:
        """What the claude binary at a path calls itself. Raises `ClaudeError`."""

    def try_watching(self, directories: Sequence[str]) -> Attempt:
        """Watch these directories as the server does, and stop again."""


class Progress(Protocol):
    """How long work tells what it is at, and learns that it shall stop."""

    def step(self, detail: str) -> None:
        """What is done now."""

    def output(self, line: str) -> None:
        """What a program that was run printed: for the log."""

    def stopped(self) -> bool:
        """Whether the person cancelled it."""
