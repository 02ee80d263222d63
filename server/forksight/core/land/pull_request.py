"""Pull requests instead of merges: what one is called and says, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forksight.core.git.branches import Remote
from forksight.core.git.hosts import compare_address
from forksight.core.problems import Problem


class PullFate(StrEnum):
    """What became of a fork whose branch is to be pushed."""

    PROPOSED = "proposed"
    PUSHED = "pushed"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One fork's branch, to be pushed, and the request to pull it."""

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
        """Where a person opens the request in a browser; None for a remote that is no web host's."""
        if self.remote is None or self.base is None:
            return None
        return compare_address(self.remote.url, self.base, self.branch, (self.project or self.remote).url)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of requests, by branch, and the page of each branch that was pushed: of its request, else where that is begun."""

    fates: Mapping[str, PullFate]
    pages: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def outcome(request: PullRequest, fate: PullFate, page: str | None) -> str:
    """What would become of a fork, or what became of it, as a phrase after its name."""
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
    """What came of all of them, in one sentence."""
    if not requests:
        return "No fork has anything to push."
    counts = [(fate, sum(became is fate for became in fates.values())) for fate in PullFate]
    words = {PullFate.PROPOSED: "can be pushed"}
    return f"{', '.join(f'{count} {words.get(fate, fate.value)}' for fate, count in counts if count)}."
