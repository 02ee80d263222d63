"""What a person was shown of forks and said yes to, as an editor sends it back: no more than that may go or be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forksight.core.cleanup.facts import Commit, Stash
from forksight.core.cleanup.proposal import Entry, Lost
from forksight.core.problems import UsageError


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes to one fork."""

    session: str
    # Its worktree, branch and transcript as they were shown; None for what was not to go.
    goes: tuple[str | None, str | None, str | None]
    lost: Lost
    # Whether it was shown as going only with a yes of its own.
    at_risk: bool = True

    def covers(self, entry: Entry) -> bool:
        """Whether nothing else goes with the fork, and nothing more is lost, than was shown."""
        goes = (entry.worktree, entry.branch.name if entry.branch else None, entry.transcript)
        same = all(now in (None, shown) for now, shown in zip(goes, self.goes, strict=True))
        return same and not entry.lost.beyond(self.lost) and (self.at_risk or not entry.at_risk)


def consents(forks: object) -> tuple[Consent, ...]:
    """The yeses in a list of forks, each as a dry run's document has it. Raises `UsageError` if it is no such list."""
    try:
        if not isinstance(forks, Sequence):
            raise TypeError
        return tuple(_consent(fork) for fork in forks)
    except (AttributeError, KeyError, TypeError) as error:
        raise UsageError(
            "confirmed must be a list of forks as a dry run tells them", fix="give their session, goes and lost"
        ) from error


def _consent(fork: Mapping[str, Any]) -> Consent:
    goes, lost = fork["goes"], fork["lost"]
    return Consent(
        str(fork["session"]),
        (goes["worktree"], goes["branch"], goes["transcript"]),
        Lost(
            tuple(lost["uncommitted"]),
            tuple(lost["untracked"]),
            tuple(lost["ignored"]),
            tuple(Stash(stash["ref"], None, stash["subject"]) for stash in lost["stashes"]),
            tuple(Commit(identity, "") for identity in lost["commits"]["ids"]),
        ),
        at_risk=bool(fork.get("at_risk", True)),
    )
