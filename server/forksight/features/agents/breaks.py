"""Reports semantic breaks to agents: before they write lines that another worktree's changes break, and after such breaks appear."""

from collections.abc import Callable, Collection, Iterable, Sequence

from forksight.core.agents.break_wording import break_key, break_message, break_refusal, break_text
from forksight.core.agents.hook import NOTHING, Answer, BeforeEdit
from forksight.core.agents.proposed_text import proposed_text
from forksight.core.agents.wording import MOST_PLACES
from forksight.core.overlaps.overlap import Region
from forksight.core.overlaps.settle import is_quiet
from forksight.features.agents.call import Call
from forksight.features.overlaps.projects import Place


def before_edit(call: Call, place: Place, mode: BeforeEdit) -> Answer:
    """The answer to an edit with lines that another worktree's changes break. Lines of others that the edit breaks are reported after it."""
    if mode is BeforeEdit.OFF:
        return NOTHING
    data = place.data()
    proposed_breaks = _breaks(call, place, proposed_text(call.hook.tool, call.hook.tool_input, data)) or ()
    own_breaks = [
        region
        for region in _quiet(call, proposed_breaks)
        if region.meaning and not region.meaning.changed_here and not call.passes([break_key(region)])
    ]
    breaks_on_disk = _breaks(call, place, data) if own_breaks else ()
    if breaks_on_disk is None:  # not known in time which breaks are new: they are reported after the edit
        return NOTHING
    keys_on_disk = set(map(break_key, breaks_on_disk))
    own_breaks = [region for region in own_breaks if break_key(region) not in keys_on_disk]
    if not own_breaks:
        return NOTHING
    _count_as_told(call, own_breaks)
    left_out = _untold(call, own_breaks)
    call.recipient.tell([call.refusal(break_key(region)) for region in left_out])
    message = break_message(own_breaks, call.today)
    if mode is BeforeEdit.TELL:
        return Answer(context=break_text(own_breaks, call.today), message=message)
    return Answer(refusal=break_refusal(own_breaks, call.today), message=message)


def in_file(call: Call, place: Place) -> Answer:
    """Report the breaks of a file on disk that the agent does not know yet, after it read or edited the file."""
    return _tell(call, _breaks(call, place, place.data()))


def before_command(call: Call) -> None:
    """Note the breaks that exist before an agent's first command, if found in time, so that they are not attributed to commands."""
    if call.recipient.note([_before_commands(call)]):
        call.recipient.note([_fact(region) for region in call.breaks.on_disk(call.project, call.own.path) or ()])


def after_command(call: Call) -> Answer:
    """Report the breaks that a command made."""
    return _tell(call, call.breaks.on_disk(call.project, call.own.path), lambda region: _is_news(call, region))


def news(call: Call, paths: Collection[str]) -> Answer:
    """Report new breaks in these files of the agent's worktree and, if an earlier answer left something out, those of its commands."""
    commands = call.recipient.behind and call.recipient.knows([_before_commands(call)])
    if not paths and not commands:
        return NOTHING
    regions = call.breaks.on_disk(call.project, call.own.path)
    return _tell(call, regions, lambda region: region.path in paths or (commands and _is_news(call, region)))


def _breaks(call: Call, place: Place, data: bytes | None) -> Sequence[Region] | None:
    """The breaks of a file with these bytes (unconverted, as on disk); None if they are not found in time."""
    text = None if data is None else place.recorded(data)
    return () if text is None else call.breaks.of_text(place, call.generation, text)


def _tell(call: Call, regions: Iterable[Region] | None, concerns: Callable[[Region], bool] = lambda _: True) -> Answer:
    """Report those of the regions that concern the agent and are new to it. `regions` is None if they were not found in time.

    Regions beyond `MOST_PLACES`, and those of files that are being written just now, are left out to be reported later.
    """
    if regions is None:
        call.recipient.leave_out()
        return NOTHING
    untold = _untold(call, filter(concerns, regions))
    new = _quiet(call, untold)
    _count_as_told(call, new)
    if _untold(call, untold):
        call.recipient.leave_out()
    return Answer(break_text(new, call.today), message=break_message(new, call.today)) if new else NOTHING


def _count_as_told(call: Call, regions: Sequence[Region]) -> None:
    """Count the first `MOST_PLACES` regions as told: one report names no more."""
    call.recipient.tell([fact for region in regions[:MOST_PLACES] for fact in (break_key(region), _fact(region))])


def _untold(call: Call, regions: Iterable[Region]) -> list[Region]:
    """The regions that this agent has not been told of."""
    return [region for region in regions if not call.recipient.knows([break_key(region)])]


def _quiet(call: Call, regions: Iterable[Region]) -> list[Region]:
    """The regions without those that somebody is writing just now (see `is_quiet`)."""
    now = call.project.context.clock.now()
    return [region for region in regions if is_quiet(region, now)]


def _is_news(call: Call, region: Region) -> bool:
    """Whether a break did not exist before the agent's first command and has not been reported since."""
    return not call.recipient.knows([_fact(region)])


def _fact(region: Region) -> str:
    """The key of the fact that this break is on disk here."""
    return f"break {break_key(region)}"


def _before_commands(call: Call) -> str:
    """The key of the fact that the breaks before the agent's first command were noted."""
    return f"breaks of {call.own.path}"
