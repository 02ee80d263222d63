"""Gathers the facts about forks from git, the fork tree, the ledger and the live sessions."""

import os
import uuid
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from forksight.core.claude.unread import unread_in
from forksight.core.cleanup.facts import BranchFacts, Contents, Facts, Place
from forksight.core.cleanup.rules import may_be_cleaned_up
from forksight.core.git.paths import innermost
from forksight.core.git.resolver import PathResolver
from forksight.core.problems import GitError, NotARepositoryError, Problem
from forksight.core.sessions.session import WORKTREE, Evidence, LiveProcess, Node, State
from forksight.core.store.ledger import Fork
from forksight.core.words.quantities import DAY
from forksight.features.cleanup.merged import judge
from forksight.features.context import Context
from forksight.features.git.resolver import path_resolver
from forksight.features.sessions.at_work import at_work, everybody, worktree_of
from forksight.features.sessions.repository_facts import RepositoryFacts, repository_facts

_GRAIN = 2.0  # seconds to which file systems tell a time
_WORKERS = (os.cpu_count() or 2) + 1  # a look at a worktree mostly waits for its git


@dataclass(frozen=True)
class RepositoryAtWork(RepositoryFacts):
    """`RepositoryFacts`, and which sessions are at work: what must be known before anything is removed."""

    # The live sessions in each worktree, by its path.
    workers: Mapping[str, tuple[LiveProcess, ...]]
    # Those that a container lists, and that can't be looked at, each with the path of its worktree; None if it is in none.
    unchecked: Mapping[LiveProcess, str | None]
    # The paths of the worktrees that the person is in.
    here: frozenset[str]
    # Where the paths are today that forks and sessions remember.
    today: PathResolver
    # What may be at work and was not seen.
    problems: tuple[Problem, ...]


def repository_at_work(context: Context, occupied: Sequence[str] = ()) -> RepositoryAtWork:
    """Read git, the fork tree, the ledger and the live sessions.

    `occupied` are paths that the person is in, besides the context's. Raises `NotARepositoryError`, `GitError`.
    """
    facts = repository_facts(context)
    processes, hidden = everybody(context)
    workers = at_work(context, facts.places, (process for process in processes if process.checked))
    unchecked = {process: worktree_of(context, facts.places, process) for process in processes if not process.checked}
    here = {innermost(list(facts.places), context.files.resolve(path)) for path in occupied}
    with suppress(NotARepositoryError):
        here.add(context.here.path)
    worktrees, trouble = context.repository.worktrees()
    sessions = [node.session for node in facts.tree.nodes if node.session is not None]
    return RepositoryAtWork(
        tree=facts.tree,
        view=facts.view,
        places=facts.places,
        branches=facts.branches,
        ask_renamed=lambda: facts.renamed,
        workers=workers,
        unchecked=unchecked,
        here=frozenset(path for path in here if path is not None),
        today=path_resolver(context, worktrees, trouble, facts.view, sessions),
        problems=hidden,
    )


def forks(repository: RepositoryAtWork) -> list[tuple[Node, Fork | None]]:
    """The forks that may be cleaned up, parents first."""
    pairs = [(node, repository.view.fork(node.id)) for node in repository.tree.nodes]
    return [(node, fork) for node, fork in pairs if may_be_cleaned_up(node, fork)]


def worktrees_without_session(repository: RepositoryAtWork) -> list[tuple[Node, Fork | None]]:
    """The linked worktrees without any session, each with a stand-in node."""
    used = {node.worktree for node in repository.tree.nodes if node.state is not State.ARCHIVED}
    return [
        (stand_in(place), None)
        for path, place in repository.places.items()
        if not (place.worktree.main or place.missing or place.broken or path in used)
    ]


def stand_in(place: Place) -> Node:
    """A node that stands for a worktree without a session. Its id stays the same as long as that worktree exists."""
    worktree, created = place.worktree, place.made or 0.0
    return Node(
        id=f"{WORKTREE}{uuid.uuid5(uuid.NAMESPACE_URL, f'{worktree.git_dir} {created}')}",
        title=worktree.branch or os.path.basename(worktree.path),
        parent=None,
        evidence=Evidence.NONE,
        state=State.IDLE,
        worktree=worktree.path,
        branch=worktree.branch,
        started=created,
        last_active=created,
    )


def fork_facts(
    context: Context, repository: RepositoryAtWork, chosen: Sequence[tuple[Node, Fork | None]]
) -> list[Facts]:
    """The facts about these forks, without their worktrees' contents and without `company`."""
    expected = {node.id: _expected(repository, node, fork) for node, fork in chosen}
    branches = _branches(context, repository, {name for name in expected.values() if name is not None})
    present = {node.id for node in repository.tree.nodes if node.session is not None}
    gathered = []
    for node, fork in chosen:
        place = repository.places.get(node.worktree or "")
        branch = branches.get(expected[node.id] or "")
        elsewhere = _checked_out(repository, branch.name, but=place) if branch is not None else None
        if branch is not None and elsewhere is not None:
            branch = replace(branch, kept=f"it is checked out in {elsewhere}")
        gathered.append(
            Facts(
                node,
                fork,
                place,
                expected[node.id],
                branch,
                blank=fork is not None and fork.parent in present and node.rows.own > 0 and not node.rows.inherited,
                here=place is not None and place.worktree.path in repository.here,
                stranger=next((process for process in _workers(repository, node) if not process.session), None),
                unfound=_unfound(context, repository, node, place),
                restored=repository.view.restored.get(node.id),
            )
        )
    return gathered


def _workers(repository: RepositoryAtWork, node: Node) -> tuple[LiveProcess, ...]:
    """The live sessions in the worktree of a session."""
    return repository.workers.get(node.worktree or "", ())


def _unfound(context: Context, repository: RepositoryAtWork, node: Node, place: Place | None) -> str | None:
    """Why a session may be live although it was not seen: it can't be looked at, or its transcript is another account's."""
    for process, path in repository.unchecked.items():
        if process.session == node.id or (place is not None and path == place.worktree.path):
            return f"Claude Code lists process {process.pid} of a container, in {process.cwd}: nobody can look whether it runs"
    unread = (
        unread_in(repository.tree.problems, context.claude.projects, place.worktree.path) if place is not None else None
    )
    if unread is not None:
        return f"{unread} can't be read: a session may be at work there"
    folder, seen_in = context.claude.config_dir, repository.view.folders.get(node.id)
    if not node.transcript_missing or seen_in == folder:
        return None
    return f"its transcript is not in {folder}: it {f'was in {seen_in}' if seen_in else 'may be in that of another account'}"


def with_company(
    repository: RepositoryAtWork, fork: Facts, going: Collection[str], now: float, idle_days: float
) -> Facts:
    """The facts with `company`: who else works or lately worked in the worktree, and which baseline is in it.

    `going` are the sessions that are cleaned up before this one.
    """
    if fork.place is None:
        return fork
    path = fork.place.worktree.path
    others = [node for node in repository.tree.nodes if node.worktree == path and node.id not in (fork.node.id, *going)]
    company = []
    for node in others:
        if node.state is State.ARCHIVED:
            continue
        if node.baseline is not None:
            company.append(f"the baseline {node.baseline.name} lives there")
        elif (
            node.live is not None
            or may_be_cleaned_up(node, repository.view.fork(node.id))
            or now - node.last_active < idle_days * DAY
        ):
            company.append(f"“{node.title}” is there too")
    company += [
        f"“{node.title}” edited files there"
        for node in repository.tree.nodes
        if node.id not in (fork.node.id, *going) and any(edits.worktree == path for edits in node.elsewhere)
    ]
    in_tree = {node.id for node in repository.tree.nodes}
    strangers = [process for process in repository.workers.get(path, ()) if process.session not in in_tree]
    company += [f"process {process.pid} of Claude Code works there" for process in strangers]
    company += ["it was there before the fork"] if _is_older(repository, fork) else []
    return replace(fork, company=tuple(company))


def _is_older(repository: RepositoryAtWork, fork_facts: Facts) -> bool:
    """Whether the worktree of a fork without own rows existed before any fork that we made in it."""
    place, view = fork_facts.place, repository.view
    if place is None or place.made is None or fork_facts.node.rows.own:
        return False
    ours = [*view.forks, *(archive.fork for archive in view.archives if archive.fork is not None)]
    path = place.worktree.path
    begun = [fork.created for fork in ours if repository.today.locate(fork.worktree).path == path]
    return bool(begun) and place.made + _GRAIN < min(begun)


def with_contents(
    context: Context, repository: RepositoryAtWork, chosen: Sequence[Facts]
) -> tuple[list[Facts], tuple[Problem, ...]]:
    """The facts with the contents of each worktree. If one can't be read, that is a problem and its fork is left out."""

    def read(fork: Facts) -> Contents | Problem | None:
        if fork.place is None or fork.place.broken or fork.place.worktree.main:
            return None
        try:
            return context.survey.contents(fork.place.worktree, repository.main)
        except GitError as error:
            return Problem("worktree-unreadable", f"{error.sentence}.", fork.place.worktree.path)

    with ThreadPoolExecutor(min(_WORKERS, len(chosen) or 1)) as pool:
        read_all = list(pool.map(read, chosen))
    completed = [
        replace(fork, place=replace(fork.place, contents=contents))
        if fork.place and isinstance(contents, Contents)
        else fork
        for fork, contents in zip(chosen, read_all, strict=True)
        if not isinstance(contents, Problem)
    ]
    return completed, tuple(dict.fromkeys(contents for contents in read_all if isinstance(contents, Problem)))


def _expected(repository: RepositoryAtWork, node: Node, fork: Fork | None) -> str | None:
    """The branch that a fork is for, under its current name."""
    name = (fork.branch if fork else None) or (node.session.branch if node.session else None) or node.branch
    return repository.branch_now(name)


def _branches(context: Context, repository: RepositoryAtWork, names: Collection[str]) -> dict[str, BranchFacts]:
    """The facts about those of these branches that exist."""
    branches = repository.branches
    judged = judge(context, branches, sorted(name for name in names if name in branches.local), repository.main)
    if branches.default in judged:
        judged[branches.default] = replace(judged[branches.default], kept="others are merged into it")
    return judged


def _checked_out(repository: RepositoryAtWork, branch: str, *, but: Place | None) -> str | None:
    paths = (
        place.worktree.path
        for place in repository.places.values()
        if place.worktree.branch == branch and place is not but
    )
    return next(paths, None)
