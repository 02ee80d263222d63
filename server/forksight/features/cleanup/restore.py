"""Restores an archived fork: session, branch and worktree, byte for byte."""

import uuid
from dataclasses import dataclass

from forksight.core.cleanup.steps import back
from forksight.core.plans.plan import Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ArchiveError, HalfDoneError, Problem, UsageError
from forksight.core.store.ledger import Archive, KeptWorktree, LedgerView
from forksight.features.cleanup import steps
from forksight.features.context import Context
from forksight.features.plans.carry_out import carry_out
from forksight.features.sessions import find


@dataclass(frozen=True, slots=True)
class Restoration:
    """What restoring a fork would do."""

    archive: Archive
    plan: Plan
    problems: tuple[Problem, ...] = ()


def archives(context: Context) -> tuple[Archive, ...]:
    """The archived forks, the last archived first."""
    view, _ = context.ledger.view()
    return tuple(reversed(view.archives))


def propose_restore(context: Context, selector: str) -> Restoration:
    """Plan to restore a fork, named by session, title or branch (then the last archived one). Raises `UsageError`, `ArchiveError`."""
    find.given("the fork to restore", selector)
    view, problems = context.ledger.view()
    archive = _meant(view, selector)
    branch = archive.branch
    existing = context.survey.branches().local.get(branch.name) if branch is not None else None
    if branch is not None and existing is not None and existing.commit != branch.commit:
        raise ArchiveError(
            f"there is another branch {branch.name} now, at {existing.commit[:10]}; “{archive.node.title}” had it at {branch.commit[:10]}",
            fix=f"rename that one: git branch -m {branch.name} NEW-NAME",
        )
    return Restoration(archive, back(archive, str(uuid.uuid4()), branch=existing is None), problems)


def restore(context: Context, restoration: Restoration, progress: Progress) -> tuple[Problem, ...]:
    """Restore it. Raises `ArchiveError`, `GitError`, `LedgerError`, which leave it archived.

    An archive that can't be removed once all of it is back is a problem; the next clean-up or restore tries again.
    """
    worktree = restoration.archive.worktree
    try:
        carry_out(context, restoration.plan, steps.do, progress)
    except HalfDoneError as error:
        if context.ledger.view()[0].archive(restoration.archive.session) is not None:
            raise  # not all of it is back
        return (
            Problem("half-done", f"{error.sentence}.", worktree.path if worktree else None),
            *_moved_on(context, worktree),
        )
    return _moved_on(context, worktree)


def _moved_on(context: Context, worktree: KeptWorktree | None) -> tuple[Problem, ...]:
    """A problem if a restored worktree is detached at its commit, since its branch is at another one by now."""
    if worktree is None or worktree.branch is None:
        return ()
    place = next((listed.worktree for listed in context.survey.places() if listed.worktree.path == worktree.path), None)
    if place is not None and place.branch is None:
        sentence = f"{worktree.branch} has moved on since: {worktree.path} is detached at what it had."
        return (Problem("branch-moved", sentence, worktree.path),)
    return ()


def _meant(view: LedgerView, selector: str) -> Archive:
    if not view.archives:
        raise UsageError("no fork is archived here", fix="`forksight clean` archives what it removes")
    on_branch = [
        archive
        for archive in view.archives
        if archive.node.branch == selector or (archive.branch and archive.branch.name == selector)
    ]
    if on_branch:
        return on_branch[-1]
    nodes = (archive.node for archive in view.archives)
    node = find.session(nodes, selector, where="in the archive", listed="forksight restore")
    return next(archive for archive in view.archives if archive.node.id == node.id)
