"""What forking or resuming would do: everything is decided, nothing is done yet."""

from dataclasses import dataclass

from forksight.core.claude.launch import Launch
from forksight.core.plans.plan import Plan
from forksight.core.problems import Problem
from forksight.core.sessions.session import LiveProcess
from forksight.core.store.ledger import Fork, Mode
from forksight.core.words.question import Question


@dataclass(frozen=True, slots=True)
class Origin:
    """The baseline that a fork descends from, and the session of the generation that it was forked from."""

    name: str
    generation: int
    session: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where and how Claude Code would be started, with the plan that prepares it; or the question that must be answered first."""

    worktree: str | None
    branch: str | None
    # Where the session has its context from; None for one that descends from no baseline.
    baseline: Origin | None
    mode: Mode
    # None as long as a question is open, and for a live session, which is never started a second time.
    plan: Plan | None = None
    launch: Launch | None = None
    # The ledger's record that the plan makes, or that of the resumed fork; None for a session that we did not make.
    fork: Fork | None = None
    # The launch ids of the forks in the ledger when this was decided: a newer one stops the plan. None: it does not.
    recorded: frozenset[str] | None = None
    # The process that runs the session to resume. With a plan it is ended first; without one it is shown where it runs.
    running: LiveProcess | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a proposal."""

    proposal: Proposal
    # As proposed; for a fork in the background with the session's id as soon as Claude Code told it.
    launch: Launch
    # Where it was opened, as the terminal names that; None if nobody could open it, or should.
    place: str | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
