"""The plans of publishing and fetching a baseline: values that a person is shown first, and that are then carried out unchanged."""

from dataclasses import dataclass

from forksight.core.problems import Problem
from forksight.core.store.ledger import Baseline, LedgerView
from forksight.core.teams.baseline.portable import PortableTranscript
from forksight.core.teams.baseline.record import Record, session_id


@dataclass(frozen=True, slots=True)
class Published:
    """A generation of a baseline on a remote."""

    record: Record
    commit: str  # the commit that holds it
    generations: tuple[str, ...]  # its commit and those of earlier generations, newest first


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """The plan of publishing a generation."""

    remote: str
    address: str
    baseline: str  # its name here
    record: Record
    transcript: PortableTranscript
    before: Published | None = None  # the generation last published under this name
    is_there: bool = False  # whether the remote has this generation already
    is_asked: bool = True  # whether the remote answered; if not, `before` is what was last fetched
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """The plan of fetching a generation."""

    remote: str
    address: str
    published: Published
    name: str  # the baseline's name here
    session: str  # the id that its session gets
    checkout: str  # the checkout whose paths replace the placeholders
    transcript: bytes  # that session's transcript
    replacing: Baseline | None  # the present baseline of that name
    number: int  # the number that the generation gets here
    is_there: bool = False  # whether this generation is here already
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


def fetched_before(view: LedgerView, published: Published, machine: str) -> Baseline | None:
    """The baseline here that was fetched from this published generation or an earlier one of it; None if there is none."""
    sessions = {session_id(commit, machine) for commit in published.generations}
    for baseline in view.baselines:
        if any(generation.session in sessions for generation in baseline.generations):
            return baseline
    return None
