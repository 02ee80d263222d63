"""Has Claude Code rename a baseline's session to the baseline's name, so that `claude --resume NAME` finds it."""

from forksight.core.baseline import titles
from forksight.core.problems import ClaudeError
from forksight.core.store.ledger import Baseline
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.git.worktrees import main_checkout
from forksight.features.sessions.tree import fork_tree


def is_nameless(context: Context, baseline: Baseline) -> bool:
    """Whether `give_name` would rename its session."""
    return titles.nameless(baseline, fork_tree(context).nodes) is not None


def give_name(context: Context, baseline: Baseline) -> bool:
    """Rename its session to the baseline's name, unless it has it; returns whether it was renamed.

    Claude Code itself writes the title, also for a live session.
    """
    node = titles.nameless(baseline, fork_tree(context).nodes)
    if node is None:
        return False
    cwd = node.worktree if node.worktree and context.files.is_folder(node.worktree) else main_checkout(context)
    try:
        context.claude.rename(node.id, baseline.name, cwd or context.cwd)
    except ClaudeError:
        return False
    return True


def found_by(context: Context, baseline: Baseline) -> str:
    """The sentence with the command that finds it by name: with `-p` for a session that began without a terminal."""
    node = next((node for node in fork_tree(context).nodes if node.id == baseline.generation.session), None)
    headless = node is not None and node.session is not None and context.sessions.activity(node.session)[0].headless
    return f"`claude {'-p ' if headless else ''}--resume {shell.quote(baseline.name)}` finds it by that name."


def former_by_name(context: Context, name: str) -> str | None:
    """The note that this baseline's name leads to a generation before the current one, if it does."""
    baseline = context.ledger.view()[0].baseline(name)
    return titles.former_by_name(baseline, fork_tree(context).nodes) if baseline else None


def hint(context: Context, baseline: Baseline) -> str | None:
    """How to start Claude Code with it although its name does not lead to it; None if it does."""
    return titles.hint(baseline, fork_tree(context).nodes)
