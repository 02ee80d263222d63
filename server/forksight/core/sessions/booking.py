"""Books each message's tokens to one of the sessions that share its row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from forksight.core.sessions.session import Tokens
from forksight.core.sessions.transcripts.outline import NO_USAGE, Message, Outline, Usage

V = TypeVar("V")
# The rank of a claim (1: an own row, or one that names this session as its payer; 2: an inherited row), the session that claims
# the message, and what was billed.
Booking = tuple[int, str, V]


@dataclass(frozen=True, slots=True)
class Member:
    """One session of a family."""

    id: str
    outline: Outline
    extra: Mapping[str, Message]  # by id: the messages of its subagents, from the companion folder


def book(ordered: Sequence[Member], inherited: Mapping[str, range]) -> dict[str, tuple[Tokens, Tokens]]:
    """By member's id: the tokens of the messages booked to it, and of those in its transcript that are booked to others.

    `ordered` are the members, oldest first; `inherited` has the range of inherited rows of each. A message is booked to the
    session that its row names as the payer, else to the session that wrote it, else (if that is gone) to the oldest that has
    it. The usage is taken from the payer's own transcript.
    """
    if len(ordered) == 1:  # there is nobody else to book to
        (member,) = ordered
        return {
            member.id: (_sum([usage for _, usage, _ in {**member.extra, **member.outline.messages}.values()]), Tokens())
        }
    booked: dict[str, Booking[Usage]] = {}
    sessions = inherited.keys()
    for member in ordered:
        for messages, came_along in ((member.outline.messages, inherited[member.id]), (member.extra, range(0))):
            for identity, (row, usage, payer) in messages.items():
                rank = 2 if row in came_along else 1
                session = member.id
                if payer is not None and payer in sessions and payer != session:
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
    """The better of two bookings of one message; the new one comes from the transcript of `member`.

    `counts` says whether a value is real, and not the zeroes that a fork of a compacted session copies.
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
