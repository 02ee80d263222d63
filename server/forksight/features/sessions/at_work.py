"""Determines which live sessions work in which worktree."""

from collections.abc import Collection, Iterable

from forksight.core.git.paths import innermost
from forksight.core.problems import Problem
from forksight.core.sessions.session import LiveProcess
from forksight.features.context import Context
from forksight.features.git.resolver import located


def worktree_of(context: Context, worktrees: Collection[str], process: LiveProcess) -> str | None:
    """Which of these worktrees (resolved paths) a live session works in; None if in none of them.

    Claude Code records the directory in which it was started: links in it are resolved, and moved worktrees are followed.
    """
    worktree = innermost(worktrees, context.files.resolve(process.cwd))
    if worktree is None and not context.files.exists(process.cwd):
        worktree = innermost(worktrees, located(context, process.cwd).path)
    return worktree


def everybody(context: Context) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
    """All Claude Code processes on this machine, of any account, and problems with seeing them. Asked before anything is removed."""
    return context.sessions.running(frozenset(context.ledger.view()[0].folders.values()))


def at_work(
    context: Context, worktrees: Collection[str], processes: Iterable[LiveProcess]
) -> dict[str, tuple[LiveProcess, ...]]:
    """Worktree -> the live sessions in it, of these worktrees (resolved paths). Worktrees without one are left out."""
    workers: dict[str, tuple[LiveProcess, ...]] = {}
    for process in processes:
        worktree = worktree_of(context, worktrees, process)
        if worktree is not None:
            workers[worktree] = (*workers.get(worktree, ()), process)
    return workers
