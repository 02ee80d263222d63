"""Answers the SessionStart hook (a session starts, resumes or is forked) with messages to the person and to the agent."""

from collections.abc import Iterator

from forksight.core.agents import wording
from forksight.core.agents.hook import Answer, Hook
from forksight.core.baseline.staleness import baseline_for, generation_of
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import ForksightError
from forksight.core.sessions.session import ForkTree
from forksight.core.words.names import free_title
from forksight.core.words.terminal import printable
from forksight.features.baseline.drift import baseline_staleness
from forksight.features.context import Context
from forksight.features.sessions.at_work import at_work
from forksight.features.sessions.tree import fork_tree


def session_start(context: Context, hook: Hook) -> Answer:
    """The answer to SessionStart in the worktree of `context`. Raises `NotARepositoryError`, `GitError`."""
    own = context.here
    tree = fork_tree(context)
    for_both = [*_company(context, own, hook), *_behind(context, own), *_superseded(context, tree, hook)]
    stale, is_descendant = _stale(context, tree, hook)
    for_agent = [*for_both, *([stale] if stale and is_descendant else [])]
    for_person = [*for_both, *([stale] if stale else []), *wording.cold_cache(hook.fields)]
    message = " ".join([*for_person, *_notices(context)])
    return Answer("\n".join(for_agent), message=message, title=_title(context, tree, hook))


def start_in_worktree(context: Context, hook: Hook) -> Answer:
    """The part of `session_start` about worktrees: notices, and a fork's title. Raises `NotARepositoryError`, `GitError`."""
    title = _title(context, fork_tree(context), hook) if hook.fields.get("source") == "fork" else ""
    return Answer(message=" ".join(_notices(context)), title=title)


def _title(context: Context, tree: ForkTree, hook: Hook) -> str:
    """The new title, its branch, of a fork in a linked worktree that still has another session's title; "" if it keeps its title.

    `claude --resume TITLE` can't tell two sessions of one title apart: without this, a baseline's title would not lead to the baseline.
    """
    own, title = context.here, hook.fields.get("session_title")
    if hook.fields.get("source") != "fork" or own.main or own.branch is None or title == own.branch:
        return ""
    others = [node for node in tree.nodes if node.id != hook.session]
    if title not in {node.title for node in others if node.session is not None}:
        return ""
    return free_title(
        own.branch, {node.title for node in others} | {fork.title for fork in context.ledger.view()[0].forks}
    )


def _notices(context: Context) -> tuple[str, ...]:
    """The notices that wait for the person; each is shown once."""
    return tuple(printable(text) for text in context.notices.take(context.repository.common_dir))


def _company(context: Context, own: Worktree, hook: Hook) -> Iterator[str]:
    """Yields a sentence about other live sessions in this worktree, if any."""
    others = [process for process in context.sessions.live()[0] if process.session != hook.session]
    workers = at_work(context, [own.path], others).get(own.path, ())
    if workers:
        yield wording.company(workers)


def _behind(context: Context, own: Worktree) -> Iterator[str]:
    """Yields a sentence if the main checkout's branch has commits that this worktree lacks."""
    main = next((worktree for worktree in context.repository.worktrees()[0] if worktree.main), None)
    if main is None or not main.branch or not main.head or not own.head or main.head == own.head:
        return
    try:
        commits = context.history.commits(own.head, main.head)
    except ForksightError:
        return
    if commits:
        yield wording.behind(main.branch, own, commits)


def _superseded(context: Context, tree: ForkTree, hook: Hook) -> Iterator[str]:
    """Yields a sentence if a session was forked from an old generation of a baseline: its title still leads there after a refresh."""
    if hook.fields.get("source") != "fork":
        return
    title = hook.fields.get("session_title")
    marks = {node.baseline for node in tree.nodes if node.title == title and node.session is not None}
    view, _ = context.ledger.view()
    for mark in marks if len(marks) == 1 else ():
        baseline = view.baseline(mark.name) if mark and not mark.current else None
        if mark and baseline:
            yield wording.superseded(mark, baseline.generation)


def _stale(context: Context, tree: ForkTree, hook: Hook) -> tuple[str, bool]:
    """A sentence on why the baseline is stale ("" if it is not), and whether this session descends from a baseline."""
    view, _ = context.ledger.view()
    node = next((node for node in tree.nodes if node.id == hook.session), None)
    baseline = baseline_for(view, tree, node)
    reasons = baseline_staleness(context, baseline, tree.nodes) if baseline else ()
    if baseline is None or not reasons:
        return "", False
    return wording.stale(baseline.name, reasons), generation_of(view, tree, node.id if node else None) is not None
