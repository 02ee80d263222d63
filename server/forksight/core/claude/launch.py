"""Starts of Claude Code as data: argv lists, never shell strings. Commands are quoted when they are printed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from forksight.core.problems import ClaudeError
from forksight.core.sessions.ids import is_session_id
from forksight.core.words import shell

# What a session of Claude Code puts into its children's environment. A session started from there must not inherit it:
# it would refuse to start, talk to its parent's sockets, or take its parent's session id for its own.
OUTER_SESSION = (
    "AI_AGENT",
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_NOTES_DIR",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_MESSAGING_SOCKET",
    "CLAUDE_CODE_MESSAGING_TOKEN",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_EFFORT",
    "CLAUDE_PID",
)


# Settings of Claude Code for one run: every tool but Read is refused, whatever the person's own settings allow.
_REFUSE = {"type": "command", "command": "echo 'Only Read is allowed here' >&2; exit 2"}
_ONLY_READ = json.dumps(
    {"disableAllHooks": False, "hooks": {"PreToolUse": [{"matcher": "^(?!Read$).*$", "hooks": [_REFUSE]}]}}
)


@dataclass(frozen=True, slots=True)
class Launch:
    """A start of Claude Code."""

    session: str  # the id that it has or will have; `pending:<launch id>` if Claude Code chooses it
    title: str
    cwd: str
    argv: tuple[str, ...]
    env: Mapping[str, str | None]  # added to the environment of the place where it starts; None unsets

    def command(self, environ: Collection[str]) -> str:
        """A shell command (for fish, too) that starts it from an environment with these variables."""
        unset = [part for name, value in self.env.items() if value is None and name in environ for part in ("-u", name)]
        added = [f"{name}={value}" for name, value in self.env.items() if value is not None]
        words = ["env", *unset, *added, *self.argv] if unset or added else self.argv
        return f"cd {shell.quote(self.cwd)} && {shell.join(words)}"


@dataclass(frozen=True, slots=True)
class Program:
    """The claude binary, with what every start of it needs."""

    path: str
    extra_args: tuple[str, ...] = ()  # the setting `forksight.claude.extraArgs`
    config_dir: str | None = None  # Claude Code's folder if CLAUDE_CONFIG_DIR names one: a terminal need not have it

    def environment(self) -> dict[str, str | None]:
        """The environment changes of a start: an outer session's variables are unset, CLAUDE_CONFIG_DIR is set if in use."""
        cleared: dict[str, str | None] = dict.fromkeys(OUTER_SESSION)
        return cleared if self.config_dir is None else {**cleared, "CLAUDE_CONFIG_DIR": self.config_dir}


def fork(program: Program, *, parent: str, session: str, title: str, cwd: str, prompt: str | None = None) -> Launch:
    """Start a fork of `parent` under the id `session`, which no session may have yet."""
    options = ["--resume", _id(parent), "--fork-session", "--session-id", _id(session), "--name", _title(title)]
    return _launch(program, session, title, cwd, options, prompt=prompt)


def background_fork(
    program: Program, *, parent: str, launch: str, title: str, cwd: str, prompt: str | None = None
) -> Launch:
    """Start a fork in Claude Code's background mode. Claude Code chooses the session's id."""
    options = ["--bg", "--resume", _id(parent), "--fork-session", "--name", _title(title)]
    return _launch(program, f"pending:{launch}", title, cwd, options, prompt=prompt)


def refresh(program: Program, *, parent: str, session: str, title: str, cwd: str, prompt: str) -> Launch:
    """Run a fork of `parent` headless, with one prompt and tools that can only read. It prints one JSON event per line.

    A hook refuses all other tools. Disabling them would change the list of tools, with which the cached prompt begins, and so
    miss the cache. Permission mode `dontAsk` would not suffice: a person's settings may allow more.
    """
    more = ["--name", _title(title)]
    return _reading(program, parent=parent, session=session, title=title, cwd=cwd, prompt=prompt, more=more)


def findings(program: Program, *, parent: str, session: str, title: str, cwd: str, prompt: str) -> Launch:
    """Like `refresh`, for a fork of which Claude Code stores nothing."""
    more = ["--no-session-persistence"]
    return _reading(program, parent=parent, session=session, title=title, cwd=cwd, prompt=prompt, more=more)


def resume(program: Program, *, session: str, title: str, cwd: str) -> Launch:
    """Resume a session by its id: titles are not unique."""
    return _launch(program, session, title, cwd, ["--resume", _id(session)])


def rename(program: Program, *, session: str, title: str) -> tuple[tuple[str, ...], str]:
    """The argv that renames a session, and the line of input that it takes. The model is not asked.

    By Claude Code's protocol for programs (`rename_session`, at least since 2.1.197) it appends the title to the transcript,
    where a process that runs the session picks it up. Hooks and MCP servers are not started.
    """
    options = ["-p", "--verbose", "--input-format", "stream-json", "--output-format", "stream-json"]
    options += ["--settings", '{"disableAllHooks": true}', "--strict-mcp-config", "--resume", _id(session)]
    request = {"subtype": "rename_session", "title": title, "source": "host", "session_id": session}
    line = json.dumps({"type": "control_request", "request_id": "rename", "request": request})
    return (program.path, *options), f"{line}\n"


def _reading(
    program: Program, *, parent: str, session: str, title: str, cwd: str, prompt: str, more: Sequence[str]
) -> Launch:
    """Run a headless fork with tools that can only read; `more` are further options."""
    options = ["-p", "--output-format", "stream-json", "--verbose"]
    options += ["--permission-mode", "dontAsk", "--allowedTools", "Read", "--settings", _ONLY_READ]
    options += ["--resume", _id(parent), "--fork-session", "--session-id", _id(session), *more]
    argv = (program.path, *program.extra_args, *options, "--", prompt)  # of two equal options the last one counts
    return Launch(session, title, cwd, argv, program.environment())


def _launch(
    program: Program, session: str, title: str, cwd: str, options: Sequence[str], *, prompt: str | None = None
) -> Launch:
    argv = [program.path, *options, *program.extra_args]
    if prompt is not None:
        argv += ["--", prompt] if prompt.startswith("-") or program.extra_args else [prompt]
    return Launch(session, title, cwd, tuple(argv), program.environment())


def _id(session: str) -> str:
    """A session's id as an argument. Raises `ClaudeError` for one that Claude Code could mistake for an option."""
    if not is_session_id(session):
        raise ClaudeError(f"{session!r} can't be a session's id", fix="choose another session")
    return session


def _title(title: str) -> str:
    """A title as the value of an option. Raises `ClaudeError` for one that begins with a dash."""
    if title.startswith("-"):
        raise ClaudeError(f"a session can't be called {title!r}", fix="choose a name that begins with no dash")
    return title
