"""Findings as a Markdown document for an editor. The model's headings and lists are kept, all its other markup is escaped."""

import re

from forksight.core.store.ledger import Findings
from forksight.core.words.markdown import escaped

_MARKER = re.compile(r"( *(?:#{1,6} |[-*] |\d{1,3}\. )?)(.*)")


def markdown(findings: Findings) -> str:
    """The whole document."""
    question = ["", f"*{escaped(findings.question)}*"] if findings.question else []
    return "\n".join(
        [f"# Findings of {escaped(findings.title)}", *question, "", *map(_line, findings.text.splitlines()), ""]
    )


def _line(line: str) -> str:
    match = _MARKER.fullmatch(line)
    return match[1] + escaped(match[2]) if match else escaped(line)
