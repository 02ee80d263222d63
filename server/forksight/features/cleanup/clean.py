"""Cleans up forks. The plan that was shown is executed; forks at risk need a yes of their own, live forks never go."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from forksight.core.cleanup import steps as clean_steps
from forksight.core.cleanup.consent import Consent
from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate
from forksight.core.plans.plan import Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem, UsageError
from forksight.core.store.archives import archived
from forksight.core.store.ledger import Archive, KeptBranch, KeptWorktree
from forksight.features.cleanup import steps
from forksight.features.cleanup.interrupted import interrupted_plans
from forksight.features.context import Context
from forksight.features.plans.carry_out import carry_out
from forksight.features.sessions import find


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The outcome of cleaning up: the plan, what became of each entry (by session), and problems."""

    plan: CleanPlan
    fates: dict[str, Fate]
    problems: tuple[Problem, ...] = ()


def untouched(plan: CleanPlan) -> Cleaned:
    """The outcome of a plan of which nothing was done."""
    return Cleaned(plan, {entry.session: Fate.HELD if entry.holds else Fate.PROPOSED for entry in plan.entries})


def discarded(plan: CleanPlan, selectors: Sequence[str]) -> frozenset[str]:
    """The sessions that a person named to discard. Raises `UsageError` for one that is not in the plan, or that is held."""
    entries = {entry.session: entry for entry in plan.entries}
    sessions = set()
    for name in selectors:
        find.given("the fork to discard", name)
        on_branch = [entry for entry in plan.entries if entry.facts.expected == name]
        entry = on_branch[0] if len(on_branch) == 1 else entries.get(name)
        entry = entry or entries[find.session((proposed.facts.node for proposed in plan.entries), name).id]
        if entry.holds:
            raise UsageError(
                f"“{entry.facts.node.title}” can't be cleaned up: {entry.holds[0].text}", fix="solve that first"
            )
        sessions.add(entry.session)
    return frozenset(sessions)


def runnable(plan: CleanPlan, *, yes: bool, discard: Collection[str]) -> tuple[Entry, ...]:
    """The entries to clean up: with `yes` those without risk, and those that are named."""
    return tuple(
        entry for entry in plan.entries if not entry.holds and (entry.session in discard or (yes and not entry.at_risk))
    )


def covered(plan: CleanPlan, agreed: Sequence[Consent]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """The entries that are still as the person agreed to, and a problem for each of the others."""
    yes = {consent.session: consent for consent in agreed}
    entries = [entry for entry in plan.entries if entry.session in yes]
    chosen = tuple(entry for entry in entries if not entry.holds and yes[entry.session].covers(entry))
    return chosen, tuple(_stays(entry) for entry in entries if entry not in chosen)


def _stays(entry: Entry) -> Problem:
    why = entry.holds[0].text if entry.holds else "more would go or be lost now than was shown"
    return Problem("changed", f"“{entry.facts.node.title}” was not cleaned up: {why}.", entry.worktree)


def plan_of(context: Context, entry: Entry, by: str | None = None) -> Plan:
    """The plan that archives one fork. `by`: see `core.cleanup.steps.away`."""
    identity = str(uuid.uuid4())
    node, place, branch = entry.facts.node, entry.facts.place, entry.branch
    present = entry.worktree is not None and place is not None and not place.missing
    archive = Archive(
        session=entry.session,
        file=context.archives.folder(entry.session, identity),
        transcript=entry.transcript or "",
        created=context.clock.now(),
        node=archived(node),
        branch=KeptBranch(branch.name, branch.commit, branch.settings) if branch is not None else None,
        worktree=KeptWorktree(place.worktree.path, place.worktree.head or "", place.worktree.branch)
        if present and place
        else None,
        fork=entry.facts.fork,
    )
    return clean_steps.away(entry, archive, identity, by)


def clean(context: Context, plan: CleanPlan, chosen: Collection[Entry], progress: Progress) -> Cleaned:
    """Archive these entries of a plan one after the other. A fork whose plan fails is left as it was."""
    fates = untouched(plan).fates
    problems = []
    waiting = {interrupted.plan.target for interrupted in interrupted_plans(context)}
    for entry in chosen:
        away = plan_of(context, entry)
        try:
            if away.target in waiting:
                raise ForksightError(
                    "an earlier clean-up of it was interrupted and could be neither completed nor undone",
                    fix="solve that first",
                    code="interrupted",
                )
            carry_out(context, away, steps.do, progress)
            fates[entry.session] = Fate.CLEANED
        except ForksightError as error:
            fates[entry.session] = Fate.FAILED
            problems.append(
                Problem(error.code, f"“{entry.facts.node.title}” was not cleaned up: {error.sentence}.", entry.worktree)
            )
            if error.code == "stopped":
                break
    return Cleaned(plan, fates, tuple(problems))
