"""A plan: the steps that a command is about to do, as data. `--dry-run` prints the same value that is executed."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from forksight.core.frozen import dataclass


class Action(StrEnum):
    """What a step does. The values appear in `--json` and in the ledger's record of plans, so they must not change."""

    RESTORE_TRANSCRIPT = "restore-transcript"
    IGNORE_WORKTREES = "ignore-worktrees"
    STOP_IGNORING = "stop-ignoring"
    CREATE_BRANCH = "create-branch"
    DELETE_BRANCH = "delete-branch"
    CREATE_WORKTREE = "create-worktree"
    REMOVE_WORKTREE = "remove-worktree"
    COPY_FILES = "copy-files"
    LINK_FOLDERS = "link-folders"
    IGNORE_LINK = "ignore-link"
    STOP_IGNORING_LINK = "stop-ignoring-link"
    SET_UP = "set-up"
    RECORD_FORK = "record-fork"
    FORGET_FORK = "forget-fork"
    START = "start-session"
    # Cleaning up and bringing back: core.cleanup.steps.
    CHECK = "check"
    KEEP_TRANSCRIPT = "keep-transcript"
    KEEP_WORKTREE = "keep-worktree"
    KEEP_COMMITS = "keep-commits"
    RECORD_ARCHIVE = "record-archive"
    FORGET_ARCHIVE = "forget-archive"
    DROP_ARCHIVE = "drop-archive"
    REMOVE_TRANSCRIPT = "remove-transcript"
    CLEAR_WORKTREE = "clear-worktree"
    CLEAR_BRANCH = "clear-branch"
    CHECK_RETURN = "check-return"
    RETURN_TRANSCRIPT = "return-transcript"
    RETURN_WORKTREE = "return-worktree"
    RETURN_BRANCH = "return-branch"
    # Landing and taking that back: core.land.steps.
    CHECK_LANDING = "check-landing"
    LAND_FORK = "land-fork"
    RUN_TESTS = "run-tests"
    PUT_BACK_TARGET = "put-back-target"
    TAKE_BACK_LANDING = "take-back-landing"
    PUT_FORWARD_TARGET = "put-forward-target"
    FORGET_LANDING = "forget-landing"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    action: Action
    detail: str  # for people
    data: Mapping[str, Any] = field(default_factory=dict)  # all that doing it needs, as JSON would hold it
    # takes back what this step did or began; it does nothing where there is nothing to take back
    undo: "Step | None" = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one change, in order."""

    id: str
    target: str  # what no two running plans may work on: a worktree's path, a baseline
    steps: tuple[Step, ...]
    replaces: tuple[str, ...] = ()  # the ids of interrupted plans that these steps take back or complete


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A plan that was interrupted, because its process died."""

    plan: Plan
    done: int  # how many of its steps were done; the next one may have been begun

    def undo(self) -> tuple[Step, ...]:
        """The undo steps, newest first, including that of the step that may have been begun."""
        return undo_of(self.plan.steps[: self.done + 1])

    def left(self) -> tuple[Step, ...]:
        """The steps that are not done."""
        return self.plan.steps[self.done :]


def undo_of(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The undo steps of these steps, newest first."""
    return tuple(step.undo for step in reversed(steps) if step.undo is not None)


def encode(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    steps = [_encode(step) for step in plan.steps]
    return {"id": plan.id, "target": plan.target, "steps": steps, "replaces": list(plan.replaces)}


def decode(raw: Mapping[str, Any]) -> Plan:
    """The inverse of `encode`. Raises KeyError, TypeError or ValueError for anything else."""
    return Plan(raw["id"], raw["target"], tuple(_decode(step) for step in raw["steps"]), tuple(raw["replaces"]))


def _encode(step: Step) -> dict[str, Any]:
    undo = _encode(step.undo) if step.undo else None
    return {"action": step.action.value, "detail": step.detail, "data": dict(step.data), "undo": undo}


def _decode(raw: Mapping[str, Any]) -> Step:
    undo = _decode(raw["undo"]) if raw["undo"] else None
    return Step(Action(raw["action"]), raw["detail"], raw["data"], undo)
