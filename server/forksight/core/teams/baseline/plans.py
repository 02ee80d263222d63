"""What publishing and fetching a baseline would do, as values: a person reads them first, and the same ones are carried out."""

from dataclasses import dataclass

from forksight.core.problems import Problem
from forksight.core.store.ledger import Baseline, LedgerView
from forksight.core.teams.baseline.portable import PortableTranscript
from forksight.core.teams.baseline.record import Record, session_id


@dataclass(frozen=True, slots=True)
class Published:
    """A generation of a baseline as a remote has it."""

    record: Record
    commit: str  # that holds it
    generations: tuple[str, ...]  # its commit and those before it, newest first


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """What would leave this machine."""

    remote: str
    address: str
    baseline: str  # as it is called here
    record: Record
    transcript: PortableTranscript
    before: Published | None = None  # what was published under this name last
    is_there: bool = False  # the remote has just this
    is_asked: bool = True  # the remote has answered; else `before` is what was known of it
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What would come to this machine."""

    remote: str
    address: str
    published: Published
    name: str  # what the baseline is called here
    session: str  # the id of the session that it becomes
    checkout: str  # whose paths it gets
    transcript: bytes  # of that session
    replacing: Baseline | None  # the baseline of that name as it is here now
    number: int  # of the generation that it becomes
    is_there: bool = False  # this very generation is here already
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


def fetched_before(view: LedgerView, published: Published, machine: str) -> Baseline | None:
    """The baseline here that a published one goes on: some generation of it was fetched."""
    sessions = {session_id(commit, machine) for commit in published.generations}
    for baseline in view.baselines:
        if any(generation.session in sessions for generation in baseline.generations):
            return baseline
    return None
