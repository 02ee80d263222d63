"""Converts between the ledger's values and the rows that store them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from operator import itemgetter

from forksight.adapters.store.ledger.sealed_rows import KEYS, Row, SealedRows
from forksight.core.sessions.session import Tokens
from forksight.core.store import archives
from forksight.core.store.ledger import (
    Archive,
    Baseline,
    Findings,
    Fork,
    ForkState,
    Generation,
    Landing,
    LedgerView,
    Mode,
)

TABLES = tuple(KEYS)
_FORK = tuple(Fork.__slots__)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a UUID: nothing in it is special in a glob pattern


def view(rows: SealedRows) -> tuple[LedgerView, int]:
    """The values of all whole rows, read in one transaction, and how many rows are not whole."""
    rows.connection.execute("BEGIN")  # else each table would be read in a transaction of its own
    try:
        whole, strangers = rows.everything()
    finally:
        rows.connection.execute("COMMIT")
    generations = defaultdict(list)
    for row in sorted(whole["generation"], key=itemgetter("number")):
        generations[row["baseline"]].append(row)
    heads = sorted(whole["baseline"], key=itemgetter("name"))
    forks = sorted(whole["fork"], key=itemgetter("created", "launch"))
    put_away = sorted(whole["archive"], key=itemgetter("created", "session"))
    landings = sorted(whole["landing"], key=itemgetter("created", "id"))
    ledger = LedgerView(
        tuple(filter(None, (_baseline(head, generations[head["name"]]) for head in heads))),
        tuple(filter(None, map(_fork, forks))),
        tuple(filter(None, map(archive, put_away))),
        frozenset(row["label"] for row in whole["mute"]),
        restored={row["session"]: row["moment"] for row in whole["restored"]},
        attempts=frozenset(row["session"] for row in whole["attempt"]),
        folders={row["session"]: row["path"] for row in whole["folder"]},
        landings=tuple(filter(None, map(_landing, landings))),
        findings={record.session: record for row in whole["findings"] if (record := _findings(row))},
    )
    return ledger, strangers


def muted(rows: SealedRows) -> frozenset[str]:
    """The labels whose overlaps are ignored."""
    return frozenset(row["label"] for row in rows.all("mute"))


def baseline(rows: SealedRows, name: str) -> Baseline | None:
    """The baseline of that name; None if there is none, or if its current generation is missing."""
    head = rows.get("baseline", name)
    generations = [row for row in rows.all("generation", "number") if row["baseline"] == name]
    return _baseline(head, generations) if head is not None else None


def _baseline(head: Row, generations: Sequence[Row]) -> Baseline | None:
    """The baseline in a row of `baseline` and its rows of `generation`; None if its current generation is missing."""
    if head["current"] not in [row["number"] for row in generations]:
        return None
    decoded = (Generation(row["number"], row["session"], row["commit_id"], row["created"]) for row in generations)
    return Baseline(head["name"], head["current"], tuple(decoded))


def other_holder(rows: SealedRows, candidate: Baseline) -> str | None:
    """The name of another baseline that has one of the candidate's sessions; None if there is none."""
    sessions = {generation.session for generation in candidate.generations}
    holders = (row["baseline"] for row in rows.all("generation") if row["session"] in sessions)
    return next((name for name in holders if name != candidate.name), None)


def put_baseline(rows: SealedRows, value: Baseline) -> None:
    """Write a baseline in place of any of its name. Its sessions are deleted from the attempts."""
    delete_baseline(rows, value.name)
    rows.put("baseline", {"name": value.name, "current": value.current})
    for generation in value.generations:
        row = {"baseline": value.name, "number": generation.number, "session": generation.session}
        rows.put("generation", {**row, "commit_id": generation.commit, "created": generation.created})
        rows.delete("attempt", generation.session)


def delete_baseline(rows: SealedRows, name: str) -> None:
    """Delete a baseline and its generations."""
    for row in rows.all("generation"):
        if row["baseline"] == name:
            rows.delete("generation", name, row["number"])
    rows.delete("baseline", name)


def put_fork(rows: SealedRows, fork: Fork) -> None:
    """Write a fork unless there is a record of it."""
    if rows.get("fork", fork.launch) is None:
        rows.put("fork", {name: getattr(fork, name) for name in _FORK})


def archive_row(put_away: Archive) -> Row:
    """The row of an archive."""
    body = json.dumps(archives.encode(put_away))
    return {"session": put_away.session, "created": put_away.created, "body": body}


def archive(row: Row) -> Archive | None:
    """The archive in a row; None if it can't be decoded, since another version wrote it."""
    try:
        return archives.decode(json.loads(row["body"]))
    except (KeyError, TypeError, ValueError):
        return None


def landing_row(landing: Landing) -> Row:
    """The row of a landing."""
    return {"id": landing.id, "created": landing.created, "body": json.dumps(asdict(landing))}


def _landing(row: Row) -> Landing | None:
    try:
        body = json.loads(row["body"])
        return Landing(**{**body, "forks": tuple(body["forks"])})
    except (KeyError, TypeError, ValueError):
        return None  # written by another version


def findings_row(findings: Findings) -> Row:
    """The row of a session's findings."""
    return {"session": findings.session, "created": findings.created, "body": json.dumps(asdict(findings))}


def _findings(row: Row) -> Findings | None:
    try:
        body = json.loads(row["body"])
        return Findings(**{**body, "tokens": Tokens(**body["tokens"])})
    except (KeyError, TypeError, ValueError):
        return None  # written by another version


def sessions_in(rows: Iterable[tuple[str, Row]]) -> Iterator[str]:
    """The session ids in rows (table, row) that need not be whole. What is no UUID is left out."""
    for table, row in rows:
        if table in ("generation", "fork", "archive") and _ID.fullmatch(str(row["session"])):
            yield row["session"]


def _fork(row: Row) -> Fork | None:
    try:
        return Fork(**{**row, "mode": Mode(row["mode"]), "state": ForkState(row["state"])})
    except (TypeError, ValueError):
        return None  # written by another version
