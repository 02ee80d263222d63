"""Makes and removes the worktrees that Claude Code asks for by hooks (`--worktree`, subagents).

Before a worktree is removed, what exists only in it is archived.
"""

import os
import re
import uuid

from forksight.core.agents.wording import branch_stays
from forksight.core.git.paths import innermost
from forksight.core.git.snapshot import Worktree
from forksight.core.plans.plan import Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, GitError, UsageError
from forksight.features.cleanup.propose import examine_worktree
from forksight.features.cleanup.removed_worktree import archive_worktree
from forksight.features.context import Context
from forksight.features.forks.interrupted import recover
from forksight.features.forks.steps import do
from forksight.features.forks.target import Removed, Target, locate, preparation
from forksight.features.git.worktrees import folder_for_worktrees, main_checkout
from forksight.features.plans.carry_out import carry_out
from forksight.features.sessions.at_work import at_work

_AGENT = re.compile(r"agent-[0-9a-f]+")  # the name that Claude Code 2.1.332 gives a subagent's worktree


def create_worktree(context: Context, name: str, progress: Progress) -> str:
    """Find or make the worktree for `name`, a subagent's name or a branch, and return its path.

    Raises `ForksightError` if that is impossible; then nothing was made.
    """
    busy = at_work(context, [worktree.path for worktree in context.maker.registered()], context.sessions.live()[0])
    recovery = recover(context, busy)
    target = (
        _for_agent(context, name, recovery.removed)
        if _AGENT.fullmatch(name)
        else locate(context, name, None, recovery.removed)
    )
    if target.main:
        raise UsageError(f"{name} is checked out in the main checkout, {target.path}", fix="start Claude Code there")
    if target.undecided:
        raise UsageError(
            f"{name} is on {len(target.undecided)} remotes", fix=f"git branch --track {name} {target.undecided[0]}"
        )
    preparing, _ = preparation(context, target, recovery.removed)
    if preparing:
        plan = Plan(str(uuid.uuid4()), target.path, (*recovery.steps, *preparing), recovery.replaces)
        carry_out(context, plan, do, progress)
    return target.path


def remove_worktree(context: Context, path: str, by: str, progress: Progress) -> str:
    """Remove a linked worktree for the session `by`. Its branch stays, and with it every commit.

    What only the worktree has (uncommitted and ignored files, commits on no branch) is archived first. Returns a sentence about
    what is left of it: the archive, or a subagent's branch that can't be deleted; "" if nothing is. Raises `ForksightError` if it
    can't be archived, or another session works there; then the worktree stays.
    """
    entry = examine_worktree(context, context.files.resolve(path), by)
    if entry is None or entry.facts.place is None:
        raise ForksightError(f"{path} is not a linked worktree of this repository", fix="remove it yourself")
    if entry.holds:
        raise ForksightError(entry.holds[0].text, code=entry.holds[0].bar.value)
    worktree = entry.facts.place.worktree
    if entry.lost or (worktree.branch is None and not _is_merged(context, worktree)):
        return archive_worktree(context, entry, by, progress)
    return _remove(context, worktree)


def _remove(context: Context, worktree: Worktree) -> str:
    """Remove a worktree with nothing to archive, and a subagent's branch if other branches have all its commits.

    Returns a sentence about a branch that can't be deleted, since no plan is left that would try again; "" otherwise.
    """
    is_branch_unused = _is_agents(worktree) and _is_merged(context, worktree)
    context.maker.remove(worktree.path)
    if is_branch_unused and worktree.branch and worktree.head:
        try:
            context.maker.delete_branch(worktree.branch, worktree.head)
        except GitError as error:
            return branch_stays(worktree.path, worktree.branch, error)
    return ""


def end_of_agent(context: Context, cwd: str) -> tuple[str, str] | None:
    """Remove the worktree of a subagent that has ended, if unchanged, as Claude Code does with those it makes itself.

    Returns its path, and a sentence about its branch if that can't be deleted; None if the worktree stays.
    """
    registered = {worktree.path: worktree for worktree in context.maker.registered()}
    worktree = registered.get(innermost(registered, context.files.resolve(cwd)) or "")
    if worktree is None or not _is_agents(worktree) or not _is_merged(context, worktree):
        return None
    if not context.maker.is_disposable(worktree.path) or _is_locked_by_a_person(context, worktree.path):
        return None
    return worktree.path, _remove(context, worktree)


def _is_locked_by_a_person(context: Context, path: str) -> bool:
    """Whether a worktree is locked (`git worktree lock`) for a reason that names no process, as Claude Code's own locks do."""
    locks = [place.lock for place in context.survey.places() if place.worktree.path == path]
    return any(lock is not None and lock.pid is None for lock in locks)


def _for_agent(context: Context, name: str, removed: Removed) -> Target:
    """The target for a subagent: the branch `worktree-NAME`, by default made from HEAD, as Claude Code does."""
    branch = f"worktree-{name}"
    path = os.path.join(folder_for_worktrees(context), name)
    if context.maker.branch(branch) is not None and branch not in removed.branches:
        return locate(context, branch, None, removed)
    is_in_git_dir = context.cwd == context.repository.common_dir  # a bare repository, or `.git` itself
    worktree = main_checkout(context) if is_in_git_dir else context.here.path
    commit = context.maker.commit("HEAD", worktree or context.cwd)
    return Target(path, branch, commit=commit, source="HEAD", make=True)


def _is_agents(worktree: Worktree) -> bool:
    """Whether a worktree and its branch have the names that Claude Code gives a subagent's."""
    return (
        bool(_AGENT.fullmatch(os.path.basename(worktree.path)))
        and worktree.branch == f"worktree-{os.path.basename(worktree.path)}"
    )


def _is_merged(context: Context, worktree: Worktree) -> bool:
    """Whether another branch has all commits of a worktree's HEAD."""
    if worktree.head is None:
        return False
    others = [commit for name, commit in context.repository.refs(["refs/heads/**"])[0] if name != worktree.branch]
    return any(commit == worktree.head or not context.history.commits(commit, worktree.head) for commit in others)
