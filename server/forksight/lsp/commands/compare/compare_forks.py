"""`forksight.compareForks {uri?, sessions?}`: two or more forks side by side, as a Markdown document.

With one session the person chooses the other one; with none the fork of this worktree is the first.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.compare import document
from forksight.core.compare.markdown import markdown
from forksight.core.problems import UsageError
from forksight.core.sessions.session import ForkTree, State
from forksight.core.sessions.tree import is_fork, working_here
from forksight.core.words import shell
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.compare.compare import compare_forks
from forksight.features.sessions.tree import fork_tree
from forksight.lsp.arguments import PLACE, context_in, names_in
from forksight.lsp.dialog.ask import ask
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.features.context import Context
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"sessions"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Compare them: what `forksight compare --json` prints, with `{uri, shown}` of the document, and `command`."""
    context = await context_in(ls, arguments)
    names = names_in(arguments, "sessions")
    if len(names) < 2:
        names, hint = await _choose(ls, context, names)
        if hint is not None:
            return {"version": 1, "forks": [], "pairs": [], "problems": [], "command": hint}
    async with progress(ls, "Comparing forks"):
        comparison = await asyncio.to_thread(compare_forks, context, names)
    title = " and ".join(fork.label.replace("/", "-") for fork in comparison.forks)
    shown = await show_text(ls, f"{title}.md", markdown(comparison, uri_of))
    return dict(plainly({**document.comparison(comparison), **shown, "command": None}))


async def _choose(
    ls: "ForksightServer", context: "Context", names: tuple[str, ...]
) -> tuple[tuple[str, ...], str | None]:
    """Two forks; or, if nobody answered, the command line that does it. Raises `UsageError` where there are none."""
    tree = await asyncio.to_thread(fork_tree, context)
    first = names[0] if names else await asyncio.to_thread(_here, context, tree)
    others = [
        node
        for node in sorted(tree.nodes, key=lambda node: -node.last_active)
        if is_fork(node) and node.state not in (State.ARCHIVED, State.ORPHANED) and first not in (node.id, node.branch)
    ]
    if not others:
        raise UsageError("there is no other fork to compare with", fix="fork again, for another branch")
    choices = tuple(
        Choice(f"“{node.title}” ({node.id[:8]})", "compare", {"session": node.id}) for node in others[:MOST]
    )
    hint = shell.join(["forksight", "compare", first, others[0].id])
    title = next((node.title for node in tree.nodes if node.id == first), first)
    choice = await ask(ls, Question(f"Compare “{title}” with which fork?", choices, hint))
    return ((), hint) if choice is None else ((first, str(choice.arguments["session"])), None)


def _here(context: "Context", tree: ForkTree) -> str:
    """The fork of this worktree. Raises `UsageError` if there is none."""
    fork = working_here(tree, context.here.path, forks=True)
    if fork is None:
        raise UsageError("no fork works in this worktree", fix="name two forks to compare")
    return fork.id
