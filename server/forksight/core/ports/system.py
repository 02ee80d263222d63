"""The ports to the operating system, and to whatever shows the progress of work."""

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
    """The directories that one subscriber watches. Thread-safe."""

    def replace(self, directories: Sequence[str]) -> Collection[str]:
        """Watch exactly these directories (not their subdirectories) from now on, the first ones first.

        Returns those that exist and can't be watched. To be called again when directories were added, removed or moved.
        """

    def catch_up(self) -> None:
        """Call `changed`, on this thread, with all events that the system has reported so far. Some may still arrive later."""

    def close(self) -> None:
        """Stop watching."""


class Watcher(Protocol):
    """Tells when something in a directory changes."""

    @property
    def capacity(self) -> int | None:
        """How many directories may be watched in total; None if there is no limit."""

    def subscribe(self, changed: Callable[[Sequence[FileEvent]], None]) -> Watch:
        """A new subscription, without directories. `changed` is called on the watcher's thread or by `catch_up`; it must be quick."""


class Files(Protocol):
    """File operations, mostly on new worktrees."""

    def exists(self, path: str) -> bool:
        """Whether anything exists at a path, including a dangling link; True also if that can't be checked."""

    def is_folder(self, path: str) -> bool:
        """Whether a path is a folder."""

    def is_empty(self, path: str) -> bool:
        """Whether a path is an empty folder."""

    def resolve(self, path: str) -> str:
        """The path with all links resolved. It need not exist."""

    def copy(self, source: str, target: str, paths: Sequence[str]) -> tuple[Problem, ...]:
        """Copy files (relative paths) between checkouts. Existing files stay, nothing is written outside of the target.

        A file that can't be copied is a problem; a full disk raises `ForksightError`. No file is ever left incomplete.
        """

    def linkable(self, source: str, folders: Sequence[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """Those folders that a checkout has, as normalised relative paths. What leads outside, or is no folder, is a problem."""

    def link(self, source: str, target: str, folders: Sequence[str]) -> tuple[Problem, ...]:
        """Link folders of one checkout into another. Existing files stay; problems and errors are those of `copy`."""

    def is_link(self, path: str) -> bool:
        """Whether a path is a symbolic link."""

    def set_up(self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """Run a person's shell command in a worktree. `output` gets each printed line; it is ended when `stopped` is true.

        Raises `ForksightError` if it fails or is stopped.
        """

    def run_tests(
        self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]
    ) -> None:
        """Like `set_up`, for the command that runs the person's tests."""


class Processes(Protocol):
    """The processes of this machine."""

    def end(self, pid: int, started: float, patience: float) -> bool:
        """Ask the process with this id and start time (seconds since the epoch) to end; whether it does within `patience` seconds.

        A process that has only the same id is left alone. Raises `PermissionError`.
        """

    def aside(self, work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        """Do work that only reads, in parallel to the context's body if the system allows it.

        Yields a function that waits for the result and raises what `work` raises. Changes that `work` makes in memory are lost.
        """


class Terminal(Protocol):
    """The terminal multiplexer that this process runs in, if any."""

    def available(self) -> bool:
        """Whether this process runs in one."""

    def open(self, launch: Launch) -> str:
        """Start Claude Code in a new window; returns the window's place, for `focus`. Raises `ForksightError`."""

    def focus(self, place: str) -> bool:
        """Bring the window at a place to the front; returns whether it still exists."""

    def place_of(self, pid: int) -> str | None:
        """The place in which a process runs, whoever opened it; None if that is in no multiplexer that answers."""

    def attach(self, place: str) -> tuple[str, ...] | None:
        """The command that attaches to a place that no terminal shows; None if one does, or if the place no longer exists."""

    def device_of(self, pid: int) -> str | None:
        """The terminal device of a process (`/dev/pts/3`); None if it has none."""


class Programs(Protocol):
    """Other programs that are installed."""

    def has(self, name: str) -> bool:
        """Whether a program is on PATH."""

    def run(self, command: Sequence[str], folder: str) -> str:
        """Run a program non-interactively in a folder; returns its last line of output. Raises `ForksightError` if it fails."""


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def awake(self) -> float:
        """Monotonic seconds, not counting sleep. If `now` advanced by more, the machine slept or its clock was set."""

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
        """The version of the claude binary at a path. Raises `ClaudeError`."""

    def try_watching(self, directories: Sequence[str]) -> Attempt:
        """Try to watch these directories as the server does, and stop again."""


class Progress(Protocol):
    """Shows the progress of long work, and tells it to stop."""

    def step(self, detail: str) -> None:
        """Show the step that is done now."""

    def output(self, line: str) -> None:
        """Log a line that a program printed."""

    def stopped(self) -> bool:
        """Whether the person cancelled it."""
