"""The rows of plans that are being carried out: the process that runs each, and how many of its steps are done."""

import json
from contextlib import suppress

from forksight.adapters.store.ledger.sealed_rows import Row, SealedRows
from forksight.adapters.system.process_space import is_process_space, process_space
from forksight.adapters.system.processes import is_alive, myself
from forksight.core.plans.plan import Interrupted, Plan, decode, encode
from forksight.core.problems import LedgerError

_SPACE = "space"  # the member of a plan's JSON with the `process_space` in which its process id is valid


def begin(rows: SealedRows, plan: Plan) -> None:
    """Write a plan that this process runs. Raises `LedgerError` if another process runs, or may run, one for the same target."""
    pid, started = myself()
    for row in rows.all("plan"):
        if row["target"] == plan.target and _is_elsewhere(row):
            raise LedgerError(
                f"Another Forksight (process {row['owner']} of another machine or container) may be at work on {plan.target}",
                fix="wait until it is done; if it has ended, run `forksight doctor --adopt`",
                code="busy",
            )
        if row["target"] == plan.target and _may_run(row):
            raise LedgerError(
                f"Another Forksight (process {row['owner']}) is at work on {plan.target}",
                fix="wait until it is done",
                code="busy",
            )
    # `json.dumps` writes ASCII, so that lone surrogates (paths that are not UTF-8) survive.
    body = json.dumps({**encode(plan), _SPACE: process_space()})
    owner = {"owner": pid, "owner_started": started}
    rows.put("plan", {"id": plan.id, "target": plan.target, **owner, "done": 0, "body": body})


def adopt(rows: SealedRows, plan: Plan) -> int | None:
    """Make this process the one that runs a plan; returns how many of its steps are done. None if it is gone or being run."""
    row = rows.get("plan", plan.id)
    if row is None or _may_run(row):
        return None
    pid, started = myself()
    body = json.dumps({**json.loads(row["body"]), _SPACE: process_space()})
    rows.change("plan", plan.id, owner=pid, owner_started=started, body=body)
    return int(row["done"])


def advance(rows: SealedRows, plan: Plan, done: int) -> None:
    """Record that the first `done` steps are done."""
    rows.change("plan", plan.id, done=done)


def release(rows: SealedRows, plan: Plan) -> None:
    """Mark a plan as interrupted, as if its process had died."""
    rows.change("plan", plan.id, owner_started=0.0)


def finish(rows: SealedRows, plan: Plan) -> None:
    """Delete a plan, and those that it replaces."""
    for identity in (plan.id, *plan.replaces):
        rows.delete("plan", identity)


def interrupted(rows: SealedRows) -> tuple[Interrupted, ...]:
    """The plans whose processes died, oldest first, without those that can't be decoded."""
    plans = []
    for row in rows.all("plan"):
        if not _may_run(row):
            with suppress(KeyError, TypeError, ValueError):  # written by another version
                plans.append(Interrupted(decode(json.loads(row["body"])), row["done"]))
    return tuple(plans)


def release_elsewhere(rows: SealedRows) -> None:
    """Mark the plans of processes of other machines and containers as interrupted, because the person says so."""
    for row in rows.all("plan"):
        if _is_elsewhere(row):
            body = json.dumps({**json.loads(row["body"]), _SPACE: process_space()})
            rows.change("plan", row["id"], owner_started=0.0, body=body)


def _may_run(row: Row) -> bool:
    """Whether a plan's process runs, or may run, since it is one of another machine or container."""
    return _is_elsewhere(row) or is_alive(row["owner"], row["owner_started"])


def _is_elsewhere(row: Row) -> bool:
    """Whether a plan's process is one of another machine or container."""
    try:
        machine, namespace = json.loads(row["body"])[_SPACE]
        return not is_process_space(machine, namespace)
    except (KeyError, TypeError, ValueError):  # written by an older version
        return False
