"""Determines what became of started forks: their sessions' ids, and whether they inherited their parents' rows."""

from collections.abc import Mapping
from dataclasses import replace

from forksight.core.problems import LedgerError, Problem
from forksight.core.sessions.session import ForkTree, Node
from forksight.core.store.ledger import Fork, ForkState
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree


def settled_tree(context: Context) -> ForkTree:
    """The fork tree, after recording in the ledger what it shows of our forks. A fork that inherited nothing is a problem.

    Raises `NotARepositoryError`, `GitError`.
    """
    tree = fork_tree(context)
    updates = {}
    problems = []
    for fork, node in _unsettled(context, tree):
        state = _state(fork, node, tree)
        if (state, node.id) != (fork.state, fork.session):
            updates[fork.launch] = (state, node.id)
        if state is ForkState.EMPTY:
            problems.append(_empty(fork))
    try:
        for launch, (state, session) in updates.items():
            context.ledger.update_fork(launch, state=state, session=session)
        _note_folder(context, tree)
    except LedgerError as error:
        problems.append(Problem(error.code, f"{error.sentence}."))
    else:
        if updates:
            tree = fork_tree(context)
    return replace(tree, problems=tuple(dict.fromkeys((*tree.problems, *problems))))


def _note_folder(context: Context, tree: ForkTree) -> None:
    """Record where the transcripts of our forks were seen. Raises `LedgerError`."""
    view = context.ledger.view()[0]
    if not view.forks:
        return
    folder = context.claude.config_dir
    for node in tree.nodes:
        if node.session is not None and view.folders.get(node.id) != folder and view.fork(node.id) is not None:
            context.ledger.note_folder(node.id, folder)


def _unsettled(context: Context, tree: ForkTree) -> list[tuple[Fork, Node]]:
    """The forks that have a transcript and are not verified yet, each with its session."""
    view, _ = context.ledger.view()
    nodes = {node.id: node for node in tree.nodes if node.session is not None}
    unsettled = []
    for fork in view.forks:
        node = nodes.get(fork.session) if fork.session else _begun(fork, nodes, view.parents)
        if node is not None and fork.state is not ForkState.VERIFIED:
            unsettled.append((fork, node))
    return unsettled


def _begun(fork: Fork, nodes: Mapping[str, Node], parents: Mapping[str, str]) -> Node | None:
    """The session of a background fork: the one whose id begins with what Claude Code printed."""
    if fork.short is None:
        return None
    candidates = [node for node in nodes.values() if node.id.startswith(fork.short) and node.id not in parents]
    return candidates[0] if len(candidates) == 1 else None


def _state(fork: Fork, node: Node, tree: ForkTree) -> ForkState:
    """The state of a fork: verified if it inherited rows, empty if it certainly did not, else only started."""
    if node.rows.inherited:
        return ForkState.VERIFIED
    # Without its parent's transcript nobody can tell which rows came along.
    can_tell = any(other.id == fork.parent and other.session is not None for other in tree.nodes)
    return ForkState.EMPTY if node.rows.own and can_tell else ForkState.STARTED


def _empty(fork: Fork) -> Problem:
    again = shell.join(["forksight", "fork", *([fork.branch] if fork.branch else []), "--again"])
    message = (
        f"The fork “{fork.title}” is empty: it inherited nothing of the session {fork.parent}."
        f" End it and fork again with `{again}`."
    )
    return Problem("fork-empty", message, fork.worktree)
