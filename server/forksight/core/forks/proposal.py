"""What forking or resuming comes to: everything decided, nothing done yet."""

from dataclasses import dataclass

from forksight.core.claude.launch import Launch
from forksight.core.problems import Problem
from forksight.core.store.ledger import Fork, Mode
from forksight.core.store.plan import Plan
from forksight.core.words.question import Question


@dataclass(frozen=True, slots=True)
class Origin:
    """The baseline that a fork comes from, and the session of the generation it was made of."""

    name: str
    generation: int
    session: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where Claude Code would start, how, and the plan that prepares it; or the question that must be answered first.

    `fork` is the record that the plan makes, or the one of the fork that is resumed; `baseline` where it comes from.
    `plan` and `launch` are None as long as a question is open.
    """

    worktree: str | None
    branch: str | None
    baseline: Origin | None
    mode: Mode
    plan: Plan | None = None
    launch: Launch | None = None
    fork: Fork | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a proposal. `place` is where it was opened; None if nobody could open it, or should.

    `launch` has the session's id as soon as Claude Code told it.
    """

    proposal: Proposal
    launch: Launch
    place: str | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
