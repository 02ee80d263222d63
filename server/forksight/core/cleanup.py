"""Which forks are abandoned and why, what would go with each, what would be lost and what holds it: judged from facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.ledger import Fork
from forksight.core.problems import Problem
from forksight.core.sessions import Node, State
from forksight.core.snapshot import Worktree

DAY = 24 * 3600.0
_NAMED = 3  # reasons why a worktree stays
_JUST_MADE = 3600.0  # seconds in which a fork that has done nothing yet may be about to begin


class Why(StrEnum):
    """Why a fork is proposed."""

    IDLE = "idle"
    MERGED = "merged"
    BRANCH_GONE = "branch-gone"
    WORKTREE_GONE = "worktree-gone"
    EMPTY = "empty"
    NEVER_STARTED = "never-started"
    ASKED = "asked"


class Merged(StrEnum):
    """How a branch's work got into its target."""

    HISTORY = "history"  # its commits are there
    CONTENT = "content"  # merging it would change nothing: squashed, rebased, or done there too


class Bar(StrEnum):
    """What keeps a fork from being cleaned up, whatever is asked for."""

    LIVE = "live"
    LOCKED = "locked"
    HERE = "here"
    OPERATION = "operation"
    UNMERGED = "unmerged"
    NESTED = "nested"
    SUBMODULES = "submodules"
    UNBORN = "unborn"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fork is proposed, for programs and for people."""

    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds a fork. `pid` is the process behind it, `alive` whether that runs; both None where there is none."""

    bar: Bar
    text: str
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Stash:
    """An entry of `git stash list`, made on a branch."""

    ref: str
    branch: str | None
    subject: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as a person recognises it."""

    id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a worktree besides its HEAD: paths relative to it, folders with a `/` at the end.

    `ignored` are ignored files that exist nowhere else, `copied` those that the main checkout has too, byte for byte, and
    links to what exists; `caches` can be made again. `unmerged` are paths in the middle of a merge, `operation` is what
    was begun and not finished (`rebase`).
    """

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    unmerged: tuple[str, ...] = ()
    operation: str | None = None
    submodules: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """A worktree's lock. `pid` is the process that its reason names, `alive` whether that still runs."""

    reason: str
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A worktree as cleaning sees it. `missing`: its folder is gone; `broken`: something is there that is no worktree.

    `inside` are other worktrees that lie in it. `made` is when, in seconds since the epoch; None if that is not known.
    `contents` is None where nobody looked.
    """

    worktree: Worktree
    missing: bool = False
    broken: bool = False
    lock: Lock | None = None
    inside: tuple[str, ...] = ()
    made: float | None = None
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A local branch as cleaning sees it. `target` is what it is to be merged into, by name.

    `worked`: it has had commits of its own. `kept`: it stays whatever becomes of the fork, and why.
    `settings` are what the repository's config says of it.
    """

    name: str
    commit: str
    target: str | None = None
    merged: Merged | None = None
    worked: bool = True
    kept: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one fork. `expected` is the branch it is for; `branch` that branch, None if there is none.

    `blank`: it inherited nothing although what it was made of is there. `company` says who else needs its worktree.
    `here`: the person is in it. `restored` is when it was brought back last.
    """

    node: Node
    fork: Fork | None = None
    place: Place | None = None
    expected: str | None = None
    branch: BranchFacts | None = None
    blank: bool = False
    company: tuple[str, ...] = ()
    here: bool = False
    restored: float | None = None

    @property
    def started(self) -> bool:
        """Whether there is a transcript."""
        return self.node.session is not None

    @property
    def touched(self) -> float:
        """When anything last happened to the fork, in seconds since the epoch."""
        fork = self.fork
        made = (fork.created, fork.started or 0.0) if fork else ()
        return max(self.node.last_active, self.restored or 0.0, *made)


@dataclass(frozen=True, slots=True)
class Lost:
    """What would be lost with a fork, if nobody kept it. Paths are relative to its worktree."""

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    stashes: tuple[Stash, ...] = ()
    commits: tuple[Commit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.uncommitted or self.untracked or self.ignored or self.stashes or self.commits)

    def beyond(self, other: "Lost") -> "Lost":
        """What this has that the other has not."""
        known = {commit.id for commit in other.commits}
        subjects = {stash.subject for stash in other.stashes}
        return Lost(
            _without(self.uncommitted, other.uncommitted),
            _without(self.untracked, other.untracked),
            _without(self.ignored, other.ignored),
            tuple(stash for stash in self.stashes if stash.subject not in subjects),
            tuple(commit for commit in self.commits if commit.id not in known),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One fork in a plan to clean up, decided from facts.

    `worktree`, `branch` and `transcript` are what goes, None for what stays or is not there; `stays` says why. `fresh`:
    it was made a moment ago and may be about to begin. An entry that is held is only shown.
    """

    facts: Facts
    reasons: tuple[Reason, ...]
    worktree: str | None = None
    branch: BranchFacts | None = None
    transcript: str | None = None
    lost: Lost = Lost()
    holds: tuple[Hold, ...] = ()
    stays: tuple[str, ...] = ()
    fresh: bool = False

    @property
    def session(self) -> str:
        """The fork's id."""
        return self.facts.node.id

    @property
    def at_risk(self) -> bool:
        """Whether it goes only with a yes of its own."""
        return bool(self.lost) or self.fresh


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What cleaning up comes to: everything decided, nothing done yet. `repository` is the common dir."""

    repository: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def is_fork(node: Node, fork: Fork | None) -> bool:
    """Whether a session is a fork that may be cleaned up: generations of a baseline are not, nor what was archived."""
    copy = node.parent is not None or fork is not None or node.rows.inherited > 0
    return copy and node.baseline is None and node.state is not State.ARCHIVED


def reasons(facts: Facts, now: float, idle_days: float) -> tuple[Reason, ...]:
    """Why a fork counts as abandoned; () if it does not."""
    node, branch = facts.node, facts.branch
    found = []
    if branch is not None and branch.merged is not None and branch.worked:
        how = "is merged into" if branch.merged is Merged.HISTORY else "changes nothing that is not in"
        found.append(Reason(Why.MERGED, f"{branch.name} {how} {branch.target}"))
    if branch is None and facts.expected is not None and facts.started:
        found.append(Reason(Why.BRANCH_GONE, f"its branch {facts.expected} is gone"))
    if node.state is State.ORPHANED or (facts.place is not None and facts.place.missing):
        found.append(Reason(Why.WORKTREE_GONE, f"its worktree {node.worktree or ''} is gone".replace("  ", " ")))
    if not facts.started:
        found.append(Reason(Why.NEVER_STARTED, f"it was made {_ago(now - facts.touched)} and never started"))
    elif _empty(facts):
        found.append(
            Reason(
                Why.EMPTY,
                "it is empty: " + ("nothing was done in it" if node.rows.inherited else "it inherited nothing"),
            )
        )
    days = (now - facts.touched) / DAY
    if facts.started and days > idle_days:
        found.append(Reason(Why.IDLE, f"nothing happened in it for {int(days)} days"))
    return tuple(found)


def decide(
    facts: Facts, why: Sequence[Reason], commits: Sequence[Commit], stashes: Sequence[Stash], now: float
) -> Entry:
    """What would become of a fork. `commits` are those that nothing else holds, `stashes` those made on its branch."""
    place = facts.place
    stays = _stays(facts)
    goes = place is not None and not stays
    branch, kept = _branch(facts, goes=goes)
    detached = goes and place is not None and place.worktree.branch is None
    contents = place.contents if goes and place is not None else None
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
        holds=_holds(facts, goes=goes),
        stays=(*stays, *kept),
        fresh=now - facts.touched < _JUST_MADE and {reason.why for reason in why} <= {Why.NEVER_STARTED, Why.EMPTY},
    )


def held_by(parents: Mapping[str, Sequence[str]], tips: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Which tips (a name to its commit) reach each commit. `parents` has each commit after its children."""
    reached: dict[str, set[str]] = {}
    for name, commit in tips.items():
        reached.setdefault(commit, set()).add(name)
    for commit, above in parents.items():
        for parent in above:
            if parent in parents:
                reached.setdefault(parent, set()).update(reached.get(commit, ()))
    return {commit: frozenset(reached.get(commit, ())) for commit in parents}


def alone(holders: Mapping[str, frozenset[str]], going: Collection[str]) -> list[str]:
    """The commits that only these tips reach, newest first."""
    return [commit for commit, names in holders.items() if names and names.issubset(going)]


def _stays(facts: Facts) -> tuple[str, ...]:
    """Why the worktree stays; () if it goes, or if there is none."""
    place = facts.place
    if place is None:
        return ()
    worktree = place.worktree
    if worktree.main:
        return (f"{worktree.path} is the main checkout",)
    if worktree.branch is not None and worktree.branch != facts.expected:
        return (f"{worktree.path} is on {worktree.branch} now",)
    who = facts.company
    told = "; ".join(who if len(who) <= _NAMED else (*who[: _NAMED - 1], f"and {len(who) - _NAMED + 1} more"))
    return (f"{worktree.path} stays: {told}",) if who else ()


def _branch(facts: Facts, *, goes: bool) -> tuple[BranchFacts | None, tuple[str, ...]]:
    """The branch if it goes, and why it stays."""
    branch, place = facts.branch, facts.place
    if branch is None:
        return None, ()
    if branch.kept is not None:
        return None, (f"{branch.name} stays: {branch.kept}",)
    if place is not None and not goes and place.worktree.branch == branch.name:
        return None, ()  # it is checked out in what stays
    if place is None or goes:
        return branch, ()
    return None, (f"{branch.name} stays: it was not worked on in a worktree of its own",)


def _holds(facts: Facts, *, goes: bool) -> tuple[Hold, ...]:
    place, found = facts.place, []
    if facts.node.live is not None:
        live = facts.node.live
        found.append(Hold(Bar.LIVE, f"it is live: process {live.pid} works in {live.cwd}", live.pid, alive=True))
    if place is None or not goes:
        return tuple(found)
    path, lock, contents = place.worktree.path, place.lock, place.contents
    if facts.here:
        found.append(Hold(Bar.HERE, f"you are in {path}: leave it first"))
    if lock is not None and lock.alive is not False:
        by = f"; process {lock.pid} is running" if lock.alive else f": `git worktree unlock {path}` if that is outdated"
        found.append(
            Hold(Bar.LOCKED, f"{path} is locked ({lock.reason or 'no reason given'}){by}", lock.pid, lock.alive)
        )
    if place.broken:
        found.append(
            Hold(Bar.BROKEN, f"{path} is no worktree any more, but not empty: `git worktree repair`, or move it away")
        )
    if place.inside:
        found.append(Hold(Bar.NESTED, f"another worktree lies in it: {place.inside[0]}"))
    if not place.missing and place.worktree.head is None:
        found.append(Hold(Bar.UNBORN, f"nothing is committed yet in {path}"))
    if contents is None:
        return tuple(found)
    if contents.operation is not None:
        found.append(
            Hold(Bar.OPERATION, f"{path} is in the middle of a {contents.operation}: finish or abort it first")
        )
    if contents.unmerged:
        found.append(Hold(Bar.UNMERGED, f"{path} has unresolved conflicts in {contents.unmerged[0]}"))
    if contents.submodules:
        found.append(
            Hold(Bar.SUBMODULES, f"{path} has submodules with a history of their own, which can't be brought back")
        )
    return tuple(found)


def _empty(facts: Facts) -> bool:
    """Whether a fork that has a transcript did nothing, or began from nothing."""
    return facts.blank or not facts.node.rows.own


def _without(paths: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    known = frozenset(known)
    return tuple(path for path in paths if path not in known)


def _ago(seconds: float) -> str:
    for unit, size in (("day", DAY), ("hour", 3600.0), ("minute", 60.0)):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
