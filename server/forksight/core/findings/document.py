"""The JSON of `forksight findings`; see docs/json.md."""

from forksight.core.document import Plain, problems
from forksight.core.problems import Problem
from forksight.core.sessions.document import tokens
from forksight.core.sessions.session import stamp
from forksight.core.store.ledger import Findings


def findings(found: Findings, *, asked: bool, trouble: tuple[Problem, ...]) -> Plain:
    """What a session found; `asked`: it was asked just now, and that was paid for."""
    return {
        "version": 1,
        "session": found.session,
        "title": found.title,
        "question": found.question,
        "text": found.text,
        "taken": stamp(found.created),
        "asked": asked,
        "tokens": tokens(found.tokens),
        "problems": problems(trouble),
    }
