"""What is known of forks before they are cleaned up: gathered from git, the fork tree, the ledger and who works where."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from forksight.core.cleanup.facts import BranchFacts, Commit, Contents, Facts, Place, Stash
from forksight.core.cleanup.rules import DAY, alone, is_fork
from forksight.core.git.branches import Branches
from forksight.core.git.paths import innermost
from forksight.core.problems import GitError, NotARepositoryError, Problem
from forksight.core.sessions.session import ForkTree, LiveProcess, Node, State
from forksight.core.store.ledger import Fork, LedgerView
from forksight.features.cleanup.merged import judge
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree

_GRAIN = 2.0  # seconds to which file systems tell a time
_WORKERS = (os.cpu_count() or 2) + 1  # a look at a worktree mostly waits for its git


@dataclass(frozen=True)
class Ground:
    """One look at everything that forks have in common. `workers` maps a worktree to the live sessions in it.

    `here` are the worktrees that the person is in.
    """

    tree: ForkTree
    view: LedgerView
    places: Mapping[str, Place]
    branches: Branches
    workers: Mapping[str, tuple[LiveProcess, ...]]
    here: frozenset[str] = frozenset()

    @property
    def main(self) -> str | None:
        """The path of the main checkout; None where there is none."""
        return next((path for path, place in self.places.items() if place.worktree.main), None)


def look(context: Context, occupied: Sequence[str] = ()) -> Ground:
    """The ground now; `occupied` are worktrees that the person is in too. Raises `NotARepositoryError`, `GitError`."""
    tree, survey = fork_tree(context), context.survey
    with ThreadPoolExecutor(2) as pool:
        listed, branches = pool.submit(survey.places), pool.submit(survey.branches)
    places = {place.worktree.path: place for place in listed.result()}
    workers: dict[str, tuple[LiveProcess, ...]] = {}
    for process in context.sessions.live()[0]:
        path = innermost(list(places), context.files.resolve(process.cwd))
        if path is not None:
            workers[path] = (*workers.get(path, ()), process)
    here = {innermost(list(places), context.files.resolve(path)) for path in occupied}
    with suppress(NotARepositoryError):
        here.add(context.here.path)
    occupied_here = frozenset(path for path in here if path is not None)
    return Ground(tree, context.ledger.view()[0], places, branches.result(), workers, occupied_here)


def forks(ground: Ground) -> list[tuple[Node, Fork | None]]:
    """The forks that may be cleaned up, parents first."""
    pairs = [(node, ground.view.fork(node.id)) for node in ground.tree.nodes]
    return [(node, fork) for node, fork in pairs if is_fork(node, fork)]


def facts(context: Context, ground: Ground, chosen: Sequence[tuple[Node, Fork | None]]) -> list[Facts]:
    """What is known of these forks, without what is in their worktrees, and without their company."""
    expected = {node.id: _expected(ground, node, fork) for node, fork in chosen}
    branches = _branches(context, ground, {name for name in expected.values() if name is not None})
    there = {node.id for node in ground.tree.nodes if node.session is not None}
    found = []
    for node, fork in chosen:
        place = ground.places.get(node.worktree or "")
        branch = branches.get(expected[node.id] or "")
        elsewhere = _checked_out(ground, branch.name, but=place) if branch is not None else None
        if branch is not None and elsewhere is not None:
            branch = replace(branch, kept=f"it is checked out in {elsewhere}")
        found.append(
            Facts(
                node,
                fork,
                place,
                expected[node.id],
                branch,
                blank=fork is not None and fork.parent in there and node.rows.own > 0 and not node.rows.inherited,
                here=place is not None and place.worktree.path in ground.here,
                restored=ground.view.restored.get(node.id),
            )
        )
    return found


def in_company(ground: Ground, one: Facts, going: Collection[str], now: float, idle_days: float) -> Facts:
    """The facts with who else needs the worktree: who works there, whose home it is, who was there lately.

    `going` are the sessions that are cleaned up before this one.
    """
    if one.place is None:
        return one
    path = one.place.worktree.path
    others = [node for node in ground.tree.nodes if node.worktree == path and node.id not in (one.node.id, *going)]
    company = []
    for node in others:
        if node.state is State.ARCHIVED:
            continue
        if node.baseline is not None:
            company.append(f"the baseline {node.baseline.name} lives there")
        elif (
            node.live is not None
            or is_fork(node, ground.view.fork(node.id))
            or now - node.last_active < idle_days * DAY
        ):
            company.append(f"“{node.title}” is there too")
    known = {node.id for node in ground.tree.nodes}
    strangers = [process for process in ground.workers.get(path, ()) if process.session not in known]
    company += [f"process {process.pid} of Claude Code works there" for process in strangers]
    company += ["it was there before the fork"] if _is_older(ground, one) else []
    return replace(one, company=tuple(company))


def _is_older(ground: Ground, one: Facts) -> bool:
    """Whether the worktree of a fork that has done nothing was there before all that we ever forked into it."""
    place, view = one.place, ground.view
    if place is None or place.made is None or one.node.rows.own:
        return False
    ours = [*view.forks, *(archive.fork for archive in view.archives if archive.fork is not None)]
    begun = [fork.created for fork in ours if fork.worktree == place.worktree.path]
    return bool(begun) and place.made + _GRAIN < min(begun)


def with_contents(context: Context, ground: Ground, chosen: Sequence[Facts]) -> tuple[list[Facts], tuple[Problem, ...]]:
    """The facts with what is in each worktree. One that can't be read is a problem, and its fork is left out."""

    def read(one: Facts) -> Contents | Problem | None:
        if one.place is None or one.place.missing or one.place.broken or one.place.worktree.main:
            return None
        try:
            return context.survey.contents(one.place.worktree, ground.main)
        except GitError as error:
            return Problem("worktree-unreadable", f"{error.sentence}.", one.place.worktree.path)

    with ThreadPoolExecutor(min(_WORKERS, len(chosen) or 1)) as pool:
        read_all = list(pool.map(read, chosen))
    found = [
        replace(one, place=replace(one.place, contents=contents))
        if one.place and isinstance(contents, Contents)
        else one
        for one, contents in zip(chosen, read_all, strict=True)
        if not isinstance(contents, Problem)
    ]
    return found, tuple(dict.fromkeys(contents for contents in read_all if isinstance(contents, Problem)))


@dataclass(frozen=True)
class Histories:
    """Which commits only forks have, and who has them; the stash."""

    commits: Mapping[str, Commit]
    holders: Mapping[str, frozenset[str]]
    stashes: tuple[Stash, ...]

    def only(self, one: Facts, going: Collection[str]) -> tuple[Commit, ...]:
        """The commits that go with a fork when `going` (names of tips) go before it."""
        own = tips(one)
        merged = f"branch {one.branch.name}" if one.branch is not None and one.branch.merged is not None else None
        return tuple(
            self.commits[commit]
            for commit in alone(self.holders, {*going, *own})
            if not own.keys().isdisjoint(self.holders[commit]) and merged not in self.holders[commit]
        )

    def stashed(self, one: Facts) -> tuple[Stash, ...]:
        """What was stashed on a fork's branch."""
        return tuple(stash for stash in self.stashes if one.branch is not None and stash.branch == one.branch.name)


def histories(context: Context, ground: Ground, chosen: Sequence[Facts]) -> Histories:
    """What only forks have, asked once for all of them."""
    if not chosen:
        return Histories({}, {}, ())
    branches = ground.branches
    ends = {f"branch {name}": branch.commit for name, branch in branches.local.items()}
    for one in chosen:
        ends.update(tips(one))
    default = branches.local.get(branches.default or "")
    commits, holders = context.survey.unshared(ends, [default.commit] if default else [])
    return Histories(commits, holders, context.survey.stashes())


def tips(one: Facts) -> dict[str, str]:
    """What goes with a fork that commits hang on: its branch, or what its worktree is detached at."""
    found = {f"branch {one.branch.name}": one.branch.commit} if one.branch is not None else {}
    place = one.place
    if place is not None and not place.missing and place.worktree.branch is None and place.worktree.head is not None:
        found[f"head {place.worktree.path}"] = place.worktree.head
    return found


def _expected(ground: Ground, node: Node, fork: Fork | None) -> str | None:
    """The branch that a fork is for: what it was made for, or what its worktree is on since that was renamed."""
    name = (fork.branch if fork else None) or node.branch
    place = ground.places.get(node.worktree or "")
    if name in ground.branches.local or place is None or place.worktree.main or place.missing:
        return name
    return place.worktree.branch or name


def _branches(context: Context, ground: Ground, names: Collection[str]) -> dict[str, BranchFacts]:
    """What is known of these branches, as far as they exist."""
    branches = ground.branches
    found = judge(context, branches, sorted(name for name in names if name in branches.local), ground.main)
    if branches.default in found:
        found[branches.default] = replace(found[branches.default], kept="others are merged into it")
    return found


def _checked_out(ground: Ground, branch: str, *, but: Place | None) -> str | None:
    paths = (
        place.worktree.path for place in ground.places.values() if place.worktree.branch == branch and place is not but
    )
    return next(paths, None)
