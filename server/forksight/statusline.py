"""`forksight statusline`: one line from the JSON that Claude Code writes to standard input. Whatever happens, it exits with 0.

Claude Code runs it at each message, and waits for it. So it wires its one adapter itself, imports nothing that takes time,
and reads what a resident process or a language server keeps. Where none runs, it has a process of its own look, waits for
that as long as nobody notices, and ends the line with "…" if it is not done by then: the next line has it.
"""

import os
import sys
import time

from forksight.adapters.store.status_files import StatusFiles, cache_folder, head_of, parse_json, worktree_of
from forksight.core.agents.status_line import line, segments

_PATIENCE = 0.06  # seconds to wait for a process that looks
_FRESH = 1.0  # seconds in which what such a process found is as good as new
_SHARE = 5  # a process looks again once this many times the time that it took have passed
_LARGEST = 16 << 20  # bytes of what Claude Code tells that are read
_OWN = 0.8  # of the time in which nobody else looks a process gives up by itself, and after
_LAST = 0.9  # of it the system ends it


def run(arguments: list[str], cwd: str | None = None) -> None:
    """Print the line. `arguments`: none, or `--first COMMAND`, whose output comes first. `cwd` counts for what the input says."""
    try:
        data = _input()
        if arguments:
            _write(_output(arguments[1], data))
        text = _line(data, cwd)
    except Exception as error:  # noqa: BLE001 - a status line must not fail
        _write(f"forksight: no status line ({type(error).__name__}: {error})\n".encode(errors="replace"), 2)
        text = ""
    _write(f"{text}\n".encode(errors="replace"))


def _input() -> bytes:
    """What Claude Code tells; nothing from a terminal, and where there is no input at all."""
    try:
        return b"" if os.isatty(0) else _read(0, _LARGEST)
    except OSError:
        return b""


def _line(data: bytes, cwd: str | None) -> str:
    place, session = _place(data)
    worktree = worktree_of(cwd or place)
    if worktree is None:
        return ""
    files = StatusFiles(cache_folder(os.environ))
    kept, current = files.read(worktree)
    if not current:
        kept, current = _look(files, worktree, kept)
    columns = os.environ.get("COLUMNS", "")
    return line(
        segments(kept, session),
        more=not current,
        columns=int(columns) if columns.isdecimal() and int(columns) else None,
        colours=not os.environ.get("NO_COLOR"),
    )


def _place(data: bytes) -> tuple[str, str]:
    """Where the session works, and its id; this process' own folder if the input does not tell."""
    try:
        fields = parse_json(data.decode("utf-8", "surrogateescape"))
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    workspace, session = fields.get("workspace"), fields.get("session_id")
    places = [workspace.get("current_dir") if isinstance(workspace, dict) else None, fields.get("cwd")]
    cwd = next((path for path in places if isinstance(path, str) and path.startswith("/") and "\0" not in path), "")
    return cwd or os.getcwd(), session if isinstance(session, str) else ""


def _look(files: StatusFiles, worktree: str, kept: dict[str, object]) -> tuple[dict[str, object], bool]:
    """What there is to know where nobody keeps it, and whether it is current."""
    before = files.renewed(worktree)
    age, took = abs(time.time() - before), kept.get("took")  # the clock may have been set back
    if kept and age < _FRESH:
        return kept, True
    if not kept or not isinstance(took, float) or age > took * _SHARE:
        _start_looking(files, worktree)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        time.sleep(0.005)
        if files.renewed(worktree) not in (before, 0.0):
            return files.read(worktree)[0], True
    branch = head_of(worktree)
    if branch is not None and not (branch.isascii() and branch.isprintable()):
        from forksight.core.words.terminal import printable  # its patterns take long to load

        branch = printable(branch)
    return {**kept, "branch": branch} if branch else kept, False


def _start_looking(files: StatusFiles, worktree: str) -> None:
    """Have a process of its own keep the status of a worktree once, unless one does; it outlives this one."""
    reserved = files.reserve(worktree)
    if reserved is None:
        return
    lock, seconds = reserved
    if os.fork():
        os.close(lock)
        return
    try:
        os.setsid()
        _end_after(seconds * _LAST)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        # -P: what lies in the folder that this runs in is not to be imported
        command = [sys.executable, "-P", "-m", "forksight", "-C", worktree, "statusline"]
        os.execv(sys.executable, [*command, "--keep", str(lock), "--within", str(seconds * _OWN)])  # noqa: S606
    finally:
        os._exit(0)


def _end_after(seconds: float) -> None:
    """Have the system end this process, and what it becomes, whatever it waits for then."""
    import signal

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _output(command: str, data: bytes) -> bytes:
    """What a shell command prints that is given `data`, ending with a line break unless it is empty."""
    to_command, from_command = os.pipe(), os.pipe()
    if not os.fork():
        try:
            os.dup2(to_command[0], 0)
            os.dup2(from_command[1], 1)
            os.execv("/bin/sh", ["sh", "-c", command])  # noqa: S606 - the person's own status line
        finally:
            os._exit(127)
    os.close(to_command[0])
    os.close(from_command[1])
    if not os.fork():  # whoever writes may be kept waiting
        try:
            os.close(from_command[0])
            _write(data, to_command[1])
        finally:
            os._exit(0)
    os.close(to_command[1])
    output = _read(from_command[0])
    return output if not output or output.endswith(b"\n") else output + b"\n"


def _read(stream: int, most: float = float("inf")) -> bytes:
    """All that comes, or a little more than so many bytes of it."""
    data = b""
    while len(data) <= most and (block := os.read(stream, 65536)):
        data += block
    return data


def _write(data: bytes, stream: int = 1) -> None:
    try:
        while data:
            data = data[os.write(stream, data) :]
    except OSError:
        pass  # Claude Code does not wait any more
