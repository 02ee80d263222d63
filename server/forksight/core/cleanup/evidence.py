"""The positive evidence that makes cleaning up a fork safe, and what is missing of it.

Absence proves nothing: a worktree, branch or session that is not found may have been moved or renamed, or belong to another
account. So each reason, and each part that is removed, needs something that was seen. A fork without that counts as at risk.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from forksight.core.cleanup.facts import BranchFacts, Facts, Keepers, Merged, Place
from forksight.core.cleanup.proposal import Reason, Why
from forksight.core.sessions.session import stamp

# Reasons that rest on something that was seen, or that a person said. The others rest on something that was not found.
_POSITIVE = frozenset({Why.MERGED, Why.IDLE, Why.REFRESH, Why.FINDINGS, Why.ASKED})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Phrases for a person: the evidence that was seen, and the evidence that is missing."""

    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def evidence(
    facts: Facts, reasons: Sequence[Reason], *, worktree: bool, branch: BranchFacts | None, keepers: Keepers
) -> Evidence:
    """The evidence about a fork.

    `worktree` says whether its worktree is removed, `branch` is the branch that is deleted, if any. `keepers` names the
    remaining branches that have its commits: only a merge target proves that the work is done, on any other branch it may be
    under review.
    """
    why = {reason.why for reason in reasons}
    seen: list[str] = []
    unseen: list[str] = []
    place = facts.place if worktree else None
    merged = branch is not None and branch.merged is not None
    if branch is not None and merged:
        work = "every commit of" if branch.merged is Merged.HISTORY else "all that was changed on"
        seen.append(f"{branch.target} has {work} {branch.name}")
    detached = place is not None and place.worktree.branch is None
    if detached or (branch is not None and not merged):
        tip = branch.name if branch is not None and not merged else "what is checked out"
        if keepers.targets:
            seen.append(f"{keepers.targets[0]} has the commits of {tip}")
        elif keepers.others:
            target = branch.target if branch is not None and branch.target is not None else "a branch it is for"
            unseen.append(
                f"the commits of {tip} are on {keepers.others[0]} and not in {target}: they may be under review"
            )
        else:
            unseen.append(f"no branch that stays was seen to have the commits of {tip}")
    if place is not None:
        _of_folder(place, seen, unseen)
    seen += _of_session(facts, why)
    if not (why & _POSITIVE or _is_empty(facts, why)):
        unseen += _doubts(facts, why, keepers, worktree=worktree, branch=branch)
    if facts.unfound is not None:
        unseen.append(facts.unfound)
    if not (seen or unseen):
        unseen.append("nothing was seen that shows that it is done")
    return Evidence(tuple(seen), tuple(unseen))


def _of_folder(place: Place, seen: list[str], unseen: list[str]) -> None:
    path = place.worktree.path
    if not place.missing:
        if place.contents is not None:
            alone = place.contents.uncommitted or place.contents.untracked or place.contents.ignored
            seen.append(
                f"its worktree was read: {'what is only there is named here' if alone else 'nothing is only there'}"
            )
        else:
            unseen.append("its worktree was not read")
    elif place.missing_from is not None:
        seen.append(f"{place.missing_from} was read, and {path} is not in it any more")
        if place.contents is not None and not place.contents.uncommitted:
            seen.append("nothing was staged in it that is not committed")
    else:
        unseen.append(f"the folder that {path} was in is not there either: its disk may not be mounted")


def _of_session(facts: Facts, why: Collection[Why]) -> list[str]:
    seen = []
    if Why.IDLE in why or (Why.ASKED in why and facts.started):
        seen.append(f"the last thing in its transcript is of {stamp(facts.node.last_active)[:10]}")
    if _is_empty(facts, why):
        seen.append("its transcript has nothing but what it inherited")
    if Why.REFRESH in why:
        seen.append("the ledger has the refresh that made it, and no generation of it")
    return seen


def _is_empty(facts: Facts, why: Collection[Why]) -> bool:
    """Whether its transcript proves that nothing was done. (A fork that inherited nothing counts as empty, but may have own rows.)"""
    return Why.EMPTY in why and not facts.node.rows.own


def _doubts(
    facts: Facts, why: Collection[Why], keepers: Keepers, *, worktree: bool, branch: BranchFacts | None
) -> list[str]:
    """Why the reasons alone do not justify removing the fork."""
    doubts = []
    if Why.BRANCH_GONE in why and not (worktree and keepers.targets):
        doubts.append(f"its branch {facts.expected} was not found: it may have another name now")
    if Why.WORKTREE_GONE in why:
        doubts.append(f"its worktree {facts.node.worktree or ''} was not found: it may be elsewhere")
    if Why.NEVER_STARTED in why and not (worktree and branch is not None and branch.untouched):
        doubts.append("no session of it was found: it may be another account's, or was deleted")
    if Why.EMPTY in why:
        doubts.append("it inherited nothing, and something was done in it")
    return doubts
