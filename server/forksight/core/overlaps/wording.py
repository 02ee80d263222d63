"""An overlap as one sentence for a person or an agent. The sentence changes only when the overlap does."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from forksight.core.overlaps.meaning import Cause, Meaning
from forksight.core.overlaps.overlap import Conflicts, Kind, Region, Side
from forksight.core.words.quantities import many

_NAMED = 3  # at most so many worktrees, or files, are named; the others are counted
_EARLIEST, _LATEST = -6e10, 2.5e11  # seconds since the epoch that every calendar knows; a file's time may be any
UNNAMED: Mapping[str, str] = MappingProxyType({})  # no titles of sessions are known

_TELLS = {
    Kind.CONFLICT: "{who} changed these lines too ({when}): merging will conflict",
    Kind.IDENTICAL: "{who} made the same change here ({when}): merging is clean",
    Kind.DELETE_MODIFY: "{who} changed this file, which is deleted here ({when}): merging will conflict",
    Kind.MODIFY_DELETE: "{who} deleted this file, which is changed here ({when}): merging will conflict",
    Kind.ADD_ADD: "{who} added this file too, with other lines here ({when}): merging will conflict",
    Kind.RENAME: "{who} and this worktree moved, renamed or deleted this file differently ({when}): merging will conflict",
    Kind.BINARY: "{who} changed this binary file too ({when}): merging will conflict",
    Kind.SUBMODULE: "{who} moved this submodule to another commit too ({when}): merging will conflict",
    Kind.TYPE: "{who} changed the type or mode of this path, or has a folder in its place ({when}): merging will conflict",
}


_THEIRS_BREAKS_OURS = {
    Cause.DROPPED_IMPORT: "{who} drops the import of {symbol} from {home} ({when}): merging is clean, but this line will break",
    Cause.REMOVED: "{who} removes {symbol} from {home} ({when}): merging is clean, but this line will break",
    Cause.MODULE_GONE: "{who} {went} ({when}): merging is clean, but this line will break",
    Cause.SIGNATURE: "{who} changes the parameters of {symbol} in {home} ({when}): merging is clean, but this call will"
    " break, since it {detail}",
    Cause.TWICE: "{who} defines {symbol} in {there} too ({when}): merging is clean, but there will be two",
    Cause.ABSTRACT: "{who} adds the abstract method {symbol} ({when}): merging is clean, but {detail} lacks it",
}
_OURS_BREAKS_THEIRS = {
    Cause.DROPPED_IMPORT: "{who} uses {symbol} in {there}, whose import is dropped here ({when}): merging is clean, but"
    " that line will break",
    Cause.REMOVED: "{who} uses {symbol} in {there}, which is removed here ({when}): merging is clean, but that line will break",
    Cause.MODULE_GONE: "{who} imports {symbol} in {there}, which is gone here ({when}): merging is clean, but that line will break",
    Cause.SIGNATURE: "{who} calls {symbol} in {there} with the parameters it had ({when}): merging is clean, but that call"
    " will break, since it {detail}",
    Cause.TWICE: "{who} defines {symbol} in {there} too ({when}): merging is clean, but there will be two",
    Cause.ABSTRACT: "{who} adds {detail} in {there}, which lacks the abstract method {symbol} ({when}): merging is clean, but it"
    " can't be instantiated",
}


def tell(region: Region, today: datetime, titles: Mapping[str, str] = UNNAMED) -> str:
    """The sentence for a region. `today` is a local time: a moment of another day is given with its date.

    `titles`: the quoted title of the session that works in each other worktree, by the worktree's path.
    """
    if region.texts > 1:
        return _tell_many(region, titles)
    if region.meaning:
        return _tell_break(region, region.meaning, today, titles)
    return _TELLS[region.kind].format(who=who(region.others, titles), when=_when(region.others, today))


def conflicts_text(conflicts: Conflicts) -> str:
    """Such as "2 conflicts with feature/pay in shop/checkout.py"; empty if there are none."""
    if not conflicts.conflicts:
        return ""
    return f"{many(conflicts.conflicts, 'conflict')} with {_first(conflicts.others)} in {_first(conflicts.paths)}"


def _first(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tell_many(region: Region, titles: Mapping[str, str]) -> str:
    """The sentence for a region that stands for several texts, of one other worktree or of several."""
    worktrees = {side.worktree for side in region.others}
    subject = f"{len(worktrees)} other worktrees" if len(worktrees) > 1 else who(region.others[:1], titles)
    if region.meaning:
        what = "change what these lines use, or use what they change"
        what = what if len(worktrees) > 1 else "changes what these lines use, or uses what they change"
        return f"{subject} {what}: merging is clean, but it will break"
    what = "these lines" if region.kind in (Kind.CONFLICT, Kind.ADD_ADD) else "this file"
    return f"{subject} changed {what} too: merging will conflict"


def _tell_break(region: Region, meaning: Meaning, today: datetime, titles: Mapping[str, str]) -> str:
    sentence = (_OURS_BREAKS_THEIRS if meaning.changed_here else _THEIRS_BREAKS_OURS)[meaning.cause]
    if not meaning.certain:
        sentence = sentence.replace("will break", "may break")
    symbol = f"`{meaning.symbol}()`" if meaning.cause is Cause.SIGNATURE else f"`{meaning.symbol}`"
    return sentence.format(
        who=who(region.others, titles),
        when=_when(region.others, today),
        symbol=symbol,
        home="this file" if meaning.home == region.path else meaning.home,
        there="this file" if region.others[0].path == region.path else region.others[0].path,
        detail=f"`{meaning.detail}`" if meaning.cause is Cause.ABSTRACT else meaning.detail,
        went=f"moves the module {symbol} to {meaning.detail}" if meaning.detail else f"deletes the module {symbol}",
    )


def who(others: tuple[Side, ...], titles: Mapping[str, str] = UNNAMED) -> str:
    """Such as `feature/pay`, `feature/pay (“pay by card”)`, `feature/pay and main`, or `feature/pay and 2 more`.

    A session's title is left out where it is its branch's name, as it is for forks that nobody renamed.
    """
    first, *rest = (_named(side, titles) for side in others[:2])
    if not rest:
        return first
    return f"{first} and {rest[0]}" if len(others) == 2 else f"{first} and {len(others) - 1} more"


def _named(side: Side, titles: Mapping[str, str]) -> str:
    title = titles.get(side.worktree)
    return f"{side.label} ({title})" if title and title != f"“{side.label}”" else side.label


def _when(others: tuple[Side, ...], today: datetime) -> str:
    """When the sides wrote their text: of the first that has not committed it, with "partly" if others have."""
    first = next((side for side in others if side.uncommitted), others[0])
    mixed = first.uncommitted and not all(side.uncommitted for side in others)
    return ("partly " if mixed else "") + when(first, today)


def when(side: Side, today: datetime) -> str:
    """One of `committed`, `uncommitted`, `uncommitted, since 14:32` or, on another day, `uncommitted, since 21 Nov 14:32`.

    A colleague's says `seen` for `since`: the time is when this machine saw it, as their clock can't be relied on.
    """
    if not side.uncommitted:
        return "committed"
    if side.since is None:
        return "uncommitted"
    return f"uncommitted, {'seen' if side.colleague else 'since'} {clock(side.since, today.date())}"


@lru_cache(maxsize=1024)  # asked for every warning at every key stroke
def clock(moment: float, today: date) -> str:
    """A moment (seconds since the epoch) on the local clock, with its date if that is not today."""
    local = datetime.fromtimestamp(min(max(moment, _EARLIEST), _LATEST)).astimezone()
    time = local.strftime("%H:%M")
    return time if local.date() == today else f"{local.day} {local.strftime('%b')} {time}"
