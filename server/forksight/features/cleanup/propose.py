"""From the facts about forks to what would become of each: all abandoned ones, those that were named, or a single one."""

from collections.abc import Collection, Sequence

from forksight.core.cleanup.facts import Facts
from forksight.core.cleanup.proposal import CleanPlan, Entry, Reason, Why
from forksight.core.cleanup.rules import decide, is_fork, reasons
from forksight.core.problems import Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.store.ledger import Fork
from forksight.features.cleanup import facts
from forksight.features.cleanup.facts import Ground
from forksight.features.context import Context
from forksight.features.sessions import find


def propose(
    context: Context, selectors: Sequence[str] = (), *, also: Sequence[str] = (), occupied: Sequence[str] = ()
) -> CleanPlan:
    """The abandoned forks, or those that are named (by session or branch), whether abandoned or not. Nothing is done.

    `also` are named ones beside those: saying yes to a fork by its name is naming it. `occupied` are worktrees that the person is in, besides the one of the context. Raises `UsageError` for a name that
    means no fork.
    """
    for selector in (*selectors, *also):
        find.given("the fork", selector)
    ground = facts.look(context, occupied)
    named = _named(ground, (*selectors, *also))
    chosen = [pair for pair in facts.forks(ground) if not selectors or pair[0].id in named]
    entries, problems = _entries(context, ground, chosen, asked=named)
    return CleanPlan(ground.tree.repository, entries, tuple(dict.fromkeys((*ground.tree.problems, *problems))))


def examine(context: Context, session: str) -> Entry | None:
    """What would become of one fork now; None if there is no such fork to clean up."""
    ground = facts.look(context)
    chosen = [(node, fork) for node, fork in facts.forks(ground) if node.id == session]
    entries, problems = _entries(context, ground, chosen, asked=[session])
    if problems:
        raise UsageError(problems[0].message, fix="mend it, then try again")
    return entries[0] if entries else None


def _named(ground: Ground, selectors: Sequence[str]) -> set[str]:
    """The sessions that are meant."""
    known = facts.forks(ground)
    wanted: set[str] = set()
    for selector in selectors:
        on_branch = [node.id for node, _ in known if node.branch == selector]
        node = None if on_branch else find.session(ground.tree.nodes, selector)
        if node is not None and not is_fork(node, ground.view.fork(node.id)):
            raise UsageError(f"“{node.title}” is {_what(node)}", fix="name a fork: see `forksight tree`")
        wanted.update(on_branch or [node.id] if node is not None else on_branch)
    return wanted


def _what(node: Node) -> str:
    """Why a session is no fork that can be cleaned up."""
    if node.state is State.ARCHIVED:
        return "archived already"
    return f"the baseline {node.baseline.name}" if node.baseline is not None else "no fork"


def _entries(
    context: Context, ground: Ground, chosen: Sequence[tuple[Node, Fork | None]], *, asked: Collection[str]
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    now, idle_days = context.clock.now(), float(context.settings.forks.abandoned_after_days)
    why: dict[str, tuple[Reason, ...]] = {}
    proposed = []
    for one in facts.facts(context, ground, chosen):
        found = reasons(one, now, idle_days) or ((Reason(Why.ASKED, "you named it"),) if one.node.id in asked else ())
        if found:
            why[one.node.id] = found
            proposed.append(one)
    ordered = _siblings_last(proposed)
    together = []
    for number, one in enumerate(ordered):
        before = [other.node.id for other in ordered[:number] if other.node.live is None]
        together.append(facts.in_company(ground, one, before, now, idle_days))
    going = [one for one in together if decide(one, (), (), (), now).worktree is not None]
    read, problems = facts.with_contents(context, ground, going)
    known = {one.node.id: one for one in read}
    lost = {one.node.id for one in going} - known.keys()  # their worktrees can't be read
    there = [known.get(one.node.id, one) for one in together if one.node.id not in lost]
    history = facts.histories(context, ground, there)
    entries: list[Entry] = []
    gone: set[str] = set()
    for one in there:
        entry = decide(one, why[one.node.id], history.only(one, gone), history.stashed(one), now)
        entries.append(entry)
        if not entry.holds and (entry.branch is not None or entry.worktree is not None):
            gone |= facts.tips(one).keys()
    return tuple(entries), problems


def _siblings_last(forks: Sequence[Facts]) -> list[Facts]:
    """The forks in their order, but of those in one worktree the last active one last: the worktree goes with it."""
    homes: dict[str, list[Facts]] = {}
    for one in forks:
        homes.setdefault(one.node.worktree or one.node.id, []).append(one)
    ordered = []
    for one in forks:
        home = homes.pop(one.node.worktree or one.node.id, [])
        ordered += sorted(home, key=lambda each: each.touched)
    return ordered
