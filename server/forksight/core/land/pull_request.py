"""Pull requests instead of merges: what is pushed, the request's text, and the outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forksight.core.git.branches import Remote
from forksight.core.git.hosts import compare_address
from forksight.core.problems import Problem


class PullFate(StrEnum):
    """What became of a branch that was to be pushed."""

    PROPOSED = "proposed"
    PUSHED = "pushed"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One fork's branch to push, and its pull request."""

    branch: str
    commit: str
    # A path in which git and the host's program run: the branch's worktree, else where the person is.
    worktree: str
    remote: Remote | None
    # Where the request is opened: another remote, if that to which the branch is pushed is a fork of its repository.
    project: Remote | None
    # The branch that it is to be merged into, as the remote calls it.
    base: str | None
    title: str
    body: str
    # The host's program with its arguments; None where there is none, or it is not installed.
    command: tuple[str, ...] | None = None
    # What keeps it from being pushed; empty: nothing.
    held: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """The web page on which a person can open the request; None if the remote is of no known host."""
        if self.remote is None or self.base is None:
            return None
        return compare_address(self.remote.url, self.base, self.branch, (self.project or self.remote).url)


@dataclass(frozen=True, slots=True)
class Pushed:
    """The outcome by branch, and the web page of each pushed branch: its pull request, else the page to open one."""

    fates: Mapping[str, PullFate]
    pages: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def outcome(request: PullRequest, fate: PullFate, page: str | None) -> str:
    """What would become, or became, of a branch, as a phrase after its name."""
    where = request.remote.name if request.remote else "its remote"
    match fate:
        case PullFate.HELD:
            return "; ".join(request.held)
        case PullFate.PROPOSED:
            how = f", then {request.command[0]} opens the request" if request.command else ""
            return f"to be pushed to {where}, for {request.base}{how}: {request.title}"
        case PullFate.PUSHED:
            return f"pushed to {where}" + (f": {page}" if page else "")
        case PullFate.FAILED:
            return "was not pushed" if page is None else "was pushed, and has no request"


def summary(requests: Sequence[PullRequest], fates: Mapping[str, PullFate]) -> str:
    """The outcome of all requests in one sentence."""
    if not requests:
        return "No fork has anything to push."
    counts = [(fate, sum(became is fate for became in fates.values())) for fate in PullFate]
    words = {PullFate.PROPOSED: "can be pushed"}
    return f"{', '.join(f'{count} {words.get(fate, fate.value)}' for fate, count in counts if count)}."
