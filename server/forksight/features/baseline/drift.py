"""Computes the drift of a baseline's current generation, and whether it is stale."""

from collections.abc import Iterable

from forksight.core.baseline import drift as drifts
from forksight.core.baseline.drift import Drift
from forksight.core.baseline.staleness import stale_reasons
from forksight.core.baseline.wording import phrases
from forksight.core.claude.settings import Expiry, expiry
from forksight.core.git.paths import innermost
from forksight.core.problems import GitError, Problem
from forksight.core.sessions.session import Node
from forksight.core.store.ledger import Baseline
from forksight.features.context import Context
from forksight.features.git.resolver import path_resolver


def drift(context: Context, baseline: Baseline, node: Node | None) -> tuple[Drift | None, tuple[Problem, ...]]:
    """What changed in the repository since the current generation.

    `node` is its session, None if the transcript is gone, in which case the files that it read are unknown. The result is None,
    with a problem, if the commit that it knew is unknown or gone.
    """
    since = baseline.generation.commit
    branch = node.branch if node else None
    try:
        tips = dict(context.repository.refs([*([f"refs/heads/{branch}"] if branch else []), "HEAD"])[0])
        tip = tips.get(f"refs/heads/{branch}")
        branch = branch if tip else None
        tip = tip or tips.get("HEAD")
        if since is None or tip is None or not context.repository.refs([since])[0]:
            sentence = f"The commit at which the baseline {baseline.name} learned the project is not here: what changed since is unknown."
            return None, (Problem("drift-unknown", sentence),)
        read, problems = files_read(context, node)
        old, new = context.repository.trees([since, tip])
        (changes,) = context.repository.tree_changes([(old, new)])
        lost = any(path in changes and changes[path].new is None for path in read)
        moves = context.history.moves(since, tip) if lost else {}
        change = Drift(
            since=since,
            tip=tip,
            branch=branch,
            commits=context.history.commits(since, tip),
            read=len(read),
            files=drifts.fates(read, changes, moves),
            folders=drifts.new_folders(changes, context.repository.directories(since)),
            rules=drifts.changed_rules(changes),
        )
    except GitError as error:
        return None, (Problem(error.code, f"{error.sentence}."),)
    return change, problems


def staleness(
    context: Context, baseline: Baseline, node: Node | None, change: Drift | None, end: Expiry | None
) -> tuple[str, ...]:
    """Why a baseline is stale, a phrase for each reason; () if it is not. `end` says when Claude Code deletes its transcript."""
    limits = context.settings.baseline
    old = stale_reasons(baseline, node, end, now=context.clock.now(), days=limits.stale_after_days)
    far = change is not None and change.commits >= limits.stale_after_commits
    return (*phrases(change), *old) if change is not None and (far or old) else old


def baseline_staleness(context: Context, baseline: Baseline, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The `staleness` of a baseline now. Its session is among the nodes, unless its transcript is gone."""
    session = baseline.generation.session
    node = next((node for node in nodes if node.id == session and node.session is not None), None)
    end = None
    if node is not None and node.session is not None:
        settings, _ = context.claude.settings(node.worktree or node.session.cwd)
        end = expiry(node.session, settings, context.clock.now())
    return staleness(context, baseline, node, drift(context, baseline, node)[0], end)


def files_read(context: Context, node: Node | None) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """The files of the repository that a session has read, relative to the worktree in which each was read; and problems.

    Inherited reads were made in another checkout, which may be gone by now.
    """
    if node is None or node.session is None:
        return frozenset(), ()
    activity, problems = context.sessions.activity(node.session)
    worktrees, trouble = context.repository.worktrees()
    view = context.ledger.view()[0]
    resolver = path_resolver(context, worktrees, trouble, view, [node.session])
    past = {node.worktree or node.session.cwd, *(fork.worktree for fork in view.forks)}
    past.update(problem.path for problem in trouble if problem.path)
    relative_paths = set()
    for path in activity.files_read:
        for location in map(resolver.locate, (path, context.files.resolve(path))):
            relative = location.relative
            if relative is None and (top := innermost(past, location.path)) is not None:
                relative = location.path[len(top.rstrip("/")) + 1 :]
            if relative and relative != ".":
                relative_paths.add(relative)
                break
    return frozenset(relative_paths), problems
