"""Who was forked from whom, and which rows came along: concluded from what transcripts share.

A fork is a copy. Its inherited rows stand together before its own and keep their uuids, so they are also in the transcript
that they came from. Only what was written too early, before the first root, and a compaction that the fork begins with can
stand before them. The copy of two transcripts is the one that was born later: Claude Code writes bookkeeping when a session
begins, a fork does not copy it, so a fork's is newer than the rows that it inherited. The order of own rows says nothing: a
parent may go on after the fork.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forksight.core.sessions.booking import Member, book
from forksight.core.sessions.session import Evidence, Rows, Tokens
from forksight.core.sessions.transcripts.outline import Outline


@dataclass(frozen=True, slots=True)
class Descent:
    """What is concluded about one session."""

    parent: str | None
    evidence: Evidence
    rows: Rows
    own: Tokens
    inherited: Tokens
    started: str  # the stamp of its first own activity


def links(outline: Outline) -> frozenset[str]:
    """What ties a transcript to others: the rows that a fork of it, or its own source, can begin with, and who it names."""
    anchors = {outline.rows[index] for index in (0, *outline.roots) if index < len(outline.rows)}
    return frozenset({anchor for anchor in anchors if anchor} | _named(outline))


def families(sessions: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Sessions, given by id with their links, in groups of those that can share rows."""
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
    """The descent of each member of one family, by id. `recorded` maps forks to the parents that the ledger knows."""
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
    """The rows of the sessions looked at so far, oldest first: who holds each, and who wrote it."""

    def __init__(self, family: Sequence[Member]) -> None:
        self.known = {member.id for member in family}
        self.rows: set[str] = set()  # uuids
        self.writers: dict[str, str] = {}  # session ids, by uuid
        self._youngest = family[-1].id
        self._members: dict[str, Member] = {}

    def add(self, member: Member, inherited: range) -> None:
        """Take in a session that is younger than all before. Nobody asks about the rows of the youngest."""
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
        """Whether a session that was looked at has a row."""
        return session in self._members and row in self._members[session].outline.rows

    def reach(self, rows: Sequence[str]) -> int:
        """How many of the first rows came from the pool: up to the last one that is in it, and the results after that."""
        if self.rows.isdisjoint(rows):
            return 0
        end = next((index + 1 for index in reversed(range(len(rows))) if rows[index] in self.rows), 0)
        while 0 < end < len(rows) and not rows[end]:
            end += 1
        return end


def _oldest_first(family: Sequence[Member]) -> list[Member]:
    """By age, but whoever a session names as the source of its rows before it, whatever the clocks said then."""
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
    """The sessions that a transcript says its rows came from."""
    named = {payer for _, _, payer in outline.messages.values() if payer}
    return named | {outline.pointer[0]} if outline.pointer else named


def _age(member: Member) -> tuple[str, int, int, str]:
    """Sorts the older first; of two without a birth the one whose rows stand less together, or that has fewer, is no copy."""
    outline = member.outline
    together = len(outline.rows) if outline.block is None else outline.block
    return _birth(outline), together, len(outline.rows), member.id


def _birth(outline: Outline) -> str:
    """When a session began: an original with its first row, a fork after all that it inherited."""
    if outline.queued:
        return outline.queued
    if index := _snapshot(outline):
        return next((stamp for turn, stamp in outline.turns if turn == index), outline.snapshot[0])
    return _started(outline, _marked(outline))


def _snapshot(outline: Outline) -> int:
    """The row that the newest snapshot before all rows belongs to; 0 if it began the conversation, or there is none."""
    if not outline.snapshot[1]:
        return 0
    try:
        index = outline.rows.index(outline.snapshot[1])
    except ValueError:
        return 0
    return 0 if index in outline.roots else _answered(outline, index)


def _answered(outline: Outline, count: int) -> int:
    """The first `count` rows if there is an answer among them, else none: what was never answered is no inheritance.

    After `/clear` the first prompt stands behind rows that Claude Code wrote before it.
    """
    return count if any(_early(outline) <= row < count for row, _, _ in outline.messages.values()) else 0


def _marked(outline: Outline) -> int:
    """How many rows, counted from the first, are marked as a copy's: by `forkedFrom`, or by naming who paid."""
    paid = max((row + 1 for row, _, payer in outline.messages.values() if payer), default=0)
    return max(paid, outline.pointer[1] if outline.pointer else 0)


def _claim(outline: Outline) -> int:
    """How many rows a transcript says of itself that it inherited; what is behind its last answer is a guess."""
    marked = _marked(outline)
    if marked and not (outline.pointer and outline.pointer[1] == marked):
        marked = next((index for index, _ in outline.turns if index >= marked), marked)
    if outline.queued and outline.turns and outline.turns[0][1] < outline.queued:
        begins = next((index for index, stamp in outline.turns if stamp >= outline.queued), len(outline.rows))
        return max(marked, _answered(outline, begins))
    return max(marked, _snapshot(outline))


def _descend(member: Member, older: _Pool) -> tuple[str | None, Evidence, range]:
    """A member's parent, how that is known, and which rows it inherited."""
    outline = member.outline
    claimed, reach, begin = _claim(outline), older.reach(outline.rows), _early(outline)
    most = max(claimed, reach)
    if outline.pointer and most <= outline.pointer[1]:
        named = outline.pointer[0]
        return (named if named in older.known - {member.id} else None), Evidence.FORKED_FROM, range(begin, most)
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
        # Nobody older has the newest answer that came along: where it came from is gone, or its row can't be read.
        return (payer if payer in older.known else None), Evidence.ROWS, range(begin, most)
    if goes_on:
        begin = next((index for index in range(begin, reach) if outline.rows[index] in older.rows), reach)
        return older.writers.get(goes_on), Evidence.ROWS, range(begin, reach)
    shared = next((row for row in reversed(outline.rows[:reach]) if row), "")
    if older.holds(payer, shared):
        return payer, Evidence.ROWS, range(begin, reach or most)
    return older.writers.get(shared), Evidence.ROWS, range(begin, reach or most)


def _early(outline: Outline) -> int:
    """How many rows were written too early: Claude Code can write a first answer before all that led to it."""
    return outline.roots[0] if outline.roots else 0


def _compacts(outline: Outline, older: _Pool) -> bool:
    """Whether a session begins with a compaction of its own, of a conversation that one of the older has."""
    return outline.continues in older.rows and outline.rows[outline.roots[0]] not in older.rows


def _row(message: tuple[int, str | None]) -> int:
    """The first of the two: sorting by it alone keeps payers, which may be None, from being compared."""
    return message[0]


def _overrule(parents: dict[str, tuple[str | None, Evidence]], recorded: Mapping[str, str]) -> None:
    """What the ledger recorded replaces what was concluded; a session whose ancestors go in a circle then has no parent."""
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
    """When the first own row behind so many was written; without one, something not much earlier."""
    if not inherited:
        return min(filter(None, [outline.first, *(stamp for _, stamp in outline.turns)]), default="")
    own = (stamp for index, stamp in outline.turns if index >= inherited and stamp)
    return next(own, outline.queued or max([stamp for _, stamp in outline.turns], default=outline.last))
