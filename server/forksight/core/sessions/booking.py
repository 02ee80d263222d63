"""Who pays for which message, among sessions that share rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from forksight.core.sessions.session import Tokens
from forksight.core.sessions.transcripts.outline import NO_USAGE, Message, Outline, Usage

V = TypeVar("V")
# How good a claim is (1: to pay for an own row, or for one that names its payer; 2: to pay for an inherited one), who has it,
# and what was billed.
Booking = tuple[int, str, V]


@dataclass(frozen=True, slots=True)
class Member:
    """One session with its transcript's outline."""

    id: str
    outline: Outline
    extra: Mapping[str, Message]  # the other messages of its companion folder, its subagents', by id


def book(ordered: Sequence[Member], inherited: Mapping[str, range]) -> dict[str, tuple[Tokens, Tokens]]:
    """The tokens of each member, by id: of the messages booked to it, and of those in its transcript that are booked to others.

    `ordered` are the members, oldest first; `inherited` says which rows of each came along, by id.
    A message is booked to the session that it names as its payer, else to the one that wrote it, else (the writer is gone)
    to the oldest that has it. What counts is the usage that the payer's own transcript has.
    """
    if len(ordered) == 1:  # there is nobody else to book to
        (member,) = ordered
        return {
            member.id: (_sum([usage for _, usage, _ in {**member.extra, **member.outline.messages}.values()]), Tokens())
        }
    booked: dict[str, Booking[Usage]] = {}
    known = inherited.keys()
    for member in ordered:
        for messages, came_along in ((member.outline.messages, inherited[member.id]), (member.extra, range(0))):
            for identity, (row, usage, payer) in messages.items():
                rank = 2 if row in came_along else 1
                session = member.id
                if payer is not None and payer in known and payer != session:
                    rank, session = 1, payer
                before, new = booked.get(identity), (rank, session, usage)
                booked[identity] = new if before is None else booked_again(before, new, member.id, _counts)
    own: dict[str, list[Usage]] = {member.id: [] for member in ordered}
    for _, session, usage in booked.values():
        own[session].append(usage)
    copied = {
        member.id: [
            usage
            for identity in {**member.outline.messages, **member.extra}
            for _, session, usage in (booked[identity],)
            if session != member.id
        ]
        for member in ordered
    }
    return {member.id: (_sum(own[member.id]), _sum(copied[member.id])) for member in ordered}


def booked_again(before: Booking[V], new: Booking[V], member: str, counts: Callable[[V], bool]) -> Booking[V]:
    """What stands of the two bookings of one message, the new one because it is also in the transcript of `member`.

    `counts` says whether a value is more than the zeroes that a fork of a compacted session copies.
    """
    rank, session, value = new
    if rank < before[0]:
        return rank, session, value if counts(value) else before[2]
    if not counts(before[2]) or (before[1] == member and counts(value)):
        return before[0], before[1], value
    return before


def _counts(usage: Usage) -> bool:
    return usage != NO_USAGE


def _sum(usages: Sequence[Usage]) -> Tokens:
    return Tokens(*map(sum, zip(*usages, strict=True)))
