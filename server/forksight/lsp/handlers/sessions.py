"""What editors ask about sessions: `forksight/status` for a status bar, `forksight/forkTree` for a tree view."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from forksight.lsp.arguments import parameters, project_in
from forksight.lsp.documents.conflicts import conflicts_in
from forksight.lsp.handlers.guard import Handler
from forksight.lsp.wire.plain_json import Json, plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


async def forksight_status(ls: "ForksightServer", params: object) -> Json | None:
    """`forksight/status {textDocument}`: what a status bar shows; null outside of any worktree."""
    project, path = await project_in(ls, parameters(params))

    def now() -> Json | None:
        from forksight.core.status import document as status_document
        from forksight.features.sessions.settle import settled_tree
        from forksight.features.status import status

        worktree = project.worktree_now(path)
        if worktree is None:
            return None
        tree = settled_tree(project.context)
        conflicts = conflicts_in(ls.open_documents, project, worktree)
        return status_document(status(project.context, tree, worktree, conflicts))

    answer: Json | None = plainly(await asyncio.to_thread(now))
    return answer


async def fork_tree(ls: "ForksightServer", params: object) -> Json:
    """`forksight/forkTree {textDocument}`: what `forksight tree --json` prints, without the `worktrees`."""
    from forksight.core.sessions import document as session_document
    from forksight.core.teams.document import tree_group
    from forksight.features.sessions.remarks import remarked
    from forksight.features.sessions.settle import settled_tree
    from forksight.features.teams.overview import colleagues_in

    project, _ = await project_in(ls, parameters(params))

    def now() -> Json:
        tree = settled_tree(project.context)
        ls.sessions.seen(tree)
        colleagues = tree_group(
            colleagues_in(project.context, project.engine.colleagues(), project.engine.matrix),
            datetime.now().astimezone(),
        )
        return {**session_document.tree(remarked(project.context, tree)), **colleagues}

    answer: Json = plainly(await asyncio.to_thread(now))
    return answer


HANDLERS: Mapping[str, Handler] = {"forksight/status": forksight_status, "forksight/forkTree": fork_tree}
