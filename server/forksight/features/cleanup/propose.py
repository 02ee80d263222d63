"""Proposes what to clean up: all abandoned forks, those that are named, or a single one."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from forksight.core.cleanup.facts import Facts, Keepers
from forksight.core.cleanup.proposal import CleanPlan, Entry, Reason, Why
from forksight.core.cleanup.rules import decide, may_be_cleaned_up, reasons
from forksight.core.problems import Problem, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.sessions.wording import edits_elsewhere
from forksight.core.store.ledger import Fork
from forksight.features.cleanup import facts, histories
from forksight.features.cleanup.facts import RepositoryAtWork
from forksight.features.context import Context
from forksight.features.sessions import find
from forksight.features.sessions.at_work import at_work, everybody


def propose(
    context: Context, selectors: Sequence[str] = (), *, also: Sequence[str] = (), occupied: Sequence[str] = ()
) -> CleanPlan:
    """The plan for all abandoned forks, or for those that are named (by session or branch), abandoned or not. Nothing is done.

    `also` names further forks, which a person already agreed to. `occupied` are paths of worktrees that the person is in,
    besides the context's. Raises `UsageError` for a name of no fork, `GitError`.
    """
    for selector in (*selectors, *also):
        find.given("the fork", selector)
    repository = facts.repository_at_work(context, occupied)
    named = _named(repository, (*selectors, *also))
    candidates = (*facts.forks(repository), *facts.worktrees_without_session(repository))
    chosen = [pair for pair in candidates if not selectors or pair[0].id in named]
    entries, problems = _entries(context, repository, chosen, named=named)
    hidden = repository.problems if entries else ()
    noticed = (*repository.tree.problems, *edits_elsewhere(repository.tree.nodes), *hidden, *problems)
    return CleanPlan(repository.tree.repository, entries, tuple(dict.fromkeys(noticed)))


def examine(context: Context, session: str) -> Entry | None:
    """The current entry of one fork; None if there is no such fork to clean up."""
    repository = facts.repository_at_work(context)
    candidates = (*facts.forks(repository), *facts.worktrees_without_session(repository))
    chosen = [(node, fork) for node, fork in candidates if node.id == session]
    entries, problems = _entries(context, repository, chosen, named=[session])
    if problems:
        raise UsageError(problems[0].message, fix="see to that, then try again")
    return entries[0] if entries else None


def examine_worktree(context: Context, path: str, by: str) -> Entry | None:
    """The entry for a linked worktree alone, which the session `by` asks to remove; its branch stays.

    That session may work in it itself. None if there is no such worktree. Raises `GitError`.
    """
    places = {place.worktree.path: place for place in context.survey.places()}
    place = places.get(path)
    if place is None or place.worktree.main or place.missing:
        return None
    main = next((other.worktree for other in places.values() if other.worktree.main), None)
    if not place.broken:
        place = replace(place, contents=context.survey.contents(place.worktree, main.path if main else None))
    others = [process for process in everybody(context)[0] if process.checked and process.session != by]
    worker = next(iter(at_work(context, places, others).get(path, ())), None)
    node = replace(facts.stand_in(place), live=worker)
    known = Facts(node, place=place, expected=place.worktree.branch)
    return decide(known, (Reason(Why.ASKED, "its session ended"),), (), (), context.clock.now())


def _named(repository: RepositoryAtWork, selectors: Sequence[str]) -> set[str]:
    """The sessions that the selectors name."""
    candidates = (*facts.forks(repository), *facts.worktrees_without_session(repository))
    sessions: set[str] = set()
    for selector in selectors:
        on_branch = [
            node.id
            for node, _ in candidates
            if selector in (node.id, node.worktree) or repository.is_called(node.branch, selector)
        ]
        node = None if on_branch else find.session(repository.tree.nodes, selector)
        if node is not None and not may_be_cleaned_up(node, repository.view.fork(node.id)):
            raise UsageError(f"“{node.title}” is {_what(node)}", fix="name a fork: see `forksight tree`")
        sessions.update(on_branch or [node.id] if node is not None else on_branch)
    return sessions


def _what(node: Node) -> str:
    """Why a session is not a fork that can be cleaned up."""
    if node.state is State.ARCHIVED:
        return "archived already"
    return f"the baseline {node.baseline.name}" if node.baseline is not None else "no fork"


def _entries(
    context: Context,
    repository: RepositoryAtWork,
    chosen: Sequence[tuple[Node, Fork | None]],
    *,
    named: Collection[str],
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    now, idle_days = context.clock.now(), float(context.settings.forks.abandoned_after_days)
    why: dict[str, tuple[Reason, ...]] = {}
    proposed = []
    for fork in facts.fork_facts(context, repository, chosen):
        grounds = reasons(fork, now, idle_days) or (
            (Reason(Why.ASKED, "you named it"),) if fork.node.id in named else ()
        )
        if grounds:
            why[fork.node.id] = grounds
            proposed.append(fork)
    ordered = _siblings_last(proposed)
    together = []
    for number, fork in enumerate(ordered):
        before = [other.node.id for other in ordered[:number] if other.node.live is None]
        together.append(facts.with_company(repository, fork, before, now, idle_days))
    going = [fork for fork in together if decide(fork, (), (), (), now).worktree is not None]
    read, problems = facts.with_contents(context, repository, going)
    known = {fork.node.id: fork for fork in read}
    lost = {fork.node.id for fork in going} - known.keys()  # their worktrees can't be read
    looked_at = [known.get(fork.node.id, fork) for fork in together if fork.node.id not in lost]
    history = histories.histories(context, repository, looked_at)
    entries: list[Entry] = []
    gone: set[str] = set()
    for fork in looked_at:
        commits, stashes = history.only(fork, gone), history.stashed(fork)
        keepers = histories.keepers(context, repository, fork, gone) if not commits else Keepers()
        entry = decide(fork, why[fork.node.id], commits, stashes, now, keepers=keepers)
        if fork.is_worktree and entry.worktree is None and fork.node.id not in named:
            continue  # all that was proposed of it stays
        entries.append(entry)
        if not entry.holds and (entry.branch is not None or entry.worktree is not None):
            gone |= histories.tips(fork).keys()
    return tuple(entries), problems


def _siblings_last(forks: Sequence[Facts]) -> list[Facts]:
    """The forks in order, but of those in the same worktree the last active one last: the worktree is removed with it."""
    by_worktree: dict[str, list[Facts]] = {}
    for fork in forks:
        by_worktree.setdefault(fork.node.worktree or fork.node.id, []).append(fork)
    ordered = []
    for fork in forks:
        siblings = by_worktree.pop(fork.node.worktree or fork.node.id, [])
        ordered += sorted(siblings, key=lambda sibling: sibling.touched)
    return ordered
