"""Baselines: marking sessions as the context to fork from, listing, checking and unmarking them."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from forksight.core.baseline import fitness
from forksight.core.baseline.refresh import unfinished
from forksight.core.baseline.standing import Check, Report, Standing
from forksight.core.claude.settings import expiry
from forksight.core.claude.unread import is_unread
from forksight.core.problems import LedgerError, Problem, UsageError
from forksight.core.sessions.session import Activity, ForkTree, Node, Session, State
from forksight.core.store.ledger import Baseline, Generation, LedgerView
from forksight.core.words import shell
from forksight.core.words.names import check_name, doubt
from forksight.core.words.quantities import many
from forksight.features.baseline.drift import drift, staleness
from forksight.features.context import Context
from forksight.features.git.worktrees import main_checkout
from forksight.features.sessions import find
from forksight.features.sessions.copies import renew
from forksight.features.sessions.expiring import deleted
from forksight.features.sessions.tree import fork_tree, unwritten
from forksight.features.teams.newer_baselines import newer_generations


def mark(context: Context, selector: str, name: str, *, dry_run: bool = False) -> Report:
    """Mark a session as a baseline and keep a copy of its transcript. Doubts are warnings in the report.

    `dry_run`: only report. Raises `UsageError` for an unknown session or a name in use; `LedgerError`, `VaultError`.
    """
    find.required("the session", selector)
    name = check_name("the name", name)
    view, ledger_problems = context.ledger.view()
    tree = fork_tree(context)
    node = find.session((*tree.nodes, *unwritten(context, tree)), selector)
    if node.session is None or node.state in (State.PENDING, State.ARCHIVED):
        raise UsageError(
            f"“{node.title}” has no transcript here yet", fix="mark it once it has read what forks should know"
        )
    old = _replaced(view, name, node)
    worktree = node.worktree if node.worktree and node.state is not State.ORPHANED else context.cwd
    generation = Generation(
        number=old.current if old else 1,
        session=node.id,
        commit=context.maker.commit_at(node.session.last_active, worktree),
        created=old.generation.created if old else context.clock.now(),
    )
    earlier = [other for other in old.generations if other.number != generation.number] if old else []
    baseline = Baseline(name, generation.number, (*earlier, generation))
    if not dry_run:
        _keep(context, node.session, baseline, old)
    activity, activity_problems = context.sessions.activity(node.session)
    warnings = [Problem(reason.code, _sentence(reason.message)) for reason in fitness.doubts(activity)]
    others = [other.name for other in view.baselines if other.name != name]
    hints = node.title, activity.first_prompt, node.branch, *_folders(context, activity)
    vague = doubt(name, hints=hints, taken=others)
    if vague is not None:
        better = f", for example “{vague.suggestion}”" if vague.suggestion else ""
        warnings.insert(
            0, Problem("vague-name", f"{vague.reason}: a descriptive name is easier to find again{better}.")
        )
    standing = _standing(context, baseline, tree)
    return Report((standing,), tuple(warnings), _once(*ledger_problems, *tree.problems, *activity_problems))


def _keep(context: Context, session: Session, baseline: Baseline, old: Baseline | None) -> None:
    """Copy the session, and record the baseline in place of `old`."""
    context.ledger.create()
    context.vault.keep(session, baseline, baseline.generation)
    try:
        context.ledger.save_baseline(baseline, replacing=old)
    except LedgerError:
        if old is None:
            context.vault.drop(session)
        raise


def survey(context: Context, name: str | None = None) -> Report:
    """Report on all baselines, or on the one of that name, after renewing their copies. Raises `UsageError` for an unknown name."""
    find.given("the name", name)
    view, ledger_problems = context.ledger.view()
    chosen: Sequence[Baseline] = view.baselines if name is None else [find.baseline(view, name)]
    tree = fork_tree(context)
    renewed = renew(context, view, tree)
    standings = tuple(_standing(context, baseline, tree) for baseline in chosen)
    warnings = tuple(filter(None, (_expires(context, tree, standing) for standing in standings)))
    warnings = (*warnings, *newer_generations(context, view, name))
    return Report(standings, warnings, _once(*ledger_problems, *tree.problems, *renewed))


def show(context: Context, name: str | None) -> Report:
    """Report on the baseline of that name, or on the only one. Raises `UsageError`."""
    return survey(context, find.baseline(context.ledger.view()[0], find.given("the name", name)).name)


def unmark(context: Context, name: str | None) -> Report:
    """Unmark a baseline. Its forks stay, and so does our copy if only it has all that was copied.

    Raises `UsageError`.
    """
    report = show(context, name)
    (standing,) = report.standings
    context.ledger.remove_baseline(standing.baseline.name)
    warnings = []
    sessions = {node.id: node.session for node in fork_tree(context).nodes if node.session is not None}
    for generation in standing.baseline.generations:
        session = sessions.get(generation.session)
        if session is not None:
            if not context.vault.drop(session):
                sentence = (
                    f"{session.transcript} has not all that was copied of it, or can't be read: our copy is kept."
                )
                warnings.append(Problem("last-copy", sentence, context.vault.folder))
        elif context.vault.find(generation.session) is not None:
            sentence = f"The transcript of session {generation.session} is not there any more: our copy of it is kept."
            warnings.append(Problem("last-copy", sentence, context.vault.folder))
    return replace(report, warnings=tuple(warnings))


def check(context: Context, name: str | None) -> Check:
    """Check whether a baseline is fit to fork from, and whether it is stale. Raises `UsageError`."""
    report = show(context, name)
    (standing,) = report.standings
    change, drift_problems = drift(context, standing.baseline, standing.node)
    stale = staleness(context, standing.baseline, standing.node, change, standing.expiry)
    attempts = unfinished(fork_tree(context), standing.baseline.name, standing.baseline.generations)
    noticed = (*report.problems, *drift_problems, *attempts)
    if standing.node is None or standing.node.session is None:
        sentence = "its transcript is not there any more" + (
            "; our copy is put back at the next fork" if standing.copy else ""
        )
        return Check(standing, (fitness.Reason("transcript-gone", sentence),), stale, change, noticed)
    activity, problems = context.sessions.activity(standing.node.session)
    return Check(standing, fitness.doubts(activity), stale, change, tuple(dict.fromkeys((*noticed, *problems))))


def _folders(context: Context, activity: Activity) -> tuple[str, ...]:
    """The names of the folder in which a session read most, and of the repository's."""
    most = Counter(os.path.dirname(path) for path in activity.files_read).most_common(1)
    return (*(os.path.basename(folder) for folder, _ in most), os.path.basename(main_checkout(context) or context.cwd))


def _replaced(view: LedgerView, name: str, node: Node) -> Baseline | None:
    """The existing baseline that is marked again, or None. Raises `UsageError` if name or session belong to another one."""
    old = view.baseline(name)
    if old is not None and old.generation.session != node.id:
        raise UsageError(
            f"the baseline {name} is another session ({old.generation.session})",
            fix=f"choose another name, or unset that one: `{shell.join(['forksight', 'baseline', 'unset', name])}`",
        )
    marked = view.generations.get(node.id)
    if old is None and marked is not None:
        raise UsageError(
            f"“{node.title}” is the baseline {marked[0].name} already",
            fix=f"unset it first: `{shell.join(['forksight', 'baseline', 'unset', marked[0].name])}`",
        )
    return old


def _standing(context: Context, baseline: Baseline, tree: ForkTree) -> Standing:
    session = baseline.generation.session
    node = next((node for node in tree.nodes if node.id == session and node.session is not None), None)
    end = None
    if node is not None and node.session is not None:
        settings, _ = context.claude.settings(main_checkout(context) or node.worktree or node.session.cwd)
        end = expiry(node.session, settings, context.clock.now())
    generations = {generation.session for generation in baseline.generations}
    forks = sum(node.parent in generations and node.id not in generations for node in tree.nodes)
    return Standing(baseline, node, context.vault.find(session), end, forks)


def _expires(context: Context, tree: ForkTree, standing: Standing) -> Problem | None:
    if standing.node is None:
        unread = is_unread(tree.problems, standing.baseline.generation.session, context.claude.projects)
        return None if unread else deleted(context, standing.baseline)
    if standing.expiry is None or not standing.expiry.soon:
        return None
    days = many(standing.expiry.days, "day")
    sentence = f"Claude Code deletes the transcript of {standing.baseline.name} in {days}; our copy stays."
    return Problem("baseline-expires", sentence)


def _once(*problems: Problem) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
