"""Publishes a baseline for the team: the plan, and the push."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError, Problem, TeamError
from forksight.core.sessions.session import State
from forksight.core.teams.baseline import wording
from forksight.core.teams.baseline.materialised import LARGEST, materialised
from forksight.core.teams.baseline.plans import PublishPlan
from forksight.core.teams.baseline.portable import portable
from forksight.core.teams.baseline.record import Record, ref_of, session_id
from forksight.features.baseline.portable_places import places
from forksight.features.sessions import find
from forksight.features.sessions.tree import fork_tree
from forksight.features.teams.sharing import UntrustedError, alone, ask_remote, choose_remote, names

if TYPE_CHECKING:
    from forksight.core.sessions.session import Node
    from forksight.core.store.ledger import Baseline
    from forksight.core.teams.baseline.plans import Published
    from forksight.core.teams.baseline.portable import PortableTranscript
    from forksight.features.context import Context


def plan_publish(context: Context, name: str | None, remote: str | None, *, agreed: bool) -> PublishPlan:
    """What would leave this machine, after asking the remote; nothing is sent yet. `agreed` as in `ask_remote`.

    Raises `UsageError`, `TeamError`, and `ForksightError` if the transcript is gone or can't be made portable.
    """
    view, ledger_problems = context.ledger.view()
    baseline = find.baseline(view, find.given("the name", name))
    chosen = choose_remote(context, find.given("the remote", remote))
    node = _node(context, baseline)
    try:
        problems = ask_remote(
            context, chosen, lambda trusted: context.team_baselines.look(chosen, trusted=trusted), agreed=agreed
        )
        is_asked = True
    except UntrustedError as error:  # what would leave is shown all the same
        problems, is_asked = (Problem("sharing-failed", f"{error.sentence}."),), False
    own_name, before = _published_before(context, baseline)
    transcript = _portable(context, baseline, node)
    record = _record(context, own_name, baseline, node, before=before, transcript=transcript)
    is_there = before is not None and (before.record.sha256, before.record.commit) == (record.sha256, record.commit)
    plan = PublishPlan(
        chosen,
        context.team.address(chosen),
        baseline.name,
        before.record if before is not None and is_there else record,
        transcript,
        before,
        is_there,
        is_asked,
        problems=(*ledger_problems, *problems),
    )
    return plan if is_there else replace(plan, warnings=_warnings(context, plan, node))


def publish(context: Context, plan: PublishPlan) -> PublishPlan:
    """Push what the plan shows; returns it, with what the remote has if that was not known.

    Raises `TeamError` if nothing was published: also if other bytes would leave by now, or with a warning that was not shown.
    """
    if not plan.is_asked:
        shown, plan = plan, plan_publish(context, plan.baseline, plan.remote, agreed=True)
        if plan.transcript.data != shown.transcript.data or not set(plan.warnings) <= set(shown.warnings):
            raise TeamError(
                "what would be published has changed since it was shown",
                fix="run the command again to see what would be published now",
                code="changed",
            )
    if not plan.is_there:
        with alone(context):
            context.team_baselines.publish(plan.remote, plan.record, plan.transcript.data, plan.before)
    return plan


def _node(context: Context, baseline: Baseline) -> Node:
    session = baseline.generation.session
    for node in fork_tree(context).nodes:
        if node.id == session and node.session is not None:
            return node
    raise ForksightError(
        f"the transcript of the baseline {baseline.name} is not there any more",
        fix="fork it once, which puts our copy of it back",
        code="transcript-gone",
    )


def _published_before(context: Context, baseline: Baseline) -> tuple[str, Published | None]:
    """The name under which a baseline is published, and what was last published under it. A fetched one continues its author's."""
    candidates = dict.fromkeys((baseline.name, baseline.name.rpartition("/")[2]))
    published, _ = context.team_baselines.published(tuple(candidates))
    by_name = {generation.record.name: generation for generation in published}
    here = {generation.session for generation in baseline.generations}
    machine = context.team.machine()
    for name in candidates:
        if name in by_name and here & {session_id(commit, machine) for commit in by_name[name].generations}:
            return name, by_name[name]
    ref_of(baseline.name)  # raises for a name that none can have
    return baseline.name, by_name.get(baseline.name)


def _portable(context: Context, baseline: Baseline, node: Node) -> PortableTranscript:
    assert node.session is not None
    here = places(context, node)
    try:
        transcript = portable(context.sessions.transcript(node.session), here)
        if len(transcript.data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
        # What others would refuse does not leave.
        materialised(transcript.data, here, transcript.tag, session=str(uuid.uuid4()), title="", branch=None)
    except ValueError as error:
        raise ForksightError(
            f"the baseline {baseline.name} can't be published: {error}", fix="mark another session, or refresh it"
        ) from error
    return transcript


def _record(
    context: Context,
    name: str,
    baseline: Baseline,
    node: Node,
    *,
    before: Published | None,
    transcript: PortableTranscript,
) -> Record:
    assert node.session is not None
    user, host = names(context)
    commit = baseline.generation.commit
    known = commit is not None and bool(context.repository.refs([commit])[0])
    return Record(
        name=name,
        generation=before.record.generation + 1 if before else baseline.current,
        user=user,
        host=host,
        at=context.clock.now(),
        commit=commit if known else None,
        branch=node.branch,
        roots=context.team_baselines.roots(commit) if known and commit else (),
        cli=transcript.cli,
        sha256=hashlib.sha256(transcript.data).hexdigest(),
        size=len(transcript.data),
        rows=transcript.rows,
        tag=transcript.tag,
        context=context.sessions.spending(node.session)[0].context,
    )


def _warnings(context: Context, plan: PublishPlan, node: Node) -> tuple[Problem, ...]:
    record, before = plan.record, plan.before
    warnings = []
    if before is not None and before.record.user != record.user:
        warnings.append(Problem("published-by-another", wording.published_by_another(before.record)))
    if record.commit is None:
        warnings.append(Problem("drift-unknown", wording.no_commit(plan.baseline)))
    elif not context.team_baselines.is_on_remote(record.commit, plan.remote):
        warnings.append(Problem("commit-not-pushed", wording.not_pushed(record.commit, plan.remote)))
    if node.state in (State.LIVE_BUSY, State.LIVE_WAITING):
        warnings.append(Problem("baseline-busy", wording.busy(plan.baseline)))
    return tuple(warnings)
