"""The request for a fork's findings: the question, the prompt, and the expected cost. Pure."""

from dataclasses import dataclass

from forksight.core.claude.launch import Launch
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node
from forksight.core.store.ledger import Findings

_LONGEST = 20_000  # characters of an answer that are kept: a page has 3,000

_PROMPT = """\
Say what you found out in this session, for a colleague who goes on elsewhere and has seen nothing of it. Change nothing, and \
look up only what you have to. At most one page, under these headings, without any introduction:

## Found
What is the case now, one fact an item, each with its place as file:line.

## Tried in vain
What was tried and did not work, and why.

## Open
What is not known yet."""

_FOR = "\n\nThis is what they want to know, and all else may be left out:\n{question}"


@dataclass(frozen=True, slots=True)
class FindingsRequest:
    """What which session will be asked."""

    node: Node
    # What the person wants to know; None for everything.
    question: str | None
    # Runs the fork that answers; it leaves no session behind.
    launch: Launch
    # How long the session's conversation is, in tokens: that much is read, from the cache or anew. 0 if it is not known.
    context: int
    # What was answered to this question, if the session has done nothing since.
    kept: Findings | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


def prompt(question: str | None) -> str:
    """The prompt for a question; None asks for everything."""
    return _PROMPT if question is None else _PROMPT + _FOR.replace("{question}", question)


def bounded(answer: str) -> str:
    """An answer cut to the length that is kept."""
    text = answer.strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"


def still_true(findings: Findings, node: Node) -> bool:
    """Whether findings are still current: the session has done nothing since they were taken."""
    return node.last_active <= findings.created
