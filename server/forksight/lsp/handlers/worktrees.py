"""What editors ask for beside the sessions: `forksight/worktrees` for a tree view, `forksight/branches` for who chooses a
branch, `forksight/committed` for a file that no worktree has.
"""

import asyncio
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING

from forksight.core.git.paths import innermost
from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.core.problems import UsageError
from forksight.lsp.arguments import parameters, project_in, text_argument
from forksight.lsp.documents.conflicts import reports_in
from forksight.lsp.handlers.guard import Handler
from forksight.lsp.wire.plain_json import Json, plainly

if TYPE_CHECKING:
    from forksight.core.sessions.standing import Standing
    from forksight.features.overlaps.projects import Project
    from forksight.lsp.server import ForksightServer

_MOST_PLACES = 50  # that are named of a worktree; all are counted
_PATIENCE = 30.0  # seconds at most for the first scan: that no worktree is known yet does not mean that there is none


async def worktrees(ls: "ForksightServer", params: object) -> Json:
    """`{textDocument}` -> `{repository, worktrees: [{path, branch, uncommitted, uncommittedText, target, ahead, behind,
    distanceText, conflicts, conflictsText, places}], ignored: [label], hide: [column]}`.

    `uncommitted` to `behind` are as in `forksight tree --json`, the texts the words for them; `hide` is the setting.
    `conflicts` counts the places where merging would stop, as `forksight/status` does for one worktree, `conflictsText`
    says with whom and in which files; `places` are the first 50 of them: `{path, line, others}`, a path in the worktree, a
    0-based line, the labels of the other sides. `ignored` are the labels that `forksight.stopIgnoring` takes. Raises
    `UsageError` outside of any repository.
    """
    project, _ = await project_in(ls, parameters(params))
    answer: Json = plainly(await asyncio.to_thread(_described, ls, project))
    return answer


def _described(ls: "ForksightServer", project: "Project") -> Json:
    """Blocks until the worktrees were scanned once, and while the overlap engine works."""
    from forksight.features.sessions.standings import standings

    project.follower.scanned.wait(_PATIENCE)
    worktrees = project.engine.worktrees()
    all_standings = standings(project.context, worktrees, project.engine.snapshots())
    return {
        "repository": project.repository.common_dir,
        "worktrees": [
            _described_worktree(standing, reports_in(ls.open_documents, project, worktree))
            for worktree, standing in zip(worktrees, all_standings, strict=True)
        ],
        "ignored": sorted(project.context.ledger.muted()),
        "hide": list(project.context.settings.tree.hide),
    }


def _described_worktree(standing: "Standing", reports: list[FileReport]) -> Json:
    """A worktree, how far the work in it has come, and where merging others into it would stop."""
    from forksight.core.overlaps.wording import conflicts_text
    from forksight.core.sessions import document
    from forksight.core.sessions.wording import distance_text, uncommitted_text
    from forksight.core.words.terminal import printable

    stops = [region for report in reports for region in report.regions if region.kind.stops_merge]
    return {
        **document.standing(standing),
        "uncommittedText": uncommitted_text(standing),
        "distanceText": distance_text(standing),
        "conflicts": len(stops),
        "conflictsText": printable(conflicts_text(Conflicts.counted(reports))),
        "places": [
            {"path": region.path, "line": region.lines.start, "others": [side.label for side in region.others]}
            for region in stops[:_MOST_PLACES]
        ],
    }


async def branches(ls: "ForksightServer", params: object) -> Json:
    """`{textDocument}` -> `{branches: [{name, remote, current, worktree}], worktrees: [{path, branch}]}`.

    The branches last committed to come first; `current` is the one checked out where the document is, `worktree` where a
    branch is checked out. The main worktree comes first. Raises `UsageError` outside of any repository, `GitError`.
    """
    project, path = await project_in(ls, parameters(params))
    local_and_remote = await asyncio.to_thread(project.repository.branches)
    usable, _ = await asyncio.to_thread(project.repository.worktrees)
    current = innermost([worktree.path for worktree in usable], path)
    return {
        "branches": [
            {
                "name": branch.name,
                "remote": branch.remote,
                "current": branch.worktree is not None and branch.worktree == current,
                "worktree": branch.worktree,
            }
            for branch in local_and_remote
        ],
        "worktrees": [{"path": worktree.path, "branch": worktree.branch} for worktree in usable],
    }


async def committed(ls: "ForksightServer", params: object) -> Json:
    """`{textDocument, commit, path}` -> `{text}`: a file as it is in a commit, null if it is not there.

    Raises `UsageError` outside of any repository, and for a commit that is no full id.
    """
    arguments = parameters(params)
    project, _ = await project_in(ls, arguments)
    commit, path = text_argument(arguments, "commit"), text_argument(arguments, "path")
    if len(commit) < 40 or commit.strip(string.hexdigits):
        raise UsageError(f"{commit} is no id of a commit", fix="give all of its digits")
    name = f"{commit}:{path}"
    data = (await asyncio.to_thread(project.repository.blobs, [name])).get(name)
    return {"text": data.decode("utf-8", "replace") if data is not None else None}


HANDLERS: Mapping[str, Handler] = {
    "forksight/worktrees": worktrees,
    "forksight/branches": branches,
    "forksight/committed": committed,
}
