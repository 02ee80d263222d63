"""Copies files and links folders into a new worktree, and runs the person's set-up command in it."""

import errno
import os
import re
import selectors
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.held_folder import held, parent_of
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.problems import ForksightError, Problem

_FULL = (errno.ENOSPC, errno.EDQUOT)
_STAGING = ".forksight-copying"  # in the worktree: files are copied there, and moved to their place when they are whole
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_POLL = 0.2  # seconds between two questions whether a running command shall stop
_LONGEST_LINE = 65_536  # bytes: what is longer is handed on in pieces
_LONGEST_QUOTE = 200  # characters of a command's last line in the sentence that says it failed
# Colours, titles and so on.
_CONTROL_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")


class DiskFiles:
    """The disk (`core.ports.system.Files`)."""

    def exists(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        return not is_absent(path)

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
        """See `core.ports.system.Files`. If it is killed, the next run removes incomplete files."""
        problems = []
        staging = os.path.join(target, _STAGING)
        shutil.rmtree(staging, ignore_errors=True)
        try:
            for path in paths:
                copied = os.path.join(target, path)
                try:
                    if not os.path.lexists(copied):
                        with _unless_full(copied), held(target) as worktree:
                            _copy(os.path.join(source, path), path, worktree)
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
                    with _unless_full(link), held(target) as worktree, parent_of(worktree, folder) as (parent, name):
                        os.symlink(os.path.join(source, folder), name, target_is_directory=True, dir_fd=parent)
                except OSError as error:
                    message = f"{link} could not be linked ({error.strerror})."
                    problems = (*problems, Problem("not-linked", message, link))
        return problems

    def is_link(self, path: str) -> bool:
        """See `core.ports.system.Files`."""
        return os.path.islink(path)

    def set_up(self, command: str, worktree: str, output: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """See `core.ports.system.Files`. The command is the person's own shell line; its output goes to `output`."""
        fix = "correct it, or change the setting forksight.worktree.setup"
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
    """Run a shell line until it ends. If it fails, raises `failure` with the status and the last line of output added."""
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
    """Pass on a process's output until it ends; returns its last line. Daemons that it leaves behind are not waited for."""
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
    """A line as a terminal would finally show it: without colours, and of a progress bar only the last state."""
    text = _CONTROL_SEQUENCES.sub("", line.decode("utf-8", "replace"))
    return text.rstrip("\r").rpartition("\r")[2]


def _copy(original: str, path: str, worktree: int) -> None:
    """Copy one file atomically to a path in a held worktree, unless something exists there. Raises `OSError`."""
    with parent_of(worktree, f"{_STAGING}/file") as (staging, whole):
        with suppress(FileExistsError), open(os.open(".gitignore", _NEW, 0o666, dir_fd=staging), "w") as ignore:
            ignore.write("*\n")  # then it is no work that could be lost
        try:
            _write_copy(original, staging, whole)
            with parent_of(worktree, path) as (folder, name):
                if not _is_there(folder, name):
                    os.rename(whole, name, src_dir_fd=staging, dst_dir_fd=folder)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(whole, dir_fd=staging)


def _write_copy(original: str, folder: int, name: str) -> None:
    """Copy a file with its mode and times, or a link, into a held folder. Raises OSError."""
    if os.path.islink(original):
        os.symlink(os.readlink(original), name, dir_fd=folder)
        return
    with open_regular(original, follow=False) as source, open(os.open(name, _NEW, 0o600, dir_fd=folder), "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        facts = os.fstat(source.fileno())
        os.fchmod(copy.fileno(), stat.S_IMODE(facts.st_mode))
        os.utime(copy.fileno(), ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _unless_full(path: str) -> Iterator[None]:
    """A context manager that turns the `OSError` of a full disk into a `ForksightError`, since all further writes would fail too."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ForksightError(
                f"{path} could not be made ({error.strerror})", fix="free some space and try again", code="disk-full"
            ) from error
        raise
