"""`forksight hook`: answers the hooks of Claude Code that start a command. Whatever happens, it exits with 0 and decides nothing."""

import json
import os
import sys
import threading
from contextlib import suppress

import click

from forksight.core.agents.hook import document, read_hook
from forksight.core.problems import ForksightError
from forksight.features.context import Workbench

_BUDGET = 4.0  # seconds; the session's first request waits for the answer


@click.command("hook", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Answer one hook of Claude Code: its JSON on stdin, the answer's on stdout. Exit status 0 always.

    Only SessionStart is answered, with what a person and an agent should know when a session begins; all others by `{}`.
    """
    workbench: Workbench = ctx.obj
    answers: list[str] = []
    work = threading.Thread(target=lambda: answers.append(_answer(workbench, sys.stdin.read())), daemon=True)
    work.start()
    work.join(_BUDGET)
    with suppress(OSError):
        sys.stdout.write(f"{(answers or ['{}'])[0]}\n")
        sys.stdout.flush()
    workbench.leave()
    os._exit(0)  # what is slow, or hangs, is not waited for


def _answer(workbench: Workbench, text: str) -> str:
    from forksight.features.agents.session_start import session_start

    try:
        hook = read_hook(json.loads(text))
        if hook is not None and hook.event == "SessionStart":
            return json.dumps(document(hook.event, session_start(workbench.open(hook.cwd), hook)))
    except (ForksightError, ValueError) as error:
        sys.stderr.write(f"forksight: {error}\n")
    except Exception as error:  # noqa: BLE001 - a session must start without us too
        sys.stderr.write(f"forksight: an error of its own ({type(error).__name__}: {error})\n")
    return "{}"
