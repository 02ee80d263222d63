"""The wire format, version 1: the refs that machines push below `refs/forksight/v1/m/` of a git remote.

A machine's ref points at its *roster*: a commit with the empty tree and one parent for each *snapshot*. A snapshot is a
worktree that is dirty or ahead of the default branch, as a commit: its parents are the newest commits of that worktree
that the remote has, its tree holds only the paths that differ from the first of them. Both messages are one line of JSON.
A ref may be in a shard, a folder that is named after the first two digits of the machine's id: readers accept refs with and without one.

Fetched data come from other people: parsing raises `ValueError` for everything that is not in this format, and the limits below
are checked before any content is read. The text of each error is a clause about the parsed commit ("its message is too long").
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forksight.core.words.terminal import printable

VERSION = 1
REFS = "refs/forksight/v1/m/"
MOST_MACHINES = 1000
MOST_SNAPSHOTS = 100  # of one machine
MOST_SNAPSHOTS_IN_ALL = 2000  # of all machines
MOST_PATHS = 5000  # of one snapshot
MOST_PATHS_OF_MACHINE = (
    50_000  # of all snapshots of a machine, and in the differences of their parents from commits here
)
MOST_PATHS_IN_ALL = 100_000  # of all machines; so many take about a hundred megabytes of memory
MOST_PARENTS = 16  # of one snapshot
LONGEST_LISTING = 8 << 20  # bytes of git's listing of one snapshot's paths
LONGEST_HISTORY = 8 << 20  # bytes of git's listing of the commits between a snapshot's parent and those here
LONGEST_TREE = 64 << 20  # bytes of one tree object of a snapshot's parent
LONGEST_MESSAGE = 1 << 20  # bytes
LONGEST_NAME = 100  # characters of a person's, a machine's, a folder's or a branch's name
LONGEST_PATH = 4096  # characters
LARGEST_FILE = 1 << 20  # bytes
LAST = 7258118400.0  # seconds since the epoch: the year 2200; later times are invalid
LARGEST_SHARE = 8 << 20  # bytes of all files of one machine

_MACHINE = re.compile(r"(?:([0-9a-f]{2})/(?=\1))?([0-9a-f]{32})")
_NEVER_IN_PATHS = frozenset(["", ".", "..", ".git", "git~1"])


@dataclass(frozen=True, slots=True)
class Roster:
    """A machine's names and the list of its snapshots."""

    machine: str  # its id: 32 hexadecimal digits, random
    user: str
    host: str
    at: float  # when it was published, by that machine's clock: seconds since the epoch
    snapshots: tuple[str, ...]  # commit ids

    def message(self) -> str:
        """The roster's commit message."""
        return _line({"v": VERSION, "user": self.user, "host": self.host, "at": int(self.at)})


@dataclass(frozen=True, slots=True)
class SnapshotMessage:
    """The contents of a snapshot's commit message."""

    label: str  # the worktree's name: its branch, else its folder's name
    branch: str | None
    gone: tuple[str, ...] = ()  # paths of the first parent that are deleted there
    # Path -> when the file was written, by that machine's clock, seconds since the epoch.
    since: Mapping[str, float] = field(default_factory=dict)
    unmerged: frozenset[str] = frozenset()
    left_out: int = 0  # how many changed paths are not shared

    def text(self) -> str:
        """The snapshot's commit message."""
        return _line(
            {
                "v": VERSION,
                "label": self.label,
                "branch": self.branch,
                "gone": list(self.gone),
                "since": {path: int(moment) for path, moment in sorted(self.since.items())},
                "unmerged": sorted(self.unmerged),
                "left_out": self.left_out,
            }
        )


def machine_of(ref: str) -> str | None:
    """The id of the machine whose ref this is; None for any other ref."""
    match = _MACHINE.fullmatch(ref.removeprefix(REFS)) if ref.startswith(REFS) else None
    return match[2] if match else None


def refs_of(machine: str) -> tuple[str, str]:
    """The refs that a machine may have: without a shard, as this version writes it, and with one."""
    return f"{REFS}{machine}", f"{REFS}{machine[:2]}/{machine}"


def read_roster(machine: str, message: bytes, parents: tuple[str, ...]) -> Roster:
    """Parse a roster's commit. Raises `ValueError`."""
    body = _body(message)
    if len(parents) > MOST_SNAPSHOTS:
        raise ValueError(f"it lists {len(parents)} worktrees, more than {MOST_SNAPSHOTS}")
    user, host = _name(body["user"]), _name(body["host"])
    return Roster(machine, user, host, moment(body["at"]), tuple(dict.fromkeys(parents)))


def read_snapshot(message: bytes) -> SnapshotMessage:
    """Parse the message of a snapshot's commit. Raises `ValueError`."""
    body = _body(message)
    branch, since = body["branch"], body.get("since", {})
    if not isinstance(since, dict):
        raise ValueError("its times are not a JSON object")
    left_out = body.get("left_out", 0)
    return SnapshotMessage(
        _name(body["label"]),
        None if branch is None else _name(branch),
        _paths(body.get("gone", [])),
        {path: moment(since[path]) for path in _paths(list(since))},
        frozenset(_paths(body.get("unmerged", []))),
        left_out if isinstance(left_out, int) and 0 <= left_out < 1 << 31 else 0,
    )


def is_safe_path(path: str) -> bool:
    """Whether a path of a fetched tree can be a worktree's file: it leads neither out of the worktree nor into `.git`."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no file has such a name
        return False
    return len(path) <= LONGEST_PATH and not any(
        part.casefold() in _NEVER_IN_PATHS or "\0" in part for part in path.split("/")
    )


def shown_name(name: str) -> str:
    """A name without surrounding blanks, cut to `LONGEST_NAME` characters; "?" if nothing is left."""
    return name.strip()[:LONGEST_NAME] or "?"


def _line(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))  # ASCII: bytes that are not UTF-8 survive as lone surrogates


def _body(message: bytes) -> dict[str, Any]:
    if len(message) > LONGEST_MESSAGE:
        raise ValueError("its message is too long")
    try:
        body = json.loads(message)
        if not isinstance(body, dict) or body["v"] != VERSION:
            raise ValueError("another version of Forksight wrote it")
    except (KeyError, RecursionError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("its message is not in Forksight's format") from None
    return _Body(body)


class _Body(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        raise ValueError(f"its message lacks {key}")


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a name in it is empty or not a string")
    return shown_name(
        printable(value)
    )  # editors can't show a line break in a row, and some reject a lone surrogate in a message


def moment(value: object) -> float:
    """Seconds since the epoch, from JSON. Raises `ValueError` unless it is a number from 0 to `LAST`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LAST:
        raise ValueError("a time in it is not valid")
    return float(value)


def _paths(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("its paths are not a list of strings")
    if len(values) > MOST_PATHS:
        raise ValueError(f"it names more than {MOST_PATHS} paths")
    if not all(map(is_safe_path, values)):
        raise ValueError("a path in it leads out of the worktree")
    return tuple(values)
