"""`forksight.showForkTree {uri?}`: the sessions of a repository and whose fork each is, as a Markdown document."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forksight.core.baseline.drift import outdated
from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.session import ForkTree, Mark, Node, State
from forksight.core.sessions.wording import state_text
from forksight.features.sessions.remarks import remarked
from forksight.features.sessions.settle import settled_tree
from forksight.lsp.arguments import PLACE, project_in
from forksight.lsp.dialog.show import show_text
from forksight.lsp.documents.conflicts import conflicts_in
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.lsp.documents.projects import Project
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it: `{uri, shown, sessions}`."""
    project, _ = await project_in(ls, arguments)
    tree, conflicts, muted = await asyncio.to_thread(_read, ls, project)
    shown = await show_text(ls, "Fork tree.md", _document(tree, conflicts, sorted(muted)))
    return {**shown, "sessions": len(tree.nodes)}


def _read(ls: "ForksightServer", project: "Project") -> tuple[ForkTree, Mapping[str, int], frozenset[str]]:
    """The tree, and for each worktree in it how many places of it conflict with others."""
    tree = remarked(project.context, settled_tree(project.context))
    used = {node.worktree for node in tree.nodes}
    worktrees: Sequence[Worktree] = [worktree for worktree in project.engine.worktrees() if worktree.path in used]
    counts = {worktree.path: conflicts_in(ls.open_documents, project, worktree).conflicts for worktree in worktrees}
    return tree, counts, project.context.ledger.muted()


def _document(tree: ForkTree, conflicts: Mapping[str, int], muted: Sequence[str]) -> str:
    lines = ["# Fork tree", ""]
    if not tree.nodes:
        lines += ["No session of Claude Code has worked in this repository yet.", ""]
    depths: dict[str, int] = {}
    old = outdated(tree)
    for node in tree.nodes:
        depths[node.id] = depths[node.parent] + 1 if node.parent in depths else 0
        lines += _entry(node, "  " * depths[node.id], conflicts.get(node.worktree or "", 0), old.get(node.id))
    if muted:
        lines += ["", "## Ignored overlaps", "", *(f"- {label}" for label in muted)]
    if tree.problems:
        lines += ["", "## Worth knowing", "", *dict.fromkeys(f"- {problem.message}" for problem in tree.problems)]
    return "\n".join([*lines, ""])


def _entry(node: Node, indent: str, conflicts: int, old: Mark | None) -> list[str]:
    title = node.title.replace("\n", " ")
    facts = [f"`{node.branch}`" if node.branch else "no branch", state_text(node)]
    if node.baseline is not None:
        current = "" if node.baseline.current else ", superseded"
        facts.insert(0, f"**baseline {node.baseline.name}**, generation {node.baseline.generation}{current}")
    if node.attempt:
        facts.append("an attempt to refresh, no generation")
    if old is not None:
        facts.append(f"of generation {old.generation} of {old.name}, superseded")
    if conflicts:
        facts.append(f"**{conflicts} conflict{'' if conflicts == 1 else 's'}**")
    if node.own.total or node.inherited.total:
        facts.append(f"{node.own.total:,} tokens own, {node.inherited.total:,} inherited")
    if node.worktree and node.state is not State.ORPHANED:
        facts.append(f"[{node.worktree}]({uri_of(node.worktree)})")
    return [f"{indent}- {title} — {', '.join(facts)}  ", f"{indent}  `{node.id}`"]
