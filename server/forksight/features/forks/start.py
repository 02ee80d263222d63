"""Carries out a proposal: prepares the worktree, starts Claude Code, and verifies that the fork inherited its context."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from forksight.core.claude.background import agent_of, attach
from forksight.core.claude.launch import Launch
from forksight.core.forks.proposal import Outcome, Proposal
from forksight.core.plans.plan import Action, Plan
from forksight.core.ports.system import Progress
from forksight.core.problems import ClaudeError, ForksightError, LedgerError, Problem, half_done
from forksight.core.store.ledger import Fork, ForkState, Mode
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.forks import steps
from forksight.features.forks.first_answer import wait_for_first_answer
from forksight.features.forks.fork import look_again
from forksight.features.forks.running import end_running
from forksight.features.plans.carry_out import carry_out, preparing, take_back
from forksight.features.sessions.copies import renew
from forksight.features.sessions.settle import settled_tree

Opener = Callable[[Launch], str | None]  # the place where it was opened; None if it can't be opened here

_PATIENCE = 30.0  # seconds until a fork in the background must have its transcript
_PAUSE = 0.25  # seconds between two looks


def start(context: Context, proposal: Proposal, opener: Opener, progress: Progress) -> Outcome:
    """Carry out a proposal without an open question. If it fails, an error is raised and nothing is left half done.

    In mode `print` everything is done but starting Claude Code.
    """
    plan, launch = proposal.plan, proposal.launch
    assert plan is not None, "a question is open"
    assert launch is not None
    if proposal.mode is not Mode.PRINT:
        context.claude.program()
    if proposal.running is not None:
        end_running(context, proposal.running, progress)
    check = partial(look_again, context, proposal)
    problems = carry_out(context, plan, steps.do, progress, check) if preparing(plan) else ()
    outcome = Outcome(proposal, launch, problems=(*problems, *renew(context)))
    if proposal.mode is Mode.PRINT:
        return outcome
    try:
        outcome = _started(context, outcome, opener, progress)
    except ForksightError as error:
        if error.code == "claude-timeout":  # it may be running all the same
            raise
        second = _undo(context, plan, progress)
        raise (_taken_back(error, plan) if second is None else half_done(error, second)) from None
    except BaseException:
        _undo(context, plan, progress)
        raise
    fork = proposal.fork
    return _awaited(context, outcome, fork, progress) if fork and proposal.mode is Mode.BACKGROUND else outcome


def doubts(outcome: Outcome) -> tuple[Problem, ...]:
    """Why the started fork may be no success: it is empty, or not yet verified."""
    return tuple(problem for problem in outcome.problems if problem.code in ("fork-unverified", "fork-empty"))


def in_background(outcome: Outcome) -> str:
    """The sentence about a session that was started in the background, with how to attach to it."""
    fork, launch = outcome.proposal.fork, outcome.launch
    if doubtful := doubts(outcome):
        return " ".join(problem.message for problem in doubtful)
    hint = "" if fork is None or fork.prompt is not None else "It waits for its first prompt. "
    return f"“{launch.title}” runs in the background as {launch.session}. {hint}Attach to it with `{attach(launch.session)}`."


def _started(context: Context, outcome: Outcome, opener: Opener, progress: Progress) -> Outcome:
    fork, launch, mode = outcome.proposal.fork, outcome.launch, outcome.proposal.mode
    if fork is None:  # a session that we did not make goes on
        return replace(outcome, place=opener(launch))
    warnings: tuple[Problem, ...] = ()
    if fork.prompt is not None:
        warnings = wait_for_first_answer(context, fork, progress)
    else:
        context.ledger.note_start(fork.launch, context.clock.now())
    if mode is Mode.BACKGROUND:
        progress.step(f"Starting “{fork.title}” in the background")
        short = context.claude.start_in_background(launch)
        context.ledger.update_fork(fork.launch, state=ForkState.STARTED, short=short)
        return replace(outcome, warnings=warnings)
    place = opener(launch)
    if place is not None:
        context.ledger.update_fork(fork.launch, state=ForkState.STARTED, pane=place)
    return replace(outcome, place=place, warnings=warnings)


def _awaited(context: Context, outcome: Outcome, fork: Fork, progress: Progress) -> Outcome:
    """Wait until the id of a background fork is known, and its transcript shows what it inherited."""
    deadline = context.clock.now() + _PATIENCE
    progress.step("Waiting for its transcript" if fork.prompt is not None else "Waiting for its id")
    while True:
        problems = settled_tree(context).problems
        now = context.ledger.view()[0].fork(fork.launch) or fork
        if now.state in (ForkState.EMPTY, ForkState.VERIFIED):
            break
        if fork.prompt is None and now.session is not None:  # it writes nothing before it is asked something
            break
        if now.session is None:
            problems += _ask_claude(context, now)
        if context.clock.now() > deadline or progress.stopped():
            problems += (_unverified(now),)
            break
        context.clock.sleep(_PAUSE)
    problems = tuple(dict.fromkeys((*outcome.problems, *problems)))
    return replace(outcome, launch=replace(outcome.launch, session=now.id), problems=problems)


def _unverified(fork: Fork) -> Problem:
    """The warning that a fork was started and could not be verified."""
    missing = "has no transcript yet" if fork.session is not None else "Claude Code does not list it"
    log_command = f"`claude logs {fork.short}`" if fork.short else "`claude agents`"
    again = shell.join(["forksight", "fork", *([fork.branch] if fork.branch else []), "--again", "--background"])
    sentence = f"The fork “{fork.title}” was started in the background, but {missing}: look at it with {log_command}; if it is gone, start another with `{again}`."
    return Problem("fork-unverified", sentence, fork.worktree)


def _ask_claude(context: Context, fork: Fork) -> tuple[Problem, ...]:
    """Ask Claude Code for the id of a background fork, and record it."""
    view, _ = context.ledger.view()
    taken = [recorded.session for recorded in view.forks if recorded.session]
    try:
        agent = agent_of(fork, context.claude.agents(), taken)
        if agent is not None:
            context.ledger.update_fork(fork.launch, session=agent.session)
    except (ClaudeError, LedgerError) as error:
        return (Problem(error.code, f"{error.sentence}."),)
    return ()


def _taken_back(error: ForksightError, plan: Plan) -> ForksightError:
    """The error, with a note that the worktree was removed again if it was made for this start."""
    if not any(step.action is Action.CREATE_WORKTREE for step in plan.steps):
        return error
    return type(error)(f"{error}; what was made for the fork was removed again", fix=error.fix, code=error.code)


def _undo(context: Context, plan: Plan, progress: Progress) -> ForksightError | None:
    """Undo the whole plan, since nothing was started. Returns why that was not possible."""
    return take_back(context, plan, len(preparing(plan)), steps.do, progress)
