"""What is done to a new worktree besides git: files copied, folders linked, the person's set-up command run."""

import errno
import os
import re
import selectors
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from forksight.core.problems import ForksightError, Problem

_FULL = (errno.ENOSPC, errno.EDQUOT)
_STAGING = ".forksight-copying"  # in the worktree: files are copied there, and moved to their place when they are whole
_POLL = 0.2  # seconds between two questions whether a running command shall stop
_LONGEST_LINE = 65_536  # bytes: what is longer is handed on in pieces
_LONGEST_QUOTE = 200  # characters of a command's last line in the sentence that says it failed
_CONTROL_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)  # colours, titles, …


class DiskFiles:
    """The disk (`core.ports.system.Files`)."""

    def exists(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        return os.path.lexists(path)

    def is_folder(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        return os.path.isdir(path)

    def is_empty(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        with suppress(OSError), os.scandir(path) as entries:
            return next(entries, None) is None
        return False

    def resolve(self, path: str) -> str:
        """See `core.ports.system.Files`."""
        return os.path.realpath(path)

    def copy(self, source: str, target: str, paths: Sequence[str]) -> tuple[Problem, ...]:
        """See `core.ports.system.Files`. No file is ever there in part: killed, the next run clears what was begun."""
        problems = []
        staging = os.path.join(target, _STAGING)
        shutil.rmtree(staging, ignore_errors=True)
        try:
            for path in paths:
                copied = os.path.join(target, path)
                try:
                    with _unless_full(copied):
                        _copy(os.path.join(source, path), copied, target, staging)
                except FileNotFoundError:
                    continue  # gone since it was listed
                except OSError as error:
                    text = f"{path} was not copied into {target} ({error.strerror}): copy it yourself if you need it."
                    problems.append(Problem("not-copied", text, copied))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return tuple(problems)

    def linkable(self, source: str, folders: Sequence[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """See `core.ports.system.Files`."""
        linkable, problems = [], []
        for name in folders:
            folder = os.path.normpath(name)
            if os.path.isabs(name) or folder.split(os.sep)[0] in ("..", ".", ".git"):
                text = f"`{name}` in Claude Code's setting worktree.symlinkDirectories is no folder in the repository: not linked."
                problems.append(Problem("not-linked", text, os.path.join(source, folder)))
            elif os.path.isdir(os.path.join(source, folder)):
                linkable.append(folder)
        return tuple(dict.fromkeys(linkable)), tuple(problems)

    def link(self, source: str, target: str, folders: Sequence[str]) -> tuple[Problem, ...]:
        """See `core.ports.system.Files`."""
        linkable, problems = self.linkable(source, folders)
        for folder in linkable:
            link = os.path.join(target, folder)
            if not os.path.lexists(link):
                try:
                    with _unless_full(link):
                        _make_room(link, target)
                        os.symlink(os.path.join(source, folder), link, target_is_directory=True)
                except OSError as error:
                    message = f"{link} could not be linked ({error.strerror})."
                    problems = (*problems, Problem("not-linked", message, link))
        return problems

    def is_link(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        return os.path.islink(path)

    def set_up(self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """See `core.ports.system.Files`. The command is the person's own shell line; its output goes to `output`."""
        fix = "mend it, or change the setting forksight.worktree.setup"
        _run_shell(
            command, worktree, output, stopped, ForksightError("the set-up command", fix=fix, code="setup-failed")
        )

    def run_tests(
        self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]
    ) -> None:
        """See `core.ports.system.Files`."""
        fix = "mend that, then land it again"
        _run_shell(command, worktree, output, stopped, ForksightError("the test command", fix=fix, code="tests-failed"))


def _run_shell(
    command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool], failure: ForksightError
) -> None:
    """Run a shell line until it ends. Raises `failure`, completed, if it fails."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=worktree,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that all it started can be ended with it
    )
    try:
        last = _follow(process, output, stopped)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        assert process.stdout is not None
        process.stdout.close()
    if process.returncode != 0:
        quote = f": {last[:_LONGEST_QUOTE]}{'…' if len(last) > _LONGEST_QUOTE else ''}" if last else ""
        status = process.returncode
        ending = f"with exit status {status}" if status > 0 else f"(killed by signal {-status})"
        raise ForksightError(
            f"{failure} `{command}` failed in {worktree} {ending}{quote}", fix=failure.fix, code=failure.code
        )


def _follow(process: "subprocess.Popen[bytes]", output: Callable[[str], None], stopped: Callable[[], bool]) -> str:
    """Hand on what a process prints until it ends; its last line. A daemon that it leaves behind is not waited for."""
    assert process.stdout is not None
    last, rest, open_ = "", b"", True
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while open_:
            if stopped():
                raise ForksightError("the set-up command was stopped", code="stopped")
            ended = process.poll() is not None
            ready = selector.select(_POLL)
            data = os.read(process.stdout.fileno(), 65_536) if ready else b""
            open_ = bool(data) or (not ready and not ended)
            *lines, rest = (rest + data).split(b"\n")
            if rest and (not open_ or len(rest) >= _LONGEST_LINE):
                lines, rest = [*lines, rest], b""
            for line in lines:
                text = _shown(line)
                output(text)
                last = text.strip() or last
    process.wait()
    return last


def _shown(line: bytes) -> str:
    """What a terminal would show of a line in the end: without colours, and of a progress bar its last state."""
    text = _CONTROL_SEQUENCES.sub("", line.decode("utf-8", "replace"))
    return text.rstrip("\r").rpartition("\r")[2]


def _inside(top: str, folder: str) -> bool:
    """Whether a folder that need not exist yet really lies in another, links followed."""
    return os.path.join(os.path.realpath(folder), "").startswith(os.path.join(os.path.realpath(top), ""))


def _copy(original: str, copied: str, target: str, staging: str) -> None:
    """Copy one file into a worktree, whole or not at all, unless something is there. Raises OSError."""
    if os.path.lexists(copied):
        return
    if not os.path.isdir(staging):
        os.mkdir(staging)
        with open(os.path.join(staging, ".gitignore"), "w") as ignore:  # then it is no work that could be lost
            ignore.write("*\n")
    whole = os.path.join(staging, "file")
    try:
        shutil.copy2(original, whole, follow_symlinks=False)
        _make_room(copied, target)
        os.rename(whole, copied)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(whole)


def _make_room(path: str, top: str) -> None:
    """Make the folder that a path is in. Raises OSError, also if that would be outside of `top`."""
    folder = os.path.dirname(path)
    if not _inside(top, folder):
        raise OSError(0, "a link leads out of the worktree")
    os.makedirs(folder, exist_ok=True)


@contextmanager
def _unless_full(path: str) -> Iterator[None]:
    """Turn a full disk into the error that it is for all that is still to come. Other OSErrors are the caller's."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ForksightError(
                f"{path} could not be made ({error.strerror})", fix="free some space and try again", code="disk-full"
            ) from error
        raise
