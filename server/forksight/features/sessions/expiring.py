"""Reports transcripts of baselines and active forks that Claude Code has deleted or will delete soon."""

from collections.abc import Collection

from forksight.core.claude.unread import is_unread
from forksight.core.problems import Problem
from forksight.core.sessions.session import Evidence, ForkTree, Node, State
from forksight.core.store.ledger import Baseline
from forksight.features.context import Context
from forksight.features.git.worktrees import place_of
from forksight.features.sessions.copies import unreadable_copy


def expiring(context: Context, tree: ForkTree, *, lost: Collection[str] = ()) -> tuple[Problem, ...]:
    """A problem for each baseline whose transcript is gone, and each baseline or fork of ours whose is deleted within a week.

    `lost` are the ids of sessions that are reported elsewhere.
    """
    present = {node.id for node in tree.nodes if node.session is not None}
    gone = tuple(
        deleted(context, baseline)
        for baseline in context.ledger.view()[0].baselines
        if baseline.generation.session not in present
        and baseline.generation.session not in lost
        and not is_unread(tree.problems, baseline.generation.session, context.claude.projects)
    )
    nodes = [node for node in tree.nodes if node.session is not None and _matters(node)]
    if not nodes:
        return gone
    from forksight.core.claude.settings import expiry

    settings, problems = context.claude.settings(place_of(context))
    now = context.clock.now()
    ends = [(node, expiry(node.session, settings, now)) for node in nodes if node.session is not None]
    return (*problems, *gone, *(_problem(node, end.days) for node, end in ends if end is not None and end.soon))


def deleted(context: Context, baseline: Baseline) -> Problem:
    """Tells that a baseline has no transcript any more, and whether we have a copy."""
    session = baseline.generation.session
    if context.vault.find(session) is not None:
        consequence = ": our copy is put back at the next fork."
    elif unreadable_copy(context, session) is not None:
        consequence = ", and our copy can't be read: `forksight doctor` says why."
    else:
        consequence = ", and there is no copy: mark another session."
    return Problem("transcript-gone", f"The transcript of {baseline.name} is not there any more{consequence}")


def _matters(node: Node) -> bool:
    """Whether a session is a baseline, or a fork of ours with a worktree. Live ones don't matter: they write to their transcript."""
    if node.state.live:
        return False
    works = node.evidence is Evidence.LEDGER and node.state is not State.ORPHANED
    return node.baseline.current if node.baseline else works


def _problem(node: Node, days: int) -> Problem:
    when = {0: "at its next start", 1: "in 1 day"}.get(days, f"in {days} days")
    path = node.session.transcript if node.session else None
    if node.baseline:
        text = f"Claude Code deletes the transcript of the baseline {node.baseline.name} {when}: our copy stays."
        return Problem("baseline-expires", text, path)
    text = f"Claude Code deletes the transcript of the fork “{node.title}” {when}: resume it once, and it stays longer."
    return Problem("fork-expires", text, path)
