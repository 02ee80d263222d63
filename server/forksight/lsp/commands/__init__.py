"""What `workspace/executeCommand` does: one module a command, declared once in `COMMANDS`, imported at its first use.

A module's `ARGUMENTS` are the keys that it knows. Its `run(ls, arguments)` is a coroutine: it gets the command's one
argument object (empty if there was none) and returns plain data. It runs on the protocol's thread:
what takes longer than a moment goes to another one.
"""

import importlib
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from forksight.core.problems import ForksightError, UsageError
from forksight.core.words.terminal import printable

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

COMMANDS: Mapping[str, str] = {
    "forksight.forkSession": "forks.fork_session",
    "forksight.refreshBaseline": "baseline.refresh_baseline",
    "forksight.showForkTree": "sessions.show_fork_tree",
    "forksight.resumeSession": "forks.resume_session",
    "forksight.setBaseline": "baseline.set_baseline",
    "forksight.rollbackBaseline": "baseline.rollback_baseline",
    "forksight.publishBaseline": "baseline.publish_baseline",
    "forksight.fetchBaseline": "baseline.fetch_baseline",
    "forksight.cleanForks": "cleanup.clean_forks",
    "forksight.restoreFork": "cleanup.restore_fork",
    "forksight.compareForks": "compare.compare_forks",
    "forksight.showFork": "show.show_fork",
    "forksight.takeFindings": "findings.take_findings",
    "forksight.landForks": "land.land_forks",
    "forksight.share": "teams.share",
    "forksight.showSavings": "savings.show_savings",
    "forksight.showOverlaps": "overlaps.show_overlaps",
    "forksight.openTheirs": "overlaps.open_theirs",
    "forksight.diffTheirs": "overlaps.diff_theirs",
    "forksight.ignoreOverlaps": "overlaps.ignore_overlaps",
    "forksight.stopIgnoring": "overlaps.stop_ignoring",
}


async def run(ls: "ForksightServer", name: str, arguments: Sequence[object]) -> object:
    """Run a command with what the client gave. Raises `UsageError` for arguments that mean nothing."""
    module = importlib.import_module(f"{__name__}.{COMMANDS[name]}")
    try:
        return await module.run(ls, _argument(name, arguments, module.ARGUMENTS))
    except ForksightError as error:
        if not ls.client.forksight:  # our own plugins show the error that they get; Helix only logs it
            ls.window_show_message(types.ShowMessageParams(types.MessageType.Error, printable(error.sentence)))
        raise


def _argument(name: str, arguments: Sequence[object], known: Set[str]) -> Mapping[str, Any]:
    """The one argument object. Raises `UsageError` for anything else, and for keys that the command does not know."""
    argument = arguments[0] if arguments else None
    if not (argument is None or isinstance(argument, Mapping)) or len(arguments) > 1:
        raise UsageError(f"{name} takes one object", fix='for example {"uri": "file:///…"}')
    unknown = sorted(str(key) for key in argument or {} if key not in known)
    if unknown:
        raise UsageError(f"{name} does not know {', '.join(unknown)}", fix=f"it knows {', '.join(sorted(known))}")
    return argument or {}


def command(name: str, title: str, arguments: Mapping[str, Any]) -> types.Command:
    """A command for the client to call back."""
    assert name in COMMANDS, name
    return types.Command(title=printable(title), command=name, arguments=[dict(arguments)])
