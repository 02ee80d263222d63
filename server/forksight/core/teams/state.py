"""The person's decision on sharing a repository, and the state of sharing. Both are stored as JSON in the user's data folder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forksight.core.teams.wire import moment

MOST_NAMED = 50  # entries of `State.left_out`


@dataclass(frozen=True, slots=True)
class Consent:
    """The person's last `forksight share on` or `off`."""

    on: bool | None = None  # None: not decided yet
    remote: str | None = None
    address: str | None = None  # the remote's address at that time; the consent holds for no other address
    at: float = 0.0  # seconds since the epoch
    is_lost: bool = (
        False  # whether the stored decision can't be read, or is about another repository that was at this path
    )

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"on": self.on, "remote": self.remote, "address": self.address, "at": self.at}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Consent":
        """From JSON. Raises `KeyError`, `TypeError`, `ValueError`."""
        on, remote, address = body["on"], body["remote"], body["address"]
        if not isinstance(on, bool | None) or not all(isinstance(text, str | None) for text in (remote, address)):
            raise TypeError("consent")
        return cls(on, remote, address, moment(body["at"]))


@dataclass(frozen=True, slots=True)
class State:
    """The state of sharing after the last exchange."""

    published: float | None = None  # when this machine last pushed, seconds since the epoch
    unsure: bool = False  # whether the last push may or may not have succeeded
    snapshots: tuple[str, ...] = ()  # the ids of the commits that it pushed at that time
    worktrees: tuple[tuple[str, int, int], ...] = ()  # each: label, number of files shared, number of files left out
    # The first `MOST_NAMED` files that were left out, each: the worktree's label, path, reason.
    left_out: tuple[tuple[str, str, str], ...] = ()
    not_shared: tuple[str, ...] = ()  # sentences about worktrees that could not be shared
    polled: float | None = None  # when the remote last answered, seconds since the epoch
    failures: int = 0  # failed exchanges in a row
    failed: float | None = None  # when an exchange last failed, seconds since the epoch
    error: str | None = None  # the last failure in one sentence
    refused: bool = False  # whether the last failure was a refused push: polls then go on without a pause
    # Key of a colleague's file version, or a snapshot's commit id -> when it was first seen here, seconds since the epoch
    # (`features.teams.colleagues`).
    seen: Mapping[str, float] = field(default_factory=dict)
    baselines: float | None = (
        None  # when published baselines were last fetched, or that was tried; seconds since the epoch
    )

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "State":
        """From JSON. Raises `KeyError`, `TypeError`, `ValueError`."""

        def known_moment(key: str) -> float | None:
            return None if body[key] is None else moment(body[key])

        error = body["error"]
        return cls(
            known_moment("published"),
            bool(body.get("unsure", False)),
            tuple(str(commit) for commit in body["snapshots"]),
            tuple((str(label), int(files), int(left_out)) for label, files, left_out in body["worktrees"]),
            tuple((str(label), str(path), str(why)) for label, path, why in body.get("left_out", [])),
            tuple(str(sentence) for sentence in body.get("not_shared", [])),
            known_moment("polled"),
            int(body["failures"]),
            known_moment("failed"),
            None if error is None else str(error),
            bool(body.get("refused", False)),
            {str(key): moment(value) for key, value in dict(body["seen"]).items()},
            known_moment("baselines") if "baselines" in body else None,
        )
