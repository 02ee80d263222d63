"""Having Claude Code call a baseline's session by the baseline's name, so that `claude --resume NAME` finds it."""

from forksight.core.baseline import titles
from forksight.core.problems import ClaudeError, Problem
from forksight.core.store.ledger import Baseline
from forksight.features.context import Context
from forksight.features.git.worktrees import main_checkout
from forksight.features.sessions.tree import fork_tree


def renames(context: Context, baseline: Baseline) -> tuple[titles.Rename, ...]:
    """What would be called otherwise."""
    return titles.renames(baseline, fork_tree(context).nodes)


def give_name(context: Context, baseline: Baseline) -> tuple[bool, tuple[Problem, ...]]:
    """Call its sessions so that its name leads to its current generation; whether anything is called otherwise now.

    Claude Code itself writes the title, also into a session that goes on meanwhile. Where it can't, a problem says why.
    """
    plan = renames(context, baseline)
    for rename in plan:
        place = rename.node.worktree if rename.node.worktree and context.files.is_folder(rename.node.worktree) else None
        try:
            context.claude.rename(rename.node.id, rename.title, place or main_checkout(context) or context.cwd)
        except ClaudeError as error:
            sentence = f"“{rename.node.title}” keeps its title, since {error}"
            return rename is not plan[0], (Problem("title-kept", f"{sentence.rstrip('.')}."),)
    return bool(plan), ()


def hint(context: Context, baseline: Baseline) -> str | None:
    """What a person has to know to start Claude Code with it by its name; None if the name leads to it."""
    return titles.hint(baseline, fork_tree(context).nodes)
