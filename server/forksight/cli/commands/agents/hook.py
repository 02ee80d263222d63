"""`forksight hook`: answers the hooks of Claude Code that start a command. Whatever happens, it exits with 0 and decides nothing."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import click

from forksight import __version__
from forksight.core.agents.hook import NOTHING, Hook, document, read_hook
from forksight.core.problems import ForksightError
from forksight.features.context import Workbench

_WORKTREES = frozenset(["WorktreeCreate", "WorktreeRemove", "SubagentStop"])
_BUDGET = 4.0  # seconds; the session's first request waits for the answer


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
    hook = _read()
    if hook is not None and hook.event in _WORKTREES:
        with suppress(OSError):
            sys.stdout.write(f"{_worktree(workbench, hook)}\n")
            sys.stdout.flush()
        return
    answers: list[str] = []
    work = threading.Thread(target=lambda: answers.append(_answer(workbench, hook, removed=removed)), daemon=True)
    work.start()
    work.join(_BUDGET)
    with suppress(OSError):
        sys.stdout.write(f"{(answers or ['{}'])[0]}\n")
        sys.stdout.flush()
    workbench.leave()
    os._exit(0)  # what is slow, or hangs, is not waited for


def _read() -> Hook | None:
    try:
        return read_hook(json.loads(sys.stdin.read()))
    except (ValueError, RecursionError):
        return None


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
        sys.stderr.write(f"{line}\n")

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
        if hook.event == "WorktreeRemove" and isinstance(path, str):
            archived = remove_worktree(context, path, hook.session, _NoSteps())
            if archived:
                context.notices.leave(context.repository.common_dir, archived)
                sys.stderr.write(f"forksight: {archived}\n")
            return path
        if hook.event == "SubagentStop":
            return end_of_agent(context, hook.cwd) or ""
    return ""


@contextmanager
def _never_failing() -> Iterator[None]:
    """Say on stderr what went wrong, and go on."""
    try:
        yield
    except ForksightError as error:
        sys.stderr.write(f"forksight: {error.sentence}\n")
    except Exception as error:  # noqa: BLE001 - a session must start without us too
        sys.stderr.write(f"forksight: an error of its own ({type(error).__name__}: {error})\n")
