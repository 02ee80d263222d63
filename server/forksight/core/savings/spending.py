"""What each session was billed, message by message.

An API request is billed for its whole context: tokens that were not cached (`input`), read from the cache (`cache_read`) or
written to it (`cache_write`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forksight.core.sessions.booking import Booking, booked_again
from forksight.core.sessions.session import Node, Tokens, seconds
from forksight.core.sessions.transcripts.chain import Link, kept_rows
from forksight.core.sessions.transcripts.rows import Iteration, Row, decode
from forksight.core.sessions.transcripts.transcript import advisors, tokens

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
    # What the model itself was billed.
    tokens: Tokens
    # The part of `tokens.cache_write` that was written to live for an hour.
    hour: int = 0
    # The session that an inherited row names as the one that paid.
    payer: str | None = None
    # How long the conversation was when it was answered, the answer included; in tokens. Less than `tokens` where one answer
    # took several requests, each of which read it all.
    context: int = 0
    # What the advisors were billed that it asked, by model.
    advisors: tuple[tuple[str, Tokens], ...] = ()
    # Whether the conversation still has it: it was not rewound.
    kept: bool = True

    @property
    def billed(self) -> Tokens:
        """All tokens billed for it, those of advisors included."""
        return sum((tokens for _, tokens in self.advisors), self.tokens)


@dataclass(frozen=True, slots=True)
class Spending:
    """The answers in a session's transcript, inherited ones included (`main`), and in its subagents' transcripts (`agents`)."""

    main: tuple[Answer, ...] = ()
    agents: tuple[Answer, ...] = ()

    @property
    def context(self) -> int:
        """The current length of the conversation in tokens, which resuming or forking it has to read; 0 if unknown."""
        return next((answer.context for answer in reversed(self.main) if answer.kept), 0)


@dataclass(frozen=True, slots=True)
class Bill:
    """The tokens billed for one model."""

    tokens: Tokens = field(default_factory=Tokens)
    # The part of `tokens.cache_write` that lives for an hour.
    hour: int = 0

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(self.tokens + other.tokens, self.hour + other.hour)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one session was billed itself, by model; "" is an unknown model."""

    node: Node
    models: Mapping[str, Bill] = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The sum over all models."""
        return sum((bill.tokens for bill in self.models.values()), Tokens())


def answers(data: bytes) -> tuple[tuple[Answer, ...], int]:
    """The answers in a transcript, one for each message, with its last usage; and how many rows can't be read."""
    by_message: dict[str, Answer] = {}
    shown: dict[str, list[str]] = {}  # the rows that each message stands in
    links = []
    number = 0
    rows, unreadable = decode(data)
    for row in rows:
        if row.uuid is None:
            continue
        content = bytes(row.message.content)[:40] if row.message is not None else b""
        leaf = row.type in ("user", "assistant") and not row.isSidechain
        identity = row.message.id if row.message is not None else None
        links.append(Link(row.uuid, row.parentUuid or row.logicalParentUuid, identity, b"tool_" in content, leaf))
        if (answer := _answer(number, row, row.uuid)) is not None:
            before = by_message.get(answer.id)
            by_message[answer.id] = answer if before is None else _later(before, answer)
            shown.setdefault(answer.id, []).append(row.uuid)
        number += 1
    kept = kept_rows(links)
    billed = (replace(answer, kept=not kept.isdisjoint(shown[answer.id])) for answer in by_message.values())
    return tuple(billed), unreadable


def _answer(number: int, row: Row, uuid: str) -> Answer | None:
    message = row.message
    if row.type != "assistant" or message is None or message.usage is None:
        return None
    usage, own = message.usage, _tokens(message.usage)
    advised = tuple((step.model or _UNKNOWN, _tokens(step)) for step in advisors(usage))
    if message.id is None and not own.total and not advised:
        return None
    requests = [step for step in usage.iterations or () if step.type == "message"]
    return Answer(
        id=message.id or uuid,
        row=number,
        model=message.model or _UNKNOWN,
        moment=seconds(row.timestamp or "") or 0.0,
        tokens=own,
        hour=(usage.cache_creation.ephemeral_1h_input_tokens or 0) if usage.cache_creation is not None else 0,
        payer=row.requestSessionId or None,
        context=_tokens(requests[-1]).total if requests else own.total,
        advisors=advised,
    )


def _tokens(usage: Iteration) -> Tokens:
    return Tokens(*tokens(usage))


def _later(before: Answer, answer: Answer) -> Answer:
    """Two rows of one message combined: the last usage counts, unless it is all zeroes, as in a fork of a compacted session."""
    counted = answer if answer.billed.total else before
    return replace(
        counted, row=before.row, model=before.model, moment=before.moment, payer=answer.payer or before.payer
    )


def book(nodes: Sequence[Node], read: Mapping[str, Spending]) -> dict[str, dict[str, Answer]]:
    """Session -> message id -> answer, of the answers that each session was billed.

    The same rules as in `core.sessions.booking`, so the totals agree. Nodes without a transcript (archived ones) get no
    answers.
    """
    sessions = read.keys()
    booked: dict[str, Booking[Answer]] = {}
    for node in sorted(nodes, key=lambda node: (node.started, node.id)):
        spending = read.get(node.id, Spending())
        copied = {answer.id for answer in spending.main}
        for answer in (
            *spending.main,
            *(agent_answer for agent_answer in spending.agents if agent_answer.id not in copied),
        ):
            is_own = answer.id not in copied or answer.row >= node.rows.inherited
            rank, owner = (1 if is_own else 2), node.id
            if answer.payer is not None and answer.payer in sessions and answer.payer != owner:
                rank, owner = 1, answer.payer
            before, new = booked.get(answer.id), (rank, owner, answer)
            booked[answer.id] = new if before is None else booked_again(before, new, node.id, _counts)
    owned: dict[str, dict[str, Answer]] = {node.id: {} for node in nodes}
    for _, owner, answer in booked.values():
        owned[owner][answer.id] = answer
    return owned


def _counts(answer: Answer) -> bool:
    return bool(answer.billed.total)


def _advised(answer: Answer) -> list[tuple[str, Bill]]:
    return [(model, Bill(tokens)) for model, tokens in answer.advisors]


def spent(node: Node, owned: Iterable[Answer], *, has_transcript: bool) -> Spent:
    """What a session was billed, by model. Without a transcript it is the tokens recorded when it was archived."""
    if not has_transcript:
        return Spent(node, {_UNKNOWN: Bill(node.own)} if node.own.total else {})
    models: dict[str, Bill] = {}
    for answer in owned:
        for model, bill in (answer.model, Bill(answer.tokens, answer.hour)), *_advised(answer):
            if bill.tokens.total:  # messages that Claude Code makes itself cost nothing
                models[model] = models.get(model, Bill()) + bill
    return Spent(node, models)
