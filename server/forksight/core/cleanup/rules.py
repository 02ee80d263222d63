"""The rules of cleaning up: whether a fork is abandoned and why, what is removed with it, what would be lost, what prevents it."""

from collections.abc import Sequence

from forksight.core.cleanup.evidence import evidence
from forksight.core.cleanup.facts import BranchFacts, Commit, Contents, Facts, Keepers, Merged, Place, Stash
from forksight.core.cleanup.proposal import Bar, Entry, Hold, Lost, Reason, Why
from forksight.core.cleanup.wording import folder_again
from forksight.core.git.lock_files import advice_about
from forksight.core.sessions.session import Node, State
from forksight.core.store.ledger import Fork
from forksight.core.words import shell
from forksight.core.words.quantities import DAY

_NAMED = 3  # at most so many reasons why a worktree stays are named
_NOBODY = Keepers()
_JUST_MADE = 3600.0  # seconds; a fork younger than this may be about to start, a refresh about to be completed


def may_be_cleaned_up(node: Node, fork: Fork | None) -> bool:
    """Whether a session is a fork that may be cleaned up: neither a generation of a baseline, nor archived already.

    `fork` is the ledger's record of it, if there is one.
    """
    copy = node.parent is not None or fork is not None or node.rows.inherited > 0
    return copy and node.baseline is None and node.state is not State.ARCHIVED


def reasons(facts: Facts, now: float, idle_days: float) -> tuple[Reason, ...]:
    """Why a fork counts as abandoned; () if it does not.

    `now` is in seconds since the epoch. A fork is idle if nothing happened in it for more than `idle_days`.
    """
    node, branch = facts.node, facts.branch
    reasons = []
    if branch is not None and branch.merged is not None and branch.worked:
        how = "is merged into" if branch.merged is Merged.HISTORY else "changes nothing that is not in"
        reasons.append(Reason(Why.MERGED, f"{branch.name} {how} {branch.target}"))
    if branch is None and facts.expected is not None and facts.started:
        reasons.append(Reason(Why.BRANCH_GONE, f"its branch {facts.expected} is gone"))
    if node.state is State.ORPHANED or (facts.place is not None and facts.place.missing):
        reasons.append(Reason(Why.WORKTREE_GONE, f"its worktree {node.worktree or ''} is gone".replace("  ", " ")))
    if facts.is_worktree or node.transcript_missing:
        pass  # without a transcript nobody knows whether a session did something
    elif not facts.started:
        ago = _ago(now - facts.touched)
        waits = "has not started yet" if now - facts.touched < _JUST_MADE else "no session of it was seen since"
        reasons.append(Reason(Why.NEVER_STARTED, f"it was made {ago} and {waits}"))
    elif _empty(facts):
        reasons.append(
            Reason(
                Why.EMPTY,
                "it is empty: " + ("nothing was done in it" if node.rows.inherited else "it inherited nothing"),
            )
        )
    if node.attempt and now - facts.touched > _JUST_MADE:
        reasons.append(Reason(Why.REFRESH, "a refresh made it and was not completed"))
    if node.findings is not None and node.findings >= facts.touched:
        reasons.append(Reason(Why.FINDINGS, "its findings were taken, and it has done nothing since"))
    days = (now - facts.touched) / DAY
    if facts.started and days > idle_days:
        reasons.append(Reason(Why.IDLE, f"nothing happened in it for {int(days)} days"))
    return tuple(reasons)


def decide(
    facts: Facts,
    why: Sequence[Reason],
    commits: Sequence[Commit],
    stashes: Sequence[Stash],
    now: float,
    *,
    keepers: Keepers = _NOBODY,
) -> Entry:
    """The plan's entry for a fork that is proposed for these reasons.

    `commits` are those that no other branch or worktree reaches, `stashes` those made on its branch, `keepers` the remaining
    branches that have its commits. `now` is in seconds since the epoch.
    """
    place = facts.place
    stays = _stays(facts)
    goes = place is not None and not stays
    branch, branch_stays = _branch(facts, goes=goes)
    detached = goes and place is not None and place.worktree.branch is None
    contents = place.contents if goes and place is not None else None
    sighting = evidence(facts, why, worktree=goes, branch=branch, keepers=keepers)
    return Entry(
        facts=facts,
        reasons=tuple(why),
        worktree=place.worktree.path if goes and place is not None else None,
        branch=branch,
        transcript=facts.node.session.transcript if facts.node.session else None,
        lost=Lost(
            contents.uncommitted if contents else (),
            contents.untracked if contents else (),
            contents.ignored if contents else (),
            tuple(stashes) if branch else (),
            tuple(commits) if branch or detached else (),
        ),
        holds=_holds(facts, commits if detached else (), goes=goes),
        stays=(*stays, *branch_stays),
        fresh=now - facts.touched < _JUST_MADE and {reason.why for reason in why} <= {Why.NEVER_STARTED, Why.EMPTY},
        seen=sighting.seen,
        unseen=sighting.unseen,
    )


def _stays(facts: Facts) -> tuple[str, ...]:
    """Why the worktree stays; () if it is removed, or if there is none."""
    place = facts.place
    if place is None:
        return ()
    worktree = place.worktree
    if worktree.main:
        return (f"{worktree.path} is the main checkout",)
    if worktree.branch is not None and worktree.branch != facts.expected:
        return (f"{worktree.path} is on {worktree.branch} now",)
    company = facts.company
    phrases = "; ".join(
        company if len(company) <= _NAMED else (*company[: _NAMED - 1], f"and {len(company) - _NAMED + 1} more")
    )
    return (f"{worktree.path} stays: {phrases}",) if company else ()


def _branch(facts: Facts, *, goes: bool) -> tuple[BranchFacts | None, tuple[str, ...]]:
    """The branch if it is deleted, and why it stays otherwise."""
    branch, place = facts.branch, facts.place
    if branch is None:
        return None, ()
    if branch.kept is not None:
        return None, (f"{branch.name} stays: {branch.kept}",)
    if place is not None and not goes and place.worktree.branch == branch.name:
        return None, ()  # it is checked out in the worktree that stays
    if place is None or goes:
        return branch, ()
    return None, (f"{branch.name} stays: it was not worked on in a worktree of its own",)


def _holds(facts: Facts, detached: Sequence[Commit], *, goes: bool) -> tuple[Hold, ...]:
    """What prevents cleaning up a fork. `detached` are the commits that only its detached worktree has."""
    place, holds = facts.place, []
    if facts.node.live is not None:
        live = facts.node.live
        holds.append(Hold(Bar.LIVE, f"it is live: process {live.pid} works in {live.cwd}", live.pid, alive=True))
    elif facts.stranger is not None and facts.started:
        pid, cwd = facts.stranger.pid, facts.stranger.cwd
        message = f"it may be live: process {pid} of Claude Code works in {cwd}, and does not say in which session"
        holds.append(Hold(Bar.LIVE, message, pid, alive=True))
    if place is None or not goes:
        return tuple(holds)
    path, lock, contents = place.worktree.path, place.lock, place.contents
    if facts.here:
        holds.append(Hold(Bar.HERE, f"you are in {path}: leave it first"))
    if lock is not None and lock.alive is not False:
        by = (
            f"; process {lock.pid} is running"
            if lock.alive
            else f": `git worktree unlock {shell.quote(path)}` if that is outdated"
        )
        holds.append(
            Hold(Bar.LOCKED, f"{path} is locked ({lock.reason or 'no reason given'}){by}", lock.pid, lock.alive)
        )
    if place.unreadable:
        holds.append(Hold(Bar.BROKEN, f"{path} can't be read: check its permissions, and those of the folders around"))
    elif place.broken:
        holds.append(
            Hold(Bar.BROKEN, f"{path} is no worktree any more, but not empty: `git worktree repair`, or move it away")
        )
    if place.inside:
        holds.append(Hold(Bar.NESTED, f"another worktree lies in it: {place.inside[0]}"))
    if not place.missing and place.worktree.head is None:
        holds.append(Hold(Bar.UNBORN, f"nothing is committed yet in {path}"))
    if contents is not None:
        holds += _holds_inside(place, contents, detached)
    return tuple(holds)


def _holds_inside(place: Place, contents: Contents, detached: Sequence[Commit]) -> list[Hold]:
    """What prevents archiving a worktree's contents."""
    path, holds = place.worktree.path, []
    if contents.operation is not None:
        holds.append(
            Hold(Bar.OPERATION, f"{path} is in the middle of a {contents.operation}: finish or abort it first")
        )
    if contents.busy is not None:
        holds.append(Hold(Bar.OPERATION, f"{contents.busy} is there: {advice_about(contents.busy)}"))
    if contents.unmerged:
        holds.append(Hold(Bar.UNMERGED, f"{path} has unresolved conflicts in {contents.unmerged[0]}"))
    if contents.submodules:
        holds.append(
            Hold(Bar.SUBMODULES, f"{path} has submodules with a history of their own, which can't be brought back")
        )
    return holds + _stranded(place, contents, detached) if place.missing else holds


def _stranded(place: Place, contents: Contents, detached: Sequence[Commit]) -> list[Hold]:
    """What prevents removing the git dir of a worktree whose folder is gone: staged files or commits that exist nowhere else.

    They can't be archived, since archiving reads the folder.
    """
    path, holds = place.worktree.path, []
    again = folder_again(path, place.worktree.git_dir)
    if contents.uncommitted and not contents.unmerged:
        more = f" and {len(contents.uncommitted) - 1} more" if contents.uncommitted[1:] else ""
        files = f"{contents.uncommitted[0]}{more}"
        message = f"{path} is gone, and what was staged in it is only in git's index of it ({files}): {again} brings that back"
        holds.append(Hold(Bar.STRANDED, message))
    if detached:
        branch = f"`git branch NAME {place.worktree.head}`"
        message = f"{path} is gone, and no branch has the commits that were made in it: {branch} keeps them"
        holds.append(Hold(Bar.STRANDED, message))
    return holds


def _empty(facts: Facts) -> bool:
    """Whether a fork with a transcript did nothing, or did not inherit what it should have."""
    return facts.blank or not facts.node.rows.own


def _ago(seconds: float) -> str:
    for unit, size in (("day", DAY), ("hour", 3600.0), ("minute", 60.0)):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
