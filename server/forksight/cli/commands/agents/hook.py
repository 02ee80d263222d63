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
_LARGEST = 64 << 20  # bytes of input; a longer one is ignored


@click.command("hook", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option(
    "--removed",
    is_flag=True,
    help="At a session's start, tell only which worktrees were removed since the last session started.",
)
@click.pass_context
def command(ctx: click.Context, *, removed: bool) -> None:
    """Answer one hook of Claude Code: read its JSON on stdin, print the answer on stdout. The exit status is always 0.

    SessionStart: the answer is JSON with what the person and the agent should know; a fork that still has its parent's title is
    named after its branch. WorktreeCreate and WorktreeRemove: make or remove a worktree. SubagentStop: remove the worktree of a
    subagent that changed nothing. The answer to these three is the worktree's path; if that failed, it is empty, with the reason on
    stderr. Work that only the removed worktree had is archived, and the next session is told at its start. Other hooks: the answer
    is `{}`.
    """
    workbench: Workbench = ctx.obj
    until = time.monotonic() + _BUDGET
    hook = _within(until, _read)
    if hook is not None and hook.event in _WORKTREES:
        _reply(os.fsencode(_worktree(workbench, hook)))
        return
    _reply((_within(until, lambda: _answer(workbench, hook, removed=removed)) or "{}").encode())
    workbench.leave()
    os._exit(0)  # without waiting for threads that are slow or hang


def _within(until: float, work: Callable[[], T]) -> T | None:
    """What `work` returns; None if it fails, or has not returned by `until` (`time.monotonic`): then it goes on in its thread."""
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
    """Progress that does not print steps: Claude Code shows only the first line on stderr of a failed hook, and that must be the reason."""

    def step(self, detail: str) -> None:
        """See `core.ports.system.Progress`."""

    def output(self, line: str) -> None:
        """See `core.ports.system.Progress`."""
        show_line(line, err=True)

    def stopped(self) -> bool:
        """See `core.ports.system.Progress`."""
        return False


def _worktree(workbench: Workbench, hook: Hook) -> str:
    """The path of the worktree that was made or removed; "" if none was."""
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
    """A context manager that prints an error of its block on stderr, and continues after the block."""
    try:
        yield
    except ForksightError as error:
        _complain(error.sentence)
    except Exception as error:  # noqa: BLE001 - the session must start in any case
        _complain(f"an internal error ({type(error).__name__}: {error})")


def _complain(sentence: str) -> None:
    with suppress(OSError):
        show_line(f"forksight: {sentence}", err=True)
