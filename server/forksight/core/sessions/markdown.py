"""The fork tree as a Markdown document."""

from collections.abc import Callable, Mapping, Sequence

from forksight.core.sessions.session import ForkTree, Mark, Node, State
from forksight.core.sessions.tree import outdated
from forksight.core.sessions.wording import state_text
from forksight.core.words.markdown import code, escaped, linked
from forksight.core.words.quantities import many


def fork_tree(tree: ForkTree, conflicts: Mapping[str, int], ignored: Sequence[str], link: Callable[[str], str]) -> str:
    """A nested list of the sessions, followed by what is ignored and by the problems.

    `conflicts` has the number of conflicting regions of each worktree, by path; `ignored` are the labels whose overlaps are not
    shown; `link` makes a URI of a path.
    """
    lines = ["# Fork tree", ""]
    if not tree.nodes:
        lines += ["No session of Claude Code has worked in this repository yet.", ""]
    levels: dict[str, int] = {}
    superseded = outdated(tree)
    for node in tree.nodes:
        levels[node.id] = levels[node.parent] + 1 if node.parent in levels else 0
        facts = _facts(node, conflicts.get(node.worktree or "", 0), superseded.get(node.id), link)
        indent = "  " * levels[node.id]
        lines += [f"{indent}- {escaped(node.title)} — {', '.join(facts)}  ", f"{indent}  {code(node.id)}"]
    if ignored:
        lines += ["", "## Ignored overlaps", "", *(f"- {escaped(label)}" for label in ignored)]
    if tree.problems:
        lines += [
            "",
            "## Worth knowing",
            "",
            *dict.fromkeys(f"- {escaped(problem.message)}" for problem in tree.problems),
        ]
    return "\n".join([*lines, ""])


def _facts(node: Node, conflicts: int, superseded: Mark | None, link: Callable[[str], str]) -> list[str]:
    """The facts about a session that follow its title, in order. `superseded` is the outdated generation that it was forked from."""
    facts = [code(node.branch) if node.branch else "no branch", state_text(node)]
    if node.baseline is not None:
        current = "" if node.baseline.current else ", superseded"
        facts.insert(0, f"**baseline {escaped(node.baseline.name)}**, generation {node.baseline.generation}{current}")
    if node.attempt:
        facts.append("an attempt to refresh, no generation")
    if superseded is not None:
        facts.append(f"of generation {superseded.generation} of {escaped(superseded.name)}, superseded")
    if conflicts:
        facts.append(f"**{many(conflicts, 'conflict')}**")
    if node.own.total or node.inherited.total:
        facts.append(f"{node.own.total:,} tokens own, {node.inherited.total:,} inherited")
    if node.worktree and node.state is not State.ORPHANED:
        facts.append(linked(node.worktree, link(node.worktree)))
    return facts
