"""The record of a published baseline: `baseline.json`, beside its transcript, in the commit that `refs/forksight/v1/b/<name>` points at.

Each commit of that ref's history is one generation. Parsing what comes from a remote raises `ValueError` unless it is in the format
that is written here; the text of the error is a clause about the baseline.
"""

import json
import re
import uuid
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, unquote

from forksight.core.problems import UsageError
from forksight.core.teams.baseline.materialised import LARGEST, MOST_ROWS
from forksight.core.teams.baseline.materialised import VERSION as CLI_VERSION
from forksight.core.teams.baseline.places import MOST_TAGS
from forksight.core.teams.wire import VERSION, shown_name
from forksight.core.words.names import check_name

REFS = "refs/forksight/v1/b/"
RECORD, TRANSCRIPT = "baseline.json", "transcript.jsonl"
LARGEST_RECORD = 64 << 10  # bytes
MOST_BASELINES = 200
MOST_GENERATIONS = 1000  # the newest ones of a baseline, which are read
MOST_ROOTS = 64
_LONGEST_REF = 200  # bytes of the name in a ref: most hosts store a ref in a file of that name

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Record:
    """The facts about one generation of a published baseline."""

    name: str  # its name on the machine that published it
    generation: int  # counted from 1
    user: str
    host: str
    at: float  # when it was published, by that machine's clock: seconds since the epoch
    commit: str | None  # the commit that its session was based on; None if unknown
    branch: str | None
    roots: tuple[str, ...]  # the root commits of the repository's history; none in a shallow clone
    cli: str  # the version of Claude Code that wrote the transcript
    sha256: str  # of the transcript
    size: int  # of the transcript, in bytes
    rows: int  # number of rows of the transcript
    tag: int  # the number in its placeholders for paths
    context: int  # approximate number of tokens that a fork of it starts with; 0 if unknown

    @property
    def called(self) -> str:
        """The baseline's name on other machines: `USER/NAME`."""
        return f"{self.user.replace('/', '-')}/{self.name}"

    def text(self) -> bytes:
        """The content of `baseline.json`."""
        return json.dumps({"v": VERSION, **asdict(self), "at": int(self.at)}, indent=1).encode() + b"\n"


def ref_of(name: str) -> str:
    """The ref of a baseline. Raises `UsageError` for a name that is too long for one."""
    encoded = quote(name, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(encoded) > _LONGEST_REF:
        raise UsageError(
            f"the name {name} is too long to be published", fix="mark the session as a baseline with a shorter name"
        )
    return f"{REFS}{encoded}"


def name_of(ref: str) -> str | None:
    """The name of the baseline whose ref this is; None for any other ref."""
    try:
        name = unquote(ref.removeprefix(REFS), errors="strict")
        return name if ref.startswith(REFS) and check_name("it", name) == name and ref_of(name) == ref else None
    except (UnicodeDecodeError, UsageError):
        return None


def session_id(commit: str, machine: str) -> str:
    """The id of the session that a published generation gets on a machine. It is always the same, so that a killed fetch can be
    resumed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"forksight:{machine}:{commit}"))


def read_record(name: str, data: bytes) -> Record:
    """Parse the record of the baseline of that name. Raises `ValueError`."""
    try:
        body = json.loads(data)
        if not isinstance(body, dict) or body["v"] != VERSION:
            raise ValueError("another version of Forksight wrote it")
        user = _name(body["user"])
        return Record(
            name=name,
            generation=_count(body["generation"], 1, 1_000_000),
            user=user,
            host=_name(body["host"]),
            at=_count(body["at"], 0, 1 << 40),
            commit=None if body["commit"] is None else _match(_COMMIT, body["commit"]),
            branch=None if body["branch"] is None else _name(body["branch"]),
            roots=_roots(body["roots"]),
            cli=_match(CLI_VERSION, body["cli"]),
            sha256=_match(_SHA256, body["sha256"]),
            size=_count(body["size"], 1, LARGEST),
            rows=_count(body["rows"], 1, MOST_ROWS),
            tag=_count(body["tag"], 0, MOST_TAGS),
            context=_count(body["context"], 0, 1 << 40),
        )
    except (KeyError, TypeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError, UsageError):
        raise ValueError("its record is not in Forksight's format") from None


def _name(value: Any) -> str:
    return check_name("it", shown_name(value) if isinstance(value, str) else "")


def _count(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise TypeError("a count")
    return value


def _match(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TypeError("a text")
    return value


def _roots(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or len(values) > MOST_ROOTS:
        raise TypeError("roots")
    return tuple(_match(_COMMIT, value) for value in values)
