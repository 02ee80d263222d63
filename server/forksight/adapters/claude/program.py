"""The only place that starts Claude Code: finding the binary, its version, print runs, background sessions."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import orjson

from forksight.adapters.claude import settings as claude_settings
from forksight.adapters.claude.files import config_dir
from forksight.core.claude import launch as launches
from forksight.core.claude.background import Agent
from forksight.core.claude.launch import OUTER_SESSION, Launch, Program
from forksight.core.claude.settings import ClaudeSettings
from forksight.core.problems import ClaudeError, Problem

_VERSION_TIMEOUT = 30.0  # seconds; it takes an instant on an idle machine
_TIMEOUT = 60.0  # seconds, for all other calls but print runs; `agents` takes 0.5 s
_INSTALLERS = ("~/.local/bin/claude", "~/.claude/local/claude")  # where Claude Code's own installers put it


class InstalledClaude:
    """The installed Claude Code (`core.ports.claude.ClaudeCode`)."""

    def __init__(self, configured: str, extra_args: tuple[str, ...], environ: Mapping[str, str] = os.environ) -> None:
        """`configured` is the binary's path or name as set by the user (`forksight.claude.path`)."""
        self._configured = configured
        self._extra_args = extra_args
        self._environ = environ
        self._own_config = environ.get("CLAUDE_CONFIG_DIR") or None
        self.config_dir = config_dir(environ)
        self.projects = os.path.join(self.config_dir, "projects")

    def program(self) -> Program:
        """The binary, and the arguments and the configuration folder of every start. Raises `ClaudeError` without a binary."""
        path = find(self._configured, self._environ)
        return Program(path, self._extra_args, self.config_dir if self._own_config else None)

    def settings(self, project: str) -> tuple[ClaudeSettings, tuple[Problem, ...]]:
        """See `core.ports.claude.ClaudeCode`."""
        return claude_settings.read(self.config_dir, project)

    def start_in_background(self, launch: Launch) -> str | None:
        """See `start_in_background`."""
        return start_in_background(launch)

    def run_headless(self, launch: Launch) -> AbstractContextManager["PrintRun"]:
        """See `print_run`."""
        return print_run(launch.argv, cwd=launch.cwd, env=launch.env)

    def rename(self, session: str, title: str, cwd: str) -> None:
        """See `rename`."""
        rename(self.program(), session, title, cwd)

    def agents(self) -> tuple[Agent, ...]:
        """See `agents`."""
        program = self.program()
        return agents(program.path, program.environment())


def find(configured: str = "claude", environ: Mapping[str, str] = os.environ) -> str:
    """The absolute path of the claude binary: of FORKSIGHT_CLAUDE, else of `configured`. Raises `ClaudeError` without one.

    A name is looked up on PATH. `claude` is also looked up where its installers put it, since an editor's PATH is often short.
    """
    source, binary = " (from FORKSIGHT_CLAUDE)", environ.get("FORKSIGHT_CLAUDE", "")
    if not binary:
        source, binary = " (from the setting forksight.claude.path)" if configured != "claude" else "", configured
    names = [binary, *(_INSTALLERS if binary == "claude" else ())]
    for name in names:
        path: str | None = shutil.which(os.path.expanduser(name), path=environ.get("PATH"))
        if path is not None:
            return os.path.abspath(path)
    raise ClaudeError(
        f"no claude binary: `{binary}` {'is no program' if os.sep in binary else 'is not on PATH'}{source}",
        fix="install Claude Code, or set FORKSIGHT_CLAUDE to the path of its binary",
        code="claude-missing",
    )


def version(path: str) -> str:
    """The version that `claude --version` prints, for example `2.1.330`. Raises `ClaudeError`."""
    output = run([path, "--version"], cwd=os.path.expanduser("~"), env={}, timeout=_VERSION_TIMEOUT)
    return output.split(" ")[0].strip()


def start_in_background(launch: Launch) -> str | None:
    """Start a background session; returns the first 8 digits of its id, as Claude Code prints them, or None if it does not.

    Raises `ClaudeError` if Claude Code fails; with code `claude-timeout` the session may be running nevertheless.
    """
    output = run(launch.argv, cwd=launch.cwd, env=launch.env)
    match = re.search(r"backgrounded\W+([0-9a-f]{8})\b", output)
    return match[1] if match else None


def agents(path: str, env: Mapping[str, str | None]) -> tuple[Agent, ...]:
    """The background and live sessions that `claude agents` lists. Raises `ClaudeError`, also if its output is no JSON."""
    output = run([path, "agents", "--json", "--all"], cwd=os.path.expanduser("~"), env=env)
    try:
        rows = orjson.loads(output)
    except orjson.JSONDecodeError:
        raise ClaudeError("`claude agents --json` did not answer with JSON", fix="update Claude Code") from None
    return tuple(_agent(row) for row in rows if isinstance(row, dict) and isinstance(row.get("sessionId"), str))


def rename(program: Program, session: str, title: str, cwd: str) -> None:
    """Have Claude Code rename a session. Raises `ClaudeError` if it fails. A session that runs in the background keeps its title."""
    argv, request = launches.rename(program, session=session, title=title)
    output = run(argv, cwd=cwd, env=program.environment(), stdin=request.encode())
    rows = [_object(line) for line in output.splitlines()]
    answers = [row["response"] for row in rows if isinstance(row.get("response"), dict)]
    if not any(answer.get("subtype") == "success" for answer in answers):
        reason = next(
            (str(answer["error"]) for answer in answers if "error" in answer), "this version does not know how"
        )
        raise ClaudeError(f"claude did not rename the session: {reason}", fix="type /rename in it")


def _object(line: str) -> dict[str, Any]:
    """The JSON object in a line; an empty one if the line is anything else."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return row if isinstance(row, dict) else {}


@dataclass
class PrintRun:
    """A headless run in progress (`claude -p --output-format stream-json --verbose …`)."""

    _process: "subprocess.Popen[bytes]"

    def events(self) -> Iterator[dict[str, Any]]:
        """The run's events (types system, assistant, user, result), as they arrive. Lines that are no JSON objects are left out."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(event, dict):
                yield event

    def cancel(self) -> None:
        """End the run, from any thread; `events` then ends, too."""
        if self._process.poll() is None:
            self._process.terminate()


@contextmanager
def print_run(argv: Sequence[str], *, cwd: str, env: Mapping[str, str | None]) -> Iterator[PrintRun]:
    """Runs Claude Code headless during the block and ends it then.

    Raises `ClaudeError` after the block if Claude Code failed; an exception of the block itself is passed on instead.
    """
    with tempfile.TemporaryFile() as errors:
        process = _start(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=errors)
        try:
            yield PrintRun(process)
            status = process.wait(_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise ClaudeError(f"claude did not end in {cwd}", fix="see its log", code="claude-timeout") from None
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        if status != 0:
            errors.seek(0)
            raise _failure(argv, cwd, status, errors.read())


def run(
    argv: Sequence[str], *, cwd: str, env: Mapping[str, str | None], timeout: float = _TIMEOUT, stdin: bytes = b""
) -> str:
    """Run a command to its end; returns its stdout. Raises `ClaudeError` if it fails, or does not end in `timeout` seconds.

    Output goes to files rather than pipes: a daemon that the command starts may keep these open. `stdin`, a few lines at most,
    goes through a pipe: Claude Code 2.1.197 does not read it from a file.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        source = subprocess.PIPE if stdin else subprocess.DEVNULL
        process = _start(argv, cwd=cwd, env=env, stdin=source, stdout=output, stderr=errors)
        if process.stdin is not None:
            with suppress(BrokenPipeError), process.stdin as stream:
                stream.write(stdin)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ClaudeError(
                f"claude did not answer within {timeout:g} s in {cwd}",
                fix=f"try again, or run {argv[0]} there to see why",
                code="claude-timeout",
            ) from None
        output.seek(0)
        errors.seek(0)
        text = output.read()
        if status != 0:
            raise _failure(argv, cwd, status, errors.read() or text)
        return text.decode("utf-8", "replace")


def _start(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str | None],
    stdout: Any,
    stderr: Any,
    stdin: Any = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start a process without the variables of an enclosing Claude Code session; in `env`, None removes a variable.

    Raises `ClaudeError` with code `claude-missing` if it can't be started.
    """
    variables = {**dict.fromkeys(OUTER_SESSION), **env}
    environ = {name: value for name, value in os.environ.items() if name not in variables}
    environ.update({name: value for name, value in variables.items() if value is not None})
    try:
        return subprocess.Popen(argv, cwd=cwd, env=environ, stdin=stdin, stdout=stdout, stderr=stderr)
    except OSError as error:
        raise ClaudeError(
            f"claude could not be started in {cwd} ({error.strerror})", fix=f"check {argv[0]}", code="claude-missing"
        ) from None


def _failure(argv: Sequence[str], cwd: str, status: int, output: bytes) -> ClaudeError:
    """The error of a call that ended with a status other than 0; negative: by that signal. The last line of `output` is the reason."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    ended = f"exit status {status}" if status > 0 else f"ended by {signal.Signals(-status).name}"
    reason = lines[-1].strip() if lines else ended
    return ClaudeError(
        f"claude failed in {cwd}: {reason.rstrip('.')}", fix="" if lines else f"run {argv[0]} yourself to see why"
    )


def _agent(row: dict[str, Any]) -> Agent:
    """One row of `claude agents --json`; members of another type are treated as absent."""

    def text(key: str) -> str | None:
        value = row.get(key)
        return value if isinstance(value, str) else None

    pid = row.get("pid")
    return Agent(
        row["sessionId"], text("id"), text("cwd"), text("name"), pid if isinstance(pid, int) else None, text("status")
    )
