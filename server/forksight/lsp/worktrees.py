"""`forksight/worktrees`: what a fork tree view shows beside the sessions, namely every worktree, and what is ignored."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from forksight.lsp.diagnostics import Json
from forksight.lsp.guard import Handler
from forksight.lsp.places import project_in
from forksight.lsp.sessions import conflicts_in, parameters, plainly

if TYPE_CHECKING:
    from forksight.lsp.projects import Project
    from forksight.lsp.server import ForksightServer


async def worktrees(ls: "ForksightServer", params: object) -> Json:
    """`{textDocument?}` -> `{repository, worktrees: [{path, branch, conflicts}], ignored: [label]}`.

    `conflicts` counts the places where merging would stop, as `forksight/status` does for one worktree; `ignored` are the
    labels that `forksight.stopIgnoring` takes. Raises `UsageError` outside of any repository.
    """
    project, _ = await project_in(ls, parameters(params))
    found: Json = plainly(await asyncio.to_thread(_look, project))
    return found


def _look(project: "Project") -> Json:
    """Blocks while the overlap engine works."""
    return {
        "repository": project.repository.common_dir,
        "worktrees": [
            {"path": each.path, "branch": each.branch, "conflicts": conflicts_in(project, each).conflicts}
            for each in project.engine.worktrees()
        ],
        "ignored": sorted(project.context.ledger.muted()),
    }


HANDLERS: Mapping[str, Handler] = {"forksight/worktrees": worktrees}
