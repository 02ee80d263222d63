"""`forksight hook`: answers the hooks of Claude Code that start a command. Whatever happens, it exits with 0 and decides nothing."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar

import click

from forksight import __version__
from forksight.cli.output import show_line
from forksight.core.agents.hook import NOTHING, Hook, can_be_path, document, read_hook
from forksight.core.problems import ForksightError
from forksight.features.context import Context, Workbench

T = TypeVar("T")

_WORKTREES = frozenset(["WorktreeCreate", "WorktreeRemove", "SubagentStop"])
_BUDGET = 4.0  # seconds; the session's first request waits for the answer
_LARGEST = 64 << 20  # bytes of what Claude Code tells; more is nothing


@click.command("hook", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option(
    "--removed", is_flag=True, help="At a session's start, say only which worktrees were removed since the last one."
)
@click.pass_context
def command(ctx: click.Context, *, removed: bool) -> None:
    """Answer one hook of Claude Code: its JSON on stdin, the answer's on stdout. Exit status 0 always.

    SessionStart is answered with what a person and an agent should know when a session begins; a fork that has its parent's title
    gets that of its branch. WorktreeCreate and WorktreeRemove
    make and remove a worktree, and SubagentStop removes that of a subagent which changed nothing: the answer is its path,
    empty if it could not be done, with the reason on stderr. What only a removed worktree had is archived; the next session's
    start tells of it. All others are answered by `{}`.
    """
    workbench: Workbench = ctx.obj
    until = time.monotonic() + _BUDGET
    hook = _within(until, _read)
    if hook is not None and hook.event in _WORKTREES:
        _reply(os.fsencode(_worktree(workbench, hook)))
        return
    _reply((_within(until, lambda: _answer(workbench, hook, removed=removed)) or "{}").encode())
    workbench.leave()
    os._exit(0)  # what is slow, or hangs, is not waited for


def _within(until: float, work: Callable[[], T]) -> T | None:
    """What `work` returns; None if that takes longer than to this moment, or fails: it is waited for no longer then."""
    results: list[T] = []

    def run() -> None:
        with _never_failing():
            results.append(work())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0.0, until - time.monotonic()))
    return results[0] if results else None


def _read() -> Hook | None:
    if sys.stdin is None:  # it was closed before this process began
        return None
    data = sys.stdin.buffer.read(_LARGEST + 1)
    try:
        return read_hook(json.loads(data)) if len(data) <= _LARGEST else None
    except (ValueError, RecursionError):
        return None


def _reply(line: bytes) -> None:
    with suppress(OSError, AttributeError):  # AttributeError: standard output was closed before this process began
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.flush()


def _answer(workbench: Workbench, hook: Hook | None, *, removed: bool) -> str:
    from forksight.core.agents.wording import outdated
    from forksight.features.agents.session_start import session_start, start_in_worktree

    if hook is None or hook.event != "SessionStart":
        return "{}"
    answer = NOTHING
    with _never_failing():
        context = workbench.open(hook.cwd)
        answer = start_in_worktree(context, hook) if removed else session_start(context, hook)
    if not removed:
        messages = [answer.message, *outdated(__version__, os.environ.get("FORKSIGHT_PLUGIN", ""))]
        answer = replace(answer, message=" ".join(filter(None, messages)))
    return json.dumps(document(hook.event, answer))


class _NoSteps:
    """Progress without its steps: of what a failed hook says Claude Code shows the first line, and that is to be the reason."""

    def step(self, detail: str) -> None:
        """See `core.ports.system.Progress`."""

    def output(self, line: str) -> None:
        """See `core.ports.system.Progress`."""
        show_line(line, err=True)

    def stopped(self) -> bool:
        """See `core.ports.system.Progress`."""
        return False


def _worktree(workbench: Workbench, hook: Hook) -> str:
    """The path of the worktree that was made or removed; empty if it was not."""
    from forksight.cli.start_session import TerminalProgress
    from forksight.features.agents.worktrees import create_worktree, end_of_agent, remove_worktree

    name, path = hook.fields.get("name"), hook.fields.get("worktree_path")
    with _never_failing():
        context = workbench.open(hook.cwd)
        if hook.event == "WorktreeCreate" and isinstance(name, str):
            return create_worktree(context, name, TerminalProgress())
        if hook.event == "WorktreeRemove" and isinstance(path, str) and can_be_path(path):
            return _removed(context, path, remove_worktree(context, path, hook.session, _NoSteps()))
        if hook.event == "SubagentStop" and (ended := end_of_agent(context, hook.cwd)) is not None:
            return _removed(context, *ended)
    return ""


def _removed(context: Context, path: str, left: str) -> str:
    """The path of a removed worktree, once what is said about what is left of it reaches the person at the next session's start."""
    if left:
        context.notices.leave(context.repository.common_dir, left)
        _complain(left)
    return path


@contextmanager
def _never_failing() -> Iterator[None]:
    """Say on stderr what went wrong, and go on."""
    try:
        yield
    except ForksightError as error:
        _complain(error.sentence)
    except Exception as error:  # noqa: BLE001 - a session must start without us too
        _complain(f"an error of its own ({type(error).__name__}: {error})")


def _complain(sentence: str) -> None:
    with suppress(OSError):
        show_line(f"forksight: {sentence}", err=True)
