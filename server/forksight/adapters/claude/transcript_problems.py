"""The problems of transcripts that can't be read, wholly or in part."""

from collections.abc import Sequence

from forksight.core.claude.unread import FILE
from forksight.core.problems import Problem


def broken_rows(path: str, count: int) -> Problem:
    """The problem of a transcript of which `count` rows are invalid or incomplete."""
    rows = "1 row" if count == 1 else f"{count} rows"
    return Problem(
        "transcript-rows-unreadable", f"{rows} of {path} can't be read: what they say is missing here.", path
    )


def no_rows(paths: Sequence[str], what: str) -> list[Problem]:
    """At most one problem for all transcripts without rows. `what` is a plural verb phrase about them: "hold …" or "have …"."""
    if not paths:
        return []
    first, *more = paths
    if not more:
        text = f"{first} {what.replace('hold ', 'holds ').replace('have ', 'has ')}: it is not shown as a session."
    else:
        text = f"{len(paths)} transcripts {what}, {first} for one: they are not shown as sessions."
    return [Problem("transcript-empty", text, first)]


def not_read(path: str, why: str) -> Problem:
    """The problem of a file that could not be read."""
    return Problem(FILE, f"{path} can't be read ({why}): its session is missing here; check who owns it.", path)
