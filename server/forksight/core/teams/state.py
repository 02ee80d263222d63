"""What a person said about sharing a repository, and how sharing stands. Both are kept as JSON in the user's data folder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forksight.core.teams.wire import LAST

MOST_NAMED = 50  # paths that stay here


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said by `forksight share on` or `off`."""

    on: bool | None = None  # None: nothing was said yet
    remote: str | None = None
    address: str | None = None  # the remote's then: what leads elsewhere later was never agreed to
    at: float = 0.0  # seconds since the epoch
    is_lost: bool = False  # something was said, which can't be read, or of another folder that was at this path

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"on": self.on, "remote": self.remote, "address": self.address, "at": self.at}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Consent":
        """From JSON. Raises `KeyError`, `TypeError`, `ValueError`."""
        on, remote, address = body["on"], body["remote"], body["address"]
        if not isinstance(on, bool | None) or not all(isinstance(text, str | None) for text in (remote, address)):
            raise TypeError("consent")
        return cls(on, remote, address, _moment(body["at"]))


@dataclass(frozen=True, slots=True)
class State:
    """How sharing stands."""

    published: float | None = None  # when this machine last pushed, seconds since the epoch
    unsure: bool = False  # a push was begun, and nobody knows how it ended
    snapshots: tuple[str, ...] = ()  # the commits that it pushed then
    worktrees: tuple[tuple[str, int, int], ...] = ()  # label, files shared and left out of each
    left_out: tuple[tuple[str, str, str], ...] = ()  # of these: label, path and why, the first `MOST_NAMED`
    not_shared: tuple[str, ...] = ()  # sentences about worktrees that could not be shared
    polled: float | None = None  # when the remote last answered
    failures: int = 0  # in a row
    failed: float | None = None  # when it last failed
    error: str | None = None  # what it last failed with: one sentence
    refused: bool = False  # that was a push that the remote declined: it is asked for news as always
    # When a colleague's version of a file was first seen here, by machine, label, path and blob; and each snapshot's commit.
    seen: Mapping[str, float] = field(default_factory=dict)
    baselines: float | None = None  # when published baselines were looked for last

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "State":
        """From JSON. Raises `KeyError`, `TypeError`, `ValueError`."""

        def moment(key: str) -> float | None:
            return None if body[key] is None else _moment(body[key])

        error = body["error"]
        return cls(
            moment("published"),
            bool(body.get("unsure", False)),
            tuple(str(commit) for commit in body["snapshots"]),
            tuple((str(label), int(files), int(left_out)) for label, files, left_out in body["worktrees"]),
            tuple((str(label), str(path), str(why)) for label, path, why in body.get("left_out", [])),
            tuple(str(sentence) for sentence in body.get("not_shared", [])),
            moment("polled"),
            int(body["failures"]),
            moment("failed"),
            None if error is None else str(error),
            bool(body.get("refused", False)),
            {str(key): _moment(value) for key, value in dict(body["seen"]).items()},
            moment("baselines") if "baselines" in body else None,
        )


def _moment(value: Any) -> float:
    moment = float(value)
    if not 0 <= moment < LAST:
        raise ValueError("a time in it is none")
    return moment
