"""Which live sessions work in which worktree."""

from collections.abc import Collection, Iterable

from forksight.core.git.paths import innermost
from forksight.core.problems import Problem
from forksight.core.sessions.session import LiveProcess
from forksight.features.context import Context
from forksight.features.git.resolver import located


def worktree_of(context: Context, worktrees: Collection[str], process: LiveProcess) -> str | None:
    """The worktree that a live session works in, of these (resolved paths); None if it is in none of them.

    Claude Code notes the directory as it was started: links in its path are followed first, and a worktree may have been moved.
    """
    worktree = innermost(worktrees, context.files.resolve(process.cwd))
    if worktree is None and not context.files.exists(process.cwd):
        worktree = innermost(worktrees, located(context, process.cwd).path)
    return worktree


def everybody(context: Context) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
    """All that may be at work on this machine, whatever account it is, before something goes; and what nobody can see."""
    return context.sessions.running(frozenset(context.ledger.view()[0].folders.values()))


def at_work(
    context: Context, worktrees: Collection[str], processes: Iterable[LiveProcess]
) -> dict[str, tuple[LiveProcess, ...]]:
    """The live sessions in each of these worktrees (resolved paths); worktrees without one are left out."""
    workers: dict[str, tuple[LiveProcess, ...]] = {}
    for process in processes:
        worktree = worktree_of(context, worktrees, process)
        if worktree is not None:
            workers[worktree] = (*workers.get(worktree, ()), process)
    return workers
