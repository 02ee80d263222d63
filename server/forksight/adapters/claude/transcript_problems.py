"""What is told of transcripts that can't be read, or not wholly."""

from collections.abc import Sequence

from forksight.core.claude.unread import FILE
from forksight.core.problems import Problem


def broken_rows(path: str, count: int) -> Problem:
    """Some rows of a transcript are not what they should be."""
    rows = "1 row" if count == 1 else f"{count} rows"
    return Problem(
        "transcript-rows-unreadable", f"{rows} of {path} can't be read: what they say is missing here.", path
    )


def no_rows(paths: Sequence[str], what: str) -> list[Problem]:
    """One note about all transcripts that are shown as no sessions; `what` is true of them."""
    if not paths:
        return []
    first, *more = paths
    if not more:
        text = f"{first} {what.replace('hold ', 'holds ').replace('have ', 'has ')}: it is not shown as a session."
    else:
        text = f"{len(paths)} transcripts {what}, {first} for one: they are not shown as sessions."
    return [Problem("transcript-empty", text, first)]


def not_read(path: str, why: str) -> Problem:
    """A file could not be read."""
    return Problem(FILE, f"{path} can't be read ({why}): its session is missing here; check who owns it.", path)
