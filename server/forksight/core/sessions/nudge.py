"""Advice where forks get out of hand: too many at once, too deep, or a fork where resuming would have done.

At most one sentence at a time, the most important one.
"""

from collections.abc import Mapping

from forksight.core.problems import Problem
from forksight.core.sessions.session import ForkTree, Node, State
from forksight.core.sessions.tree import Forks, count_forks, depth, is_active, is_fork, parents_of


def nudge(tree: ForkTree, now: float, *, most: int, deepest: int, days: float) -> Problem | None:
    """The advice about the existing forks, if any.

    There is none up to `most` active forks and a depth of `deepest`. A fork counts as abandoned `days` after its last activity.
    """
    count = count_forks(tree, now, days)
    if count.active > most:
        return _too_many(f"{count.active} forks are active", most, count)
    nodes, parents = {node.id: node for node in tree.nodes}, parents_of(tree.nodes)
    lively = [node for node in tree.nodes if is_fork(node) and node.baseline is None and is_active(node, now, days)]
    deep = max(lively, key=lambda node: depth(parents, node.id), default=None)
    if deep is not None and depth(parents, deep.id) > deepest:
        sentence = f"“{deep.title}” is a fork of a fork, {depth(parents, deep.id)} deep: its context has been copied and grown each time."
        return Problem("too-deep-forks", f"{sentence} Fork the baseline itself next time, or make this one a baseline.")
    sequel = next((node for node in lively if _could_have_resumed(nodes, node)), None)
    if sequel is None:
        return None
    before = nodes[sequel.parent or ""]
    sentence = f"“{sequel.title}” goes on where “{before.title}” stopped, on the same branch, and “{before.title}” did nothing since."
    return Problem(
        "sequential-fork",
        f"{sentence} Resuming “{before.title}” would have been enough: `forksight resume {before.id}`.",
    )


def nudge_before(tree: ForkTree, parent: str, now: float, *, most: int, deepest: int, days: float) -> Problem | None:
    """The advice before another fork of `parent` is made, if any. The other arguments are those of `nudge`."""
    count = count_forks(tree, now, days)
    if count.active >= most:
        return _too_many(f"This will be fork number {count.active + 1}", most, count)
    level = depth(parents_of(tree.nodes), parent) + 1
    if level > deepest:
        sentence = (
            f"This will be a fork {level} deep: fork a baseline that is no fork itself, or mark a fresh session as one."
        )
        return Problem("too-deep-forks", sentence)
    return None


def _too_many(clause: str, most: int, count: Forks) -> Problem:
    abandoned = "1 more that is" if count.abandoned == 1 else f"{count.abandoned} more that are"
    hint = f"; `forksight clean` shows {abandoned} abandoned" if count.abandoned else ""
    return Problem("too-many-forks", f"{clause}, and more than {most} are hard to keep track of{hint}.")


def _could_have_resumed(nodes: Mapping[str, Node], node: Node) -> bool:
    """Whether a fork of a fork is on its parent's branch, and the parent has done nothing since: resuming it would have done."""
    before = nodes.get(node.parent or "")
    if before is None or before.parent is None or before.baseline is not None or before.state is State.ARCHIVED:
        return False
    same = before.branch is not None and before.branch == node.branch
    return same and before.live is None and node.rows.own > 0 and before.last_active <= node.started
