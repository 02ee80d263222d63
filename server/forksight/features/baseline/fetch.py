"""Fetches a baseline that a colleague published, and makes it a baseline of this machine.

A second run completes an interrupted one: the session's id is derived from what was published, the transcript is written
atomically, and the ledger records it last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.baseline.refresh import title
from forksight.core.claude.project_folders import LONGEST, encode
from forksight.core.problems import ClaudeError, GitError, LedgerError, Problem, TeamError, UsageError
from forksight.core.sessions.session import Evidence, Rows, Session, Tokens
from forksight.core.store.ledger import Baseline, Generation
from forksight.core.teams.baseline import wording
from forksight.core.teams.baseline.materialised import materialised
from forksight.core.teams.baseline.plans import FetchPlan, fetched_before
from forksight.core.teams.baseline.record import session_id
from forksight.core.words import shell
from forksight.features.baseline.portable_places import places
from forksight.features.sessions import find
from forksight.features.teams.sharing import UntrustedError, alone, ask_remote, choose_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forksight.core.store.ledger import LedgerView
    from forksight.core.teams.baseline.plans import Published
    from forksight.core.teams.baseline.record import Record
    from forksight.features.context import Context


def offered(context: Context, remote: str | None, *, agreed: bool) -> tuple[str, ...]:
    """The names of the published baselines, after asking the remote. `agreed` as in `ask_remote`. Raises `UsageError`, `TeamError`."""
    _look(context, choose_remote(context, find.given("the remote", remote)), None, agreed=agreed)
    return tuple(published.record.called for published in context.team_baselines.published()[0])


def plan_fetch(context: Context, name: str | None, remote: str | None, *, agreed: bool) -> FetchPlan:
    """What would be fetched, after asking the remote. Neither Claude Code's files nor the ledger are changed.

    `agreed` as in `ask_remote`. Raises `UsageError` if no baseline (of that name) is published, or if it is of another repository; `TeamError`.
    """
    wanted = find.given("the name", name)
    chosen = choose_remote(context, find.given("the remote", remote))
    problems = _look(context, chosen, wanted, agreed=agreed)
    published, unreadable = context.team_baselines.published()
    problems = (*problems, *unreadable)
    view, ledger_problems = context.ledger.view()
    if view.unread is not None:
        raise LedgerError(view.unread.message.rstrip("."), code=view.unread.code)
    machine = context.team.machine()
    published_baseline = _choose(published, wanted, view=view, machine=machine, problems=problems, remote=chosen)
    record = published_baseline.record
    warnings = _check_repository(context, record)
    session = session_id(published_baseline.commit, machine)
    old = fetched_before(view, published_baseline, machine)
    called = old.name if old is not None else record.called
    taken = view.baseline(called)
    if old is None and taken is not None:
        raise UsageError(
            f"there is already a baseline {called} here, and it was not fetched",
            fix="unset it first, or mark its session under another name",
        )
    is_there = old is not None and any(generation.session == session for generation in old.generations)
    number = _number(old, session, record)
    here = places(context)
    try:
        transcript = materialised(
            context.team_baselines.transcript(published_baseline),
            here,
            record.tag,
            session=session,
            title=title(called, number) if number > 1 else called,
            branch=record.branch,
        )
    except ValueError as error:
        raise TeamError(
            f"the baseline {record.name} is damaged: {error}", fix=f"ask {record.user} to publish it again"
        ) from error
    return FetchPlan(
        chosen,
        context.team.address(chosen),
        published_baseline,
        called,
        session,
        here.checkout,
        transcript,
        old,
        number,
        is_there and old is not None and old.generation.session == session,
        (*warnings, *_other_version(context, record)),
        (*ledger_problems, *problems),
    )


def fetch(context: Context, plan: FetchPlan) -> Baseline:
    """Make it a baseline of this machine, with a copy in the vault. Raises `VaultError`, `LedgerError`, `TeamError`."""
    generation = Generation(plan.number, plan.session, plan.published.record.commit, context.clock.now())
    old = plan.replacing
    earlier = [other for other in old.generations if other.session != plan.session] if old else []
    generations = tuple(sorted((*earlier, generation), key=lambda other: other.number))
    baseline = Baseline(plan.name, generation.number, generations)
    with alone(context), context.team_baselines.staged(_folder(plan.checkout), plan.session, plan.transcript) as path:
        context.ledger.create()
        context.vault.keep(_session(plan, path, context.clock.now()), baseline, generation)
        context.vault.restore(plan.session, context.claude.projects)
        if baseline != old:
            context.ledger.save_baseline(baseline, replacing=old)
    return baseline


def _look(context: Context, remote: str, name: str | None, *, agreed: bool) -> tuple[Problem, ...]:
    """Fetch what is published; returns what is wrong with some of it. Raises `TeamError`."""
    try:
        return ask_remote(
            context, remote, lambda trusted: context.team_baselines.look(remote, trusted=trusted), agreed=agreed
        )
    except UntrustedError as error:
        command = shell.join(["forksight", "baseline", "fetch", *([name] if name else []), "--remote", remote, "--yes"])
        raise TeamError(str(error), fix=f"if you trust that configuration, `{command}` lets them run") from error


def _choose(
    published: Sequence[Published],
    wanted: str | None,
    *,
    view: LedgerView,
    machine: str,
    problems: Sequence[Problem],
    remote: str,
) -> Published:
    """The published baseline that `wanted` names, as `NAME` or `USER/NAME`. Raises `UsageError`, `TeamError`."""

    def is_meant(candidate: Published) -> bool:
        old = fetched_before(view, candidate, machine)
        return wanted in (candidate.record.name, candidate.record.called, old.name if old else None)

    meant = [candidate for candidate in published if wanted is None or is_meant(candidate)]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(candidate.record.called for candidate in published)
    if meant:
        raise UsageError("there are several baselines", fix=f"name one of: {names}", code="several-baselines")
    broken = [problem for problem in problems if wanted is None or f" {wanted} " in problem.message]
    if broken:
        raise TeamError(broken[0].message.rstrip("."), fix="ask the person who published it to publish it again")
    if wanted is None or not published:
        raise UsageError(
            f"no baseline is published on {remote}", fix="publish one: `forksight baseline publish`", code="no-baseline"
        )
    raise UsageError(f"there is no published baseline {wanted}", fix=f"choose one of: {names}", code="no-baseline")


def _check_repository(context: Context, record: Record) -> tuple[Problem, ...]:
    """Warnings about the commit that the baseline knew. Raises `UsageError` if that is of another repository."""
    if record.commit is None:
        return (Problem("drift-unknown", wording.no_commit(record.called)),)
    if context.repository.refs([record.commit])[0]:
        return ()
    head = context.here.head
    roots = context.team_baselines.roots(head) if head else ()
    if roots and record.roots and not set(roots) & set(record.roots):
        raise UsageError(
            f"the baseline {record.name} is of another repository: its history and this one begin with different commits",
            fix="fetch it where it belongs, or name another remote with --remote",
        )
    return (Problem("commit-missing", wording.commit_missing(record.commit)),)


def _other_version(context: Context, record: Record) -> tuple[Problem, ...]:
    try:
        here = context.machine.claude_version(context.claude.program().path)
    except (ClaudeError, GitError):
        return ()
    return () if here == record.cli else (Problem("other-version", wording.other_version(record.cli, here)),)


def _number(old: Baseline | None, session: str, record: Record) -> int:
    """The generation's number on this machine: the published one, unless another generation here has it."""
    if old is None:
        return record.generation
    known = next((generation.number for generation in old.generations if generation.session == session), None)
    return known or max(record.generation, 1 + max(generation.number for generation in old.generations))


def _folder(checkout: str) -> str:
    """The name of Claude Code's project folder for a checkout. (The hash in long names is unknown, but sessions are found by id.)"""
    name = encode(checkout)
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-forksight"


def _session(plan: FetchPlan, path: str, now: float) -> Session:
    record = plan.published.record
    nothing = Tokens()
    return Session(
        plan.session,
        path,
        plan.name,
        named=True,
        cwd=plan.checkout,
        branch=record.branch,
        parent=None,
        evidence=Evidence.NONE,
        started=now,
        last_active=now,
        modified=now,
        rows=Rows(record.rows),
        own=nothing,
        inherited=nothing,
    )
