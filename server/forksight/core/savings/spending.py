"""What each session was billed for, message by message, and what forking did to that bill.

An API request reads its whole context: past the cache (`input`), from it (`cache_read`) or into it (`cache_write`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forksight.core.sessions.session import Node, Tokens, seconds
from forksight.core.sessions.transcript import parse

SHORT, LONG = 300, 3600  # seconds that a prompt cache lives, unless and if the usage says `ephemeral_1h`
_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of the model."""

    id: str
    # Its row among those of the conversation, 0-based.
    row: int
    # Empty if it is not known.
    model: str
    # In seconds since the epoch; 0 if it is not known.
    moment: float
    tokens: Tokens
    # The part of `tokens.cache_write` that was written to live for an hour.
    hour: int = 0
    # The session that an inherited row names as the one that paid.
    payer: str | None = None

    @property
    def context(self) -> int:
        """How long the conversation was when it was answered, the answer included; in tokens."""
        return self.tokens.total


@dataclass(frozen=True, slots=True)
class Spending:
    """The answers in a session's transcript, inherited ones included, and those in its subagents'."""

    main: tuple[Answer, ...] = ()
    agents: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """Tokens of one model."""

    tokens: Tokens = field(default_factory=Tokens)
    # The part of `tokens.cache_write` that lives for an hour.
    hour: int = 0

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(self.tokens + other.tokens, self.hour + other.hour)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one session paid itself, by model; the model is empty where it is not known."""

    node: Node
    models: Mapping[str, Bill] = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """All models together."""
        return sum((bill.tokens for bill in self.models.values()), Tokens())


def answers(lines: Iterable[bytes]) -> tuple[tuple[Answer, ...], int]:
    """The answers in a transcript, each message once with its last usage, and how many rows can't be read."""
    by_message: dict[str, Answer] = {}
    row = unreadable = 0
    for line in lines:
        if line.isspace():
            continue
        parsed = parse(line)
        if parsed is None:
            unreadable += 1
        elif isinstance(parsed.get("uuid"), str):
            if (answer := _answer(row, parsed)) is not None:
                before = by_message.get(answer.id)
                by_message[answer.id] = answer if before is None else _later(before, answer)
            row += 1
    return tuple(by_message.values()), unreadable


def _answer(number: int, row: Mapping[str, Any]) -> Answer | None:
    message = row.get("message")
    if row.get("type") != "assistant" or not isinstance(message, dict):
        return None
    usage, identity, model, payer = (*map(message.get, ("usage", "id", "model")), row.get("requestSessionId"))
    if not isinstance(usage, dict) or not isinstance(identity, str):
        return None
    written = usage.get("cache_creation")
    return Answer(
        id=identity,
        row=number,
        model=model if isinstance(model, str) else _UNKNOWN,
        moment=seconds(str(row.get("timestamp"))) or 0.0,
        tokens=Tokens(
            _count(usage, "input_tokens"),
            _count(usage, "output_tokens"),
            _count(usage, "cache_read_input_tokens"),
            _count(usage, "cache_creation_input_tokens"),
        ),
        hour=_count(written, "ephemeral_1h_input_tokens") if isinstance(written, dict) else 0,
        payer=payer if isinstance(payer, str) and payer else None,
    )


def _count(usage: Mapping[str, Any], name: str) -> int:
    return value if isinstance(value := usage.get(name), int) else 0


def _later(before: Answer, answer: Answer) -> Answer:
    """A message told again: the last usage counts, unless it is the zeroes that a fork of a compacted session copies."""
    counted = answer if answer.tokens.total else before
    return replace(before, tokens=counted.tokens, hour=counted.hour, payer=answer.payer or before.payer)


def book(nodes: Sequence[Node], read: Mapping[str, Spending]) -> dict[str, dict[str, Answer]]:
    """The answers that each session paid, by session and message: as `lineage` books them, whose totals these are.

    Nodes without a transcript (archived) keep the tokens that the tree knows of them.
    """
    known = read.keys()
    booked: dict[str, tuple[int, str, Answer]] = {}
    for node in sorted(nodes, key=lambda node: (node.started, node.id)):
        spending = read.get(node.id, Spending())
        copied = {answer.id for answer in spending.main}
        for answer in (
            *spending.main,
            *(agent_answer for agent_answer in spending.agents if agent_answer.id not in copied),
        ):
            is_own = answer.id not in copied or answer.row >= node.rows.inherited
            rank, owner = (1 if is_own else 2), node.id
            if answer.payer is not None and answer.payer in known and answer.payer != owner:
                rank, owner = 1, answer.payer
            before = booked.get(answer.id)
            if before is None:
                booked[answer.id] = rank, owner, answer
            elif rank < before[0]:
                booked[answer.id] = rank, owner, answer if answer.tokens.total else before[2]
            elif not before[2].tokens.total or (before[1] == node.id and answer.tokens.total):
                booked[answer.id] = before[0], before[1], answer
    owned: dict[str, dict[str, Answer]] = {node.id: {} for node in nodes}
    for _, owner, answer in booked.values():
        owned[owner][answer.id] = answer
    return owned


def spent(node: Node, owned: Iterable[Answer], *, has_transcript: bool) -> Spent:
    """What a session paid, by model. Without a transcript it is what was known when that was put away."""
    if not has_transcript:
        return Spent(node, {_UNKNOWN: Bill(node.own)} if node.own.total else {})
    models: dict[str, Bill] = {}
    for answer in owned:
        if answer.tokens.total:  # messages that Claude Code makes itself cost nothing
            models[answer.model] = models.get(answer.model, Bill()) + Bill(answer.tokens, answer.hour)
    return Spent(node, models)
