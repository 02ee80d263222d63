"""Refreshes a baseline: a fork of the current generation reads what changed and becomes the next one, or nothing changes."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from forksight.core.baseline import refresh
from forksight.core.baseline.refresh import Refresh
from forksight.core.baseline.refresh_prompt import prompt as refresh_prompt
from forksight.core.claude import launch
from forksight.core.claude.headless_run import Tally, take
from forksight.core.plans.plan import Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, GitError, LedgerError, Problem
from forksight.core.savings.spending import Spending
from forksight.core.sessions.session import ForkTree, Node, Tokens
from forksight.core.store.ledger import Generation
from forksight.features.baseline.drift import baseline_staleness, drift, files_read
from forksight.features.context import Context
from forksight.features.forks.facts import program
from forksight.features.forks.fork import restoring
from forksight.features.git.worktrees import main_checkout
from forksight.features.sessions import find
from forksight.features.sessions.tree import fork_tree

_STAMP = 0.001  # seconds: what Claude Code stamps rows to
_POLL = 0.1  # seconds between two looks whether the person cancelled it


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The outcome of a successful refresh."""

    done: Refresh
    tally: Tally
    # What it cost.
    tokens: Tokens
    problems: tuple[Problem, ...] = ()


def propose_refresh(context: Context, name: str | None) -> Refresh:
    """Decide what would be read and asked, without doing it. Raises `UsageError`, `GitError`, `ForksightError`."""
    view, ledger_problems = context.ledger.view()
    baseline = find.baseline(view, find.given("the name", name))
    tree = fork_tree(context)
    now = baseline.generation
    node = _node(tree, now.session)
    restore, restored = restoring(context, tree, now.session, f"the baseline {baseline.name}")
    change, drift_problems = drift(context, baseline, node)
    top = _place_to_read(context, node, change.branch if change else None)
    files, _ = files_read(context, node)
    again = files if change is None else {file.now for file in change.files if file.now} | set(change.rules)
    read = tuple(path for relative in sorted(again) if context.files.exists(path := f"{top}/{relative}"))
    prompt = refresh_prompt(context.settings.baseline.refresh_prompt, change, read)
    number, identity = refresh.next_generation(baseline), str(uuid.uuid4())
    binary, missing = program(context)
    start = launch.refresh(
        binary, parent=now.session, session=identity, title=refresh.title(baseline.name, number), cwd=top, prompt=prompt
    )
    generation = Generation(number, identity, context.maker.commit("HEAD", top), context.clock.now())
    problems = dict.fromkeys((*ledger_problems, *tree.problems, *drift_problems))
    warnings = (*restored, *missing)
    stale = baseline_staleness(context, baseline, tree.nodes)
    session = node.session if node is not None else None
    spending = context.sessions.spending(session)[0] if session is not None else Spending()
    return Refresh(
        baseline,
        generation,
        change,
        read,
        prompt,
        start,
        bool(restore),
        warnings,
        tuple(problems),
        stale,
        spending.context,
    )


def carry_out(context: Context, plan: Refresh, progress: Progress, report: Callable[[Tally], None]) -> Refreshed:
    """Refresh a baseline. `report` is called with the tally after each event of the run.

    Raises `ForksightError`, which says what happened and what it cost, and leaves the old generation current. Of two
    simultaneous refreshes the second is refused before it costs anything.
    """
    context.claude.program()
    with _claimed(context, plan):
        return _carry_out(context, plan, progress, report)


@contextmanager
def _claimed(context: Context, plan: Refresh) -> Iterator[None]:
    """A context manager during which no other process can refresh that baseline. Raises `LedgerError` if one does already."""
    claim = Plan(plan.generation.session, f"the baseline {plan.baseline.name}", ())
    context.ledger.begin(claim)
    try:
        if context.ledger.view()[0].baseline(plan.baseline.name) != plan.baseline:
            raise LedgerError(
                f"The baseline {plan.baseline.name} was changed meanwhile", fix="look at it: `forksight baseline show`"
            )
        yield
    finally:
        with suppress(LedgerError):  # then it is void with the end of this process
            context.ledger.finish(claim)


def _carry_out(context: Context, plan: Refresh, progress: Progress, report: Callable[[Tally], None]) -> Refreshed:
    if plan.restore:
        context.vault.restore(plan.baseline.generation.session, context.claude.projects)
    context.ledger.record_attempt(plan.generation.session)
    progress.step(f"Refreshing {plan.baseline.name}")
    begun = context.clock.now()
    tally = Tally(frozenset(plan.read))
    stopped = False
    try:
        with context.claude.run_headless(plan.launch) as run, _watched(progress, run.cancel):
            for event in run.events():
                tally = take(tally, event)
                report(tally)
                if progress.stopped():
                    break
            stopped = progress.stopped()
            if stopped:
                run.cancel()
    except ForksightError as error:
        if progress.stopped():
            raise _failed(context, plan, tally, "it was stopped", "stopped") from None
        raise _failed(context, plan, tally, tally.complaint or str(error), "refresh-failed") from error
    except KeyboardInterrupt:
        raise _failed(context, plan, tally, "it was stopped", "stopped") from None
    if stopped:
        raise _failed(context, plan, tally, "it was stopped", "stopped")
    node = _verified(context, plan, tally, begun)
    return Refreshed(plan, tally, node.own, _promote(context, plan, node, tally))


def _verified(context: Context, plan: Refresh, tally: Tally, begun: float) -> Node:
    """The session that the run made, if it inherited and read what it should. Raises `ForksightError` otherwise."""
    node = _node(fork_tree(context), plan.generation.session)
    if not tally.ended:
        raise _failed(context, plan, tally, tally.complaint or "Claude Code ended without a result", "refresh-failed")
    if node is None or node.session is None or not node.rows.inherited:
        raise _failed(context, plan, tally, "the session inherited nothing of the baseline", "refresh-empty")
    activity, _ = context.sessions.activity(node.session)
    missed = [path for path in plan.read if activity.files_read.get(path, 0.0) < begun - _STAMP]
    if missed:
        more = f" and {len(missed) - 1} more" if len(missed) > 1 else ""
        raise _failed(context, plan, tally, f"it did not read {missed[0]}{more} again", "refresh-incomplete")
    return node


def _promote(context: Context, plan: Refresh, node: Node, tally: Tally) -> tuple[Problem, ...]:
    old = plan.baseline
    new = replace(old, current=plan.generation.number, generations=(*old.generations, plan.generation))
    assert node.session is not None
    context.vault.keep(node.session, new, plan.generation)
    try:
        context.ledger.save_baseline(new, replacing=old)
    except LedgerError as error:
        context.vault.drop(node.session)
        raise _failed(context, plan, tally, str(error), error.code) from error
    return ()


def _failed(context: Context, plan: Refresh, tally: Tally, why: str, code: str) -> ForksightError:
    node = _node(fork_tree(context), plan.generation.session)
    cost = node.own if node is not None and node.own.total else tally.tokens
    now = plan.baseline.generation.number
    return ForksightError(
        f"the baseline {plan.baseline.name} was not refreshed ({why.rstrip('.')}), and it cost {cost.total:,} tokens",
        fix=f"generation {now} stays the current one; try again, or bring it up to date yourself with --interactive",
        code=code,
    )


def _node(tree: ForkTree, session: str) -> Node | None:
    return next((node for node in tree.nodes if node.id == session and node.session is not None), None)


def _place_to_read(context: Context, node: Node | None, branch: str | None) -> str:
    """The worktree to read in: the one with the baseline's branch, else the baseline's own, else the main checkout."""
    worktrees = [worktree for worktree in context.maker.registered() if context.files.is_folder(worktree.path)]
    own = node.worktree if node else None
    on_branch = next((worktree.path for worktree in worktrees if worktree.branch == branch and branch), None)
    path = (
        on_branch
        or next((worktree.path for worktree in worktrees if worktree.path == own), None)
        or main_checkout(context)
    )
    if path is None:
        raise GitError("there is no worktree to read in", fix="make one: git worktree add")
    return path


@contextmanager
def _watched(progress: Progress, cancel: Callable[[], None]) -> Iterator[None]:
    """A context manager that cancels a run as soon as the person does, since the next event may take minutes."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL):
            if progress.stopped():
                cancel()
                return

    watcher = threading.Thread(target=watch, name="forksight-refresh", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
