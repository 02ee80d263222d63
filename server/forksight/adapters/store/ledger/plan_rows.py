"""The rows of plans that are being carried out: whose each is, and how many of its steps are done."""

import json
from contextlib import suppress

from forksight.adapters.store.ledger.sealed_rows import SealedRows
from forksight.adapters.system.processes import is_alive, myself
from forksight.core.plans.plan import Interrupted, Plan, decode, encode
from forksight.core.problems import LedgerError


def begin(rows: SealedRows, plan: Plan) -> None:
    """Write a plan of this process. Raises `LedgerError` if another process is at the same target."""
    pid, started = myself()
    for row in rows.all("plan"):
        if row["target"] == plan.target and is_alive(row["owner"], row["owner_started"]):
            raise LedgerError(
                f"Another Forksight (process {row['owner']}) is at work on {plan.target}",
                fix="wait until it is done",
                code="busy",
            )
    body = json.dumps(encode(plan))  # ASCII: bytes of a path that are not UTF-8 survive as lone surrogates
    owner = {"owner": pid, "owner_started": started}
    rows.put("plan", {"id": plan.id, "target": plan.target, **owner, "done": 0, "body": body})


def adopt(rows: SealedRows, plan: Plan) -> int | None:
    """Make a plan this process's: how many of its steps are done. None if it is gone, or its process lives."""
    row = rows.get("plan", plan.id)
    if row is None or is_alive(row["owner"], row["owner_started"]):
        return None
    pid, started = myself()
    rows.change("plan", plan.id, owner=pid, owner_started=started)
    return int(row["done"])


def advance(rows: SealedRows, plan: Plan, done: int) -> None:
    """Note that the first `done` steps are done."""
    rows.change("plan", plan.id, done=done)


def release(rows: SealedRows, plan: Plan) -> None:
    """Make a plan one whose process died."""
    rows.change("plan", plan.id, owner_started=0.0)


def finish(rows: SealedRows, plan: Plan) -> None:
    """Delete a plan, and those that it replaces."""
    for identity in (plan.id, *plan.replaces):
        rows.delete("plan", identity)


def interrupted(rows: SealedRows) -> tuple[Interrupted, ...]:
    """The plans whose process died, oldest first, without those that can't be read."""
    plans = []
    for row in rows.all("plan"):
        if not is_alive(row["owner"], row["owner_started"]):
            with suppress(KeyError, TypeError, ValueError):  # written by another version
                plans.append(Interrupted(decode(json.loads(row["body"])), row["done"]))
    return tuple(plans)
