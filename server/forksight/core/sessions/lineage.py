"""Infers which session was forked from which, and which rows were inherited, from the rows that transcripts share.

A fork is a copy: its inherited rows form one block before its own rows and keep their uuids, so its parent's transcript has
them too. Only rows that were written too early (before the first root) and a compaction with which the fork begins can precede
that block.

Of two transcripts that share rows, the one that began later is the copy. Claude Code writes bookkeeping rows when a session
begins; a fork does not copy them, so its bookkeeping is newer than its inherited rows. The times of own rows prove nothing: a
parent may go on after it was forked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forksight.core.sessions.booking import Member, book
from forksight.core.sessions.session import Evidence, Rows, Tokens
from forksight.core.sessions.transcripts.outline import Outline


@dataclass(frozen=True, slots=True)
class Descent:
    """What is inferred about one session."""

    parent: str | None
    evidence: Evidence
    rows: Rows
    own: Tokens
    inherited: Tokens
    started: str  # the stamp of its first own activity


def links(outline: Outline) -> frozenset[str]:
    """Keys that a transcript shares with its relatives: the uuids of rows with which a copy can begin, and the sessions it names."""
    anchors = {outline.rows[index] for index in (0, *outline.roots) if index < len(outline.rows)}
    return frozenset({anchor for anchor in anchors if anchor} | _named(outline))


def families(sessions: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The sessions in groups that can share rows: the connected components of their links (session id -> `links`)."""
    leaders: dict[str, str] = {}

    def leader(key: str) -> str:
        while (above := leaders.setdefault(key, key)) != key:
            leaders[key] = leaders[above]
            key = above
        return key

    for identity, ties in sessions.items():
        for tie in ties:
            leaders[leader(tie)] = leader(identity)
    groups: dict[str, list[str]] = {}
    for identity in sessions:
        groups.setdefault(leader(identity), []).append(identity)
    return list(groups.values())


def trace(family: Sequence[Member], recorded: Mapping[str, str]) -> dict[str, Descent]:
    """The descent of each member of one family, by id. `recorded` maps forks to their parents in the ledger."""
    ordered = _oldest_first(family)
    pool = _Pool(ordered)
    parents: dict[str, tuple[str | None, Evidence]] = {}
    inherited: dict[str, range] = {}
    for member in ordered:
        parent, evidence, copied = _descend(member, pool)
        parents[member.id], inherited[member.id] = (parent, evidence), copied
        pool.add(member, copied)
    _overrule(parents, recorded)
    tokens = book(ordered, inherited)
    return {
        member.id: Descent(
            *parents[member.id],
            Rows(len(member.outline.rows) - len(inherited[member.id]), len(inherited[member.id])),
            *tokens[member.id],
            _started(member.outline, inherited[member.id].stop if inherited[member.id] else 0),
        )
        for member in ordered
    }


class _Pool:
    """The rows of the sessions processed so far, oldest session first: which sessions have a row, and which wrote it."""

    def __init__(self, family: Sequence[Member]) -> None:
        self.sessions = {member.id for member in family}
        self.rows: set[str] = set()  # uuids
        self.writers: dict[str, str] = {}  # session ids, by uuid
        self._youngest = family[-1].id
        self._members: dict[str, Member] = {}

    def add(self, member: Member, inherited: range) -> None:
        """Add a session that is younger than all before. The youngest session's rows are not kept: nothing is compared with them."""
        if member.id == self._youngest:
            return
        self._members[member.id] = member
        rows = member.outline.rows
        self.rows.update(rows)
        self.rows.discard("")
        for row in (*rows[: inherited.start], *rows[inherited.stop :]):
            if row:
                self.writers.setdefault(row, member.id)

    def holds(self, session: str | None, row: str) -> bool:
        """Whether an added session has a row."""
        return session in self._members and row in self._members[session].outline.rows

    def reach(self, rows: Sequence[str]) -> int:
        """How many of the first rows came from the pool: up to the last row that is in it, and the tool results after that."""
        if self.rows.isdisjoint(rows):
            return 0
        end = next((index + 1 for index in reversed(range(len(rows))) if rows[index] in self.rows), 0)
        while 0 < end < len(rows) and not rows[end]:
            end += 1
        return end


def _oldest_first(family: Sequence[Member]) -> list[Member]:
    """The members, oldest first. A session that another one names as the source of its rows comes before that in any case."""
    if len(family) == 1:
        return list(family)
    members = {member.id: member for member in family}
    ordered: dict[str, Member] = {}
    for youngest in sorted(family, key=_age):
        pending, waiting = [youngest], {youngest.id}
        while pending:
            member = pending[-1]
            first = min((_named(member.outline) & members.keys()) - ordered.keys() - waiting, default=None)
            if first is None:
                ordered.setdefault(member.id, pending.pop())
            else:
                waiting.add(first)
                pending.append(members[first])
    return list(ordered.values())


def _named(outline: Outline) -> set[str]:
    """The sessions that a transcript names as the source of its rows."""
    named = {payer for _, _, payer in outline.messages.values() if payer}
    return named | {outline.pointer[0]} if outline.pointer else named


def _age(member: Member) -> tuple[str, int, int, str]:
    """The sort key, older sessions first: by birth, then by the length of the first unbroken block of rows, then by rows."""
    outline = member.outline
    together = len(outline.rows) if outline.block is None else outline.block
    return _birth(outline), together, len(outline.rows), member.id


def _birth(outline: Outline) -> str:
    """When a session began, as a stamp: an original with its first row, a fork after its inherited rows."""
    if outline.queued:
        return outline.queued
    if index := _snapshot(outline):
        return next((stamp for turn, stamp in outline.turns if turn == index), outline.snapshot[0])
    return _started(outline, _marked(outline))


def _snapshot(outline: Outline) -> int:
    """The index of the row to which the newest file snapshot before all rows belongs; 0 if that is a root, or if there is none."""
    if not outline.snapshot[1]:
        return 0
    try:
        index = outline.rows.index(outline.snapshot[1])
    except ValueError:
        return 0
    return 0 if index in outline.roots else _answered(outline, index)


def _answered(outline: Outline, count: int) -> int:
    """`count` if there is an answer among the first `count` rows, else 0: rows without an answer are not inherited.

    After `/clear`, for one, the first prompt follows rows that Claude Code wrote itself.
    """
    return count if any(_early(outline) <= row < count for row, _, _ in outline.messages.values()) else 0


def _marked(outline: Outline) -> int:
    """How many of the first rows are marked as copied, by `forkedFrom` or by naming the session that paid."""
    paid = max((row + 1 for row, _, payer in outline.messages.values() if payer), default=0)
    return max(paid, outline.pointer[1] if outline.pointer else 0)


def _claim(outline: Outline) -> int:
    """How many rows were inherited, judged by the transcript alone. Where exactly the block ends after its last answer is a guess."""
    marked = _marked(outline)
    if marked and not (outline.pointer and outline.pointer[1] == marked):
        marked = next((index for index, _ in outline.turns if index >= marked), marked)
    if outline.queued and outline.turns and outline.turns[0][1] < outline.queued:
        begins = next((index for index, stamp in outline.turns if stamp >= outline.queued), len(outline.rows))
        return max(marked, _answered(outline, begins))
    return max(marked, _snapshot(outline))


def _descend(member: Member, older: _Pool) -> tuple[str | None, Evidence, range]:
    """A member's parent, the evidence for it, and the range of its inherited rows."""
    outline = member.outline
    claimed, reach, begin = _claim(outline), older.reach(outline.rows), _early(outline)
    most = max(claimed, reach)
    if outline.pointer and most <= outline.pointer[1]:
        named = outline.pointer[0]
        return (named if named in older.sessions - {member.id} else None), Evidence.FORKED_FROM, range(begin, most)
    goes_on = outline.continues if _compacts(outline, older) else ""
    if not most and not goes_on:
        return None, Evidence.NONE, range(0)
    last, payer = max(
        ((row, payer) for row, _, payer in outline.messages.values() if begin <= row < most),
        default=(-1, None),
        key=_row,
    )
    payer = payer if payer != member.id else None
    if last >= reach:
        # No older session has the newest inherited answer: its source is gone, or the row can't be read.
        return (payer if payer in older.sessions else None), Evidence.ROWS, range(begin, most)
    if goes_on:
        begin = next((index for index in range(begin, reach) if outline.rows[index] in older.rows), reach)
        return older.writers.get(goes_on), Evidence.ROWS, range(begin, reach)
    shared = next((row for row in reversed(outline.rows[:reach]) if row), "")
    if older.holds(payer, shared):
        return payer, Evidence.ROWS, range(begin, reach or most)
    return older.writers.get(shared), Evidence.ROWS, range(begin, reach or most)


def _early(outline: Outline) -> int:
    """How many rows precede the first root: Claude Code can write a first answer before the rows that led to it."""
    return outline.roots[0] if outline.roots else 0


def _compacts(outline: Outline, older: _Pool) -> bool:
    """Whether a session begins with its own compaction of a conversation that an older session has."""
    return outline.continues in older.rows and outline.rows[outline.roots[0]] not in older.rows


def _row(message: tuple[int, str | None]) -> int:
    """The sort key: the row alone, since payers may be None and can't be compared."""
    return message[0]


def _overrule(parents: dict[str, tuple[str | None, Evidence]], recorded: Mapping[str, str]) -> None:
    """Replace inferred parents by those in the ledger. A session whose ancestors then form a cycle gets no parent."""
    for identity in parents:
        if identity in recorded and recorded[identity] != identity:
            parents[identity] = recorded[identity], Evidence.LEDGER
    for identity in parents:
        seen = {identity}
        above = parents[identity][0]
        while above is not None and above not in seen:
            seen.add(above)
            above = parents[above][0] if above in parents else None
        if above is not None:
            parents[identity] = None, Evidence.NONE


def _started(outline: Outline, inherited: int) -> str:
    """The stamp of the first row after `inherited` rows; without one, a stamp not much earlier."""
    if not inherited:
        return min(filter(None, [outline.first, *(stamp for _, stamp in outline.turns)]), default="")
    own = (stamp for index, stamp in outline.turns if index >= inherited and stamp)
    return next(own, outline.queued or max([stamp for _, stamp in outline.turns], default=outline.last))
