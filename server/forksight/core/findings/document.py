"""The JSON of `forksight findings`; see docs/json.md."""

from forksight.core.document import Plain, problems
from forksight.core.problems import Problem
from forksight.core.sessions.document import tokens
from forksight.core.sessions.session import stamp
from forksight.core.store.ledger import Findings


def findings(findings: Findings, *, asked: bool, trouble: tuple[Problem, ...]) -> Plain:
    """A session's findings. `asked` says whether it was asked just now, which had a cost."""
    return {
        "version": 1,
        "session": findings.session,
        "title": findings.title,
        "question": findings.question,
        "text": findings.text,
        "taken": stamp(findings.created),
        "asked": asked,
        "tokens": tokens(findings.tokens),
        "problems": problems(trouble),
    }
