"""`forksight tree`: the sessions of this repository as a tree of forks."""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from forksight.cli.output import console, json_option, show_json
from forksight.core.problems import UsageError
from forksight.core.sessions import document
from forksight.core.sessions.session import ForkTree, Mark, Node, State, Tokens
from forksight.core.sessions.standing import Standing
from forksight.core.sessions.tree import is_fork, outdated
from forksight.core.sessions.wording import distance_text, state_text, uncommitted_text
from forksight.core.words.nearby import near
from forksight.core.words.quantities import age, many, short
from forksight.core.words.terminal import printable
from forksight.features.context import Context, Workbench
from forksight.features.sessions.remarks import remarked
from forksight.features.sessions.settle import settled_tree
from forksight.features.teams.presence import may_be_shared

if TYPE_CHECKING:
    from rich.text import Text

    from forksight.core.teams.overview import Colleagues
    from forksight.features.overlaps.engine import OverlapEngine

_ICONS = {
    State.LIVE_BUSY: ("●", "bold green"),
    State.LIVE_WAITING: ("◆", "bold yellow"),
    State.LIVE_IDLE: ("●", "green"),
    State.IDLE: ("○", "default"),
    State.PENDING: ("◌", "yellow"),
    State.ARCHIVED: ("▪", "dim"),
    State.ORPHANED: ("✗", "red"),
}
_AGED = (State.IDLE, State.ORPHANED)  # shown by how long ago they were active, in place of the state
_GUIDE = 4  # cells that a level of the tree takes
_LEAST = 12  # cells of a title or branch that are shown even on a narrow screen
_WHOLE = 10_000  # cells; lines in a file or pipe are not cut
# The members that `core.teams.document.tree_group` returns if nothing was ever shared.
_NOT_SHARED: Mapping[str, object] = {"sharing": None, "colleagues": []}
_NAMED = 2  # worktrees in conflict that are named; more are only counted


@click.command("tree")
@click.option(
    "--watch", is_flag=True, help="Keep running, and show which sessions work, wait and conflict as that changes."
)
@json_option
@click.pass_context
def command(ctx: click.Context, *, watch: bool, as_json: bool) -> None:
    """Show the sessions of this repository as a tree of forks.

    With --watch, the tree is a live view in the terminal: Enter goes to a session's tmux window, c compares two forks, d shows the
    difference to a conflicting version. Without a terminal, the view is printed once.

    Exit status: 0, or 2 on an error.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    if watch:
        if as_json:
            raise UsageError("--watch is for a terminal", fix="leave out --watch or --json")
        from forksight.cli.dashboard.dashboard import watch as watch_board

        watch_board(workbench, context)
        return
    if as_json and not may_be_shared(context):  # nothing is compared, so the engine is not loaded
        # The worktrees' standings are computed in another process while the sessions are read.
        with context.processes.aside(lambda: _standings(context)) as compute_standings:
            tree = remarked(context, settled_tree(context))
            show_json({**document.tree(tree, compute_standings()), **_NOT_SHARED})
    else:
        _compare(context, as_json=as_json)


def _standings(context: Context) -> tuple[Standing, ...]:
    from forksight.features.sessions.standings import standings_now

    return standings_now(context)


def _compare(context: Context, *, as_json: bool) -> None:
    """Show the tree with conflicts and the state of sharing."""
    from forksight.core.teams.document import tree_group
    from forksight.features.overlaps.configured_engine import configured_engine
    from forksight.features.sessions.standings import standings
    from forksight.features.teams.overview import colleagues_in

    hide = context.settings.tree.hide
    tree = remarked(context, settled_tree(context))
    engine = configured_engine(context)
    engine.refresh()
    distance = as_json or "distance" not in hide
    all_standings = standings(context, engine.worktrees(), engine.snapshots(), distance=distance)
    colleagues, today = colleagues_in(context, engine.colleagues(), engine.matrix), datetime.now().astimezone()
    if as_json:
        show_json({**document.tree(tree, all_standings), **tree_group(colleagues, today)})
        return
    about = {standing.path: _standing_words(standing, hide) for standing in all_standings}
    _show(tree, context.clock.now(), _conflicts(engine, tree), about, hide)
    _show_colleagues(colleagues, today)
    for problem in tree.problems:  # in full, because this command is about transcripts
        console(stderr=True).print(f"note: {printable(problem.message)}", style="yellow")


def _standing_words(standing: Standing, hide: Collection[str]) -> str:
    """The standing of a worktree in words."""
    parts = [("uncommitted", uncommitted_text(standing)), ("distance", distance_text(standing))]
    return " · ".join(printable(text) for name, text in parts if text and name not in hide)


def _conflicts(engine: "OverlapEngine", tree: ForkTree) -> Mapping[str, str]:
    """Worktree -> its conflicts in words. Nothing is compared if all sessions work in the same worktree."""
    if len({node.worktree for node in tree.nodes}) < 2:
        return {}
    matrix = engine.matrix()
    opponents: dict[str, list[str]] = {}
    breaks: dict[str, int] = {}
    for pair in matrix.pairs:
        a, b = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        broken = sum(file.kind.semantic for file in pair.files)
        for worktree, other in ((a, b), (b, a)):
            if broken:
                breaks[worktree.path] = breaks.get(worktree.path, 0) + broken
            if broken < len(pair.files):
                opponents.setdefault(worktree.path, []).append(printable(other.full_label))
    return {path: _conflict_words(opponents.get(path, []), breaks.get(path, 0)) for path in (*opponents, *breaks)}


def _conflict_words(opponents: Sequence[str], breaks: int) -> str:
    """A worktree's opponents, and the number of breaks of its clean merges, in words."""
    named = ", ".join(opponents) if len(opponents) <= _NAMED else f"{len(opponents)} worktrees"
    parts = [f"conflicts with {named}"] if opponents else []
    parts += [many(breaks, "break")] if breaks else []
    return " · ".join(parts)


def _show(
    tree: ForkTree, now: float, conflicts: Mapping[str, str], standing: Mapping[str, str], hide: Collection[str]
) -> None:
    """Print the tree: for each session its title and state and, dim, its id, tokens, worktree and last sentence.

    `conflicts` and `standing` have words about worktrees, by path; `hide` names what to leave out.
    """
    from rich.text import Text
    from rich.tree import Tree

    out = console()
    if not tree.nodes:
        out.print("No Claude Code session has worked in this repository yet.", style="bold")
        return
    top = Tree(Text(_summary(tree), style="dim"), guide_style="dim")
    branches: dict[str, Tree] = {}
    depths: dict[str, int] = {}
    old = outdated(tree)
    for node in tree.nodes:
        above = branches.get(node.parent or "", top)
        depths[node.id] = depth = depths.get(node.parent or "", 0) + 1
        room = out.width - _GUIDE * depth if out.is_terminal else _WHOLE
        label = _label(node, now, old.get(node.id), conflicts.get(node.worktree or ""), hide, room=room)
        works = node.baseline is None and node.state not in (State.ARCHIVED, State.ORPHANED)
        words = standing.get(node.worktree or "", "") if works else ""
        label.append(_facts(node, tree.repository, words, hide, lost=_lost(node, branches)), style="dim")
        if works and node.session is not None and node.session.last_sentence and "answer" not in hide:
            label.append(f"\n  “{printable(node.session.last_sentence)}”", style="dim italic")
        branches[node.id] = above.add(label)
    if not out.is_terminal:
        out.width = _WHOLE
    out.print(top, no_wrap=True, overflow="ellipsis")


def _show_colleagues(colleagues: "Colleagues", today: datetime) -> None:
    """Print the worktrees on other machines, below the state of sharing; nothing if it is off."""
    from rich.text import Text
    from rich.tree import Tree

    if not colleagues.sharing:
        return
    from forksight.core.teams.wording import colleague_text

    group = Tree(Text(f"Colleagues · {printable(colleagues.sharing)}", style="dim"), guide_style="dim")
    for worktree in colleagues.worktrees:
        label = Text.assemble((printable(worktree.label), "bold"), f"  {printable(colleague_text(worktree, today))}")
        group.add(label)
    out = console()
    if not out.is_terminal:
        out.width = _WHOLE
    out.print(group, no_wrap=True, overflow="ellipsis")


def _summary(tree: ForkTree) -> str:
    forks = sum(is_fork(node) for node in tree.nodes)
    live = sum(node.state.live for node in tree.nodes)
    parts = [many(len(tree.nodes), "session"), many(forks, "fork"), f"{live} live"]
    spent = sum((node.own for node in tree.nodes), Tokens())
    return " · ".join([*parts, f"{short(spent.total)} tokens"])


def _lost(node: Node, shown: Collection[str]) -> bool:
    """Whether a session is a fork of one that is not in the tree."""
    return node.parent not in shown if node.parent else node.rows.inherited > 0


def _label(
    node: Node, now: float, old: Mark | None, conflict: str | None, hide: Collection[str], *, room: int
) -> "Text":
    """A session's first line, at most `room` cells wide.

    If it does not fit, a branch with the session's own title is left out first, then title and branch are cut.
    """
    from rich.text import Text

    icon, style = _ICONS[node.state]
    title = Text(printable(node.title), style="bold" if node.state is not State.ARCHIVED else "dim")
    branch = Text(f"  {printable(node.branch)}" if node.branch and "branch" not in hide else "", style="cyan")
    text = Text()
    if conflict and node.state not in (State.ARCHIVED, State.ORPHANED):
        text.append(f"  {conflict}", style="red")
    if node.baseline:
        current = "" if node.baseline.current else ", superseded"
        text.append(f"  baseline {printable(node.baseline.name)} {node.baseline.generation}{current}", style="magenta")
    if node.attempt:
        text.append("  refresh, no generation", style="yellow")
    if node.findings is not None:
        text.append("  findings taken", style="green")
    if old:
        text.append(f"  of {printable(old.name)} {old.generation}, superseded", style="yellow")
    if node.state in _AGED and "active" not in hide:
        text.append(f"  {age(now - node.last_active)}", style="default")
    elif node.state not in _AGED:
        text.append(f"  {state_text(node)}", style=style)
    cells_left = room - text.cell_len - len(icon) - 1
    if node.branch == node.title and title.cell_len + branch.cell_len > cells_left:
        # A fork has its branch's name unless somebody renamed it, and the same name is not shown twice.
        branch = Text()
    branch.truncate(max(_LEAST, cells_left // 2, cells_left - title.cell_len), overflow="ellipsis")
    title.truncate(max(_LEAST, cells_left - branch.cell_len), overflow="ellipsis")
    return Text.assemble(Text(f"{icon} ", style=style), title, branch, text)


def _facts(node: Node, repository: str, standing: str, hide: Collection[str], *, lost: bool) -> str:
    facts = [node.id if node.state is State.PENDING else node.id[:8]]
    if standing:
        facts.append(standing)
    if node.own.total and "tokens" not in hide:
        facts.append(f"{short(node.own.total)} own")
    if node.inherited.total and "tokens" not in hide:
        facts.append(f"{short(node.inherited.total)} inherited")
    if lost:
        facts.append("its parent is gone")
    if node.worktree:  # at the end, where a narrow screen cuts
        gone = "its worktree is gone: " if node.state is State.ORPHANED else ""
        facts.append(gone + printable(near(node.worktree, repository, os.path.expanduser("~"))))
    return "\n  " + " · ".join(facts)
