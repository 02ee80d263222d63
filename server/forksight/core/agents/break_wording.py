"""Semantic breaks in sentences for agents. Times are local."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from forksight.core.agents.wording import MOST_PLACES, place, rest, their_lines
from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Region
from forksight.core.overlaps.wording import tell
from forksight.core.words.terminal import printable

_SHOWN = (Cause.SIGNATURE, Cause.TWICE, Cause.ABSTRACT)  # where their version says what would fit


def break_key(region: Region) -> str:
    """A key by which a break is reported only once. It does not depend on line numbers, only on what both sides changed."""
    meaning = region.meaning
    assert meaning is not None
    parts = (region.path, region.kind.value, meaning.symbol, meaning.home, meaning.detail, str(meaning.changed_here))
    theirs = b"" if meaning.changed_here else meaning.after
    return blake2b("\0".join(parts).encode("utf-8", "surrogateescape") + b"\0" + theirs, digest_size=12).hexdigest()


def break_text(regions: Sequence[Region], today: datetime) -> str:
    """The report to an agent about breaks on lines of its own worktree."""
    return "\n".join([*(_with_theirs(region, today) for region in regions[:MOST_PLACES]), *rest(len(regions))])


def break_refusal(regions: Sequence[Region], today: datetime) -> str:
    """Why an edit was refused because of breaks, and what the agent should do."""
    return (
        f"Nothing was written, because git would merge it without a conflict and the merge would be broken. "
        f"{break_text(regions, today)}\n"
        "Write lines that work with both sides, or repeat this call if it must stand: it goes through then."
    )


def break_message(regions: Sequence[Region], today: datetime) -> str:
    """The line that the person sees when an agent was told of these breaks."""
    more = len(regions) - 1
    return _sentence(regions[0], today) + (f", and {more} more {'place' if more == 1 else 'places'}" if more else "")


def _sentence(region: Region, today: datetime) -> str:
    return f"{place(region.path, region.lines)}: {printable(tell(region, today))}"


def _with_theirs(region: Region, today: datetime) -> str:
    sentence, meaning = _sentence(region, today), region.meaning
    shown = meaning is not None and meaning.cause in _SHOWN and not meaning.changed_here and meaning.after
    return f"{sentence}. Their version:\n{their_lines(meaning.after)}" if shown and meaning else f"{sentence}."
