"""The consent that an editor sends back: what a person was shown about forks and agreed to. No more than that may be removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forksight.core.cleanup.facts import Commit, Stash
from forksight.core.cleanup.proposal import Entry, Lost
from forksight.core.problems import UsageError


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's yes to cleaning up one fork."""

    session: str
    # What was shown as removed: worktree, branch, transcript; None: it stays.
    goes: tuple[str | None, str | None, str | None]
    lost: Lost  # the losses that were shown
    at_risk: bool = True  # whether it was shown as at risk

    def covers(self, entry: Entry) -> bool:
        """Whether the entry removes and loses no more than was shown."""
        goes = (entry.worktree, entry.branch.name if entry.branch else None, entry.transcript)
        same = all(now in (None, shown) for now, shown in zip(goes, self.goes, strict=True))
        return same and not entry.lost.beyond(self.lost) and (self.at_risk or not entry.at_risk)


def consents(forks: object) -> tuple[Consent, ...]:
    """The consents in a list of forks that have the shape of a dry run's `forks`. Raises `UsageError` for anything else."""
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
