"""`forksight.showForkTree {uri?}`: the sessions of a repository and whose fork each is, as a Markdown document."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forksight.core.git.snapshot import Worktree
from forksight.core.sessions import markdown
from forksight.core.sessions.session import ForkTree
from forksight.features.sessions.remarks import remarked
from forksight.features.sessions.settle import settled_tree
from forksight.lsp.arguments import PLACE, project_in
from forksight.lsp.dialog.show import show_text
from forksight.lsp.documents.conflicts import conflicts_in
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.features.overlaps.projects import Project
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it: `{uri, shown, sessions}`."""
    project, _ = await project_in(ls, arguments)
    tree, conflicts, muted = await asyncio.to_thread(_read, ls, project)
    shown = await show_text(ls, "Fork tree.md", markdown.fork_tree(tree, conflicts, sorted(muted), uri_of))
    return {**shown, "sessions": len(tree.nodes)}


def _read(ls: "ForksightServer", project: "Project") -> tuple[ForkTree, Mapping[str, int], frozenset[str]]:
    """The tree; for each worktree in it how many places of it conflict with others; whose overlaps are not shown."""
    tree = remarked(project.context, settled_tree(project.context))
    used = {node.worktree for node in tree.nodes}
    worktrees: Sequence[Worktree] = [worktree for worktree in project.engine.worktrees() if worktree.path in used]
    counts = {worktree.path: conflicts_in(ls.open_documents, project, worktree).conflicts for worktree in worktrees}
    return tree, counts, project.context.ledger.muted()
