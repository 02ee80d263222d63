"""What agents are told of merges that are clean and break the code: before they write such lines, and when others make them so."""

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
    """What is answered to an edit whose lines would break on what another worktree changed. What it takes away is told afterwards."""
    if mode is BeforeEdit.OFF:
        return NOTHING
    data = place.data()
    proposed = _breaks(call, place, proposed_text(call.hook.tool, call.hook.tool_input, data)) or ()
    own_breaks = [
        region
        for region in _quiet(call, proposed)
        if region.meaning and not region.meaning.changed_here and not call.passes([break_key(region)])
    ]
    there = _breaks(call, place, data) if own_breaks else ()
    if there is None:  # which of them are new is told after the edit
        return NOTHING
    known = set(map(break_key, there))
    own_breaks = [region for region in own_breaks if break_key(region) not in known]
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
    """What is new of a file's breaks as it is on disk, after an agent has read or edited it."""
    return _tell(call, _breaks(call, place, place.data()))


def before_command(call: Call) -> None:
    """Breaks that are there before an agent's first command, as far as they are found in time, are no news of it."""
    if call.recipient.note([_before_commands(call)]):
        call.recipient.note([_fact(region) for region in call.breaks.on_disk(call.project, call.own.path) or ()])


def after_command(call: Call) -> Answer:
    """The breaks that came with a command."""
    return _tell(call, call.breaks.on_disk(call.project, call.own.path), lambda region: _is_news(call, region))


def news(call: Call, paths: Collection[str]) -> Answer:
    """What is new of the breaks in these files of the agent's worktree; if an answer left something out, of its commands' too."""
    commands = call.recipient.behind and call.recipient.knows([_before_commands(call)])
    if not paths and not commands:
        return NOTHING
    regions = call.breaks.on_disk(call.project, call.own.path)
    return _tell(call, regions, lambda region: region.path in paths or (commands and _is_news(call, region)))


def _breaks(call: Call, place: Place, data: bytes | None) -> Sequence[Region] | None:
    """The breaks of a file with these bytes; None if they are not found in time."""
    text = None if data is None else place.recorded(data)
    return () if text is None else call.breaks.of_text(place, call.generation, text)


def _tell(call: Call, regions: Iterable[Region] | None, concerns: Callable[[Region], bool] = lambda _: True) -> Answer:
    """What is new of those of these that concern the agent; what is not found in time, is too much at once, or is being written
    just now, is left out."""
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
    """Those are told of these regions that an agent is told of at once."""
    call.recipient.tell([fact for region in regions[:MOST_PLACES] for fact in (break_key(region), _fact(region))])


def _untold(call: Call, regions: Iterable[Region]) -> list[Region]:
    """The regions that this agent was not told of."""
    return [region for region in regions if not call.recipient.knows([break_key(region)])]


def _quiet(call: Call, regions: Iterable[Region]) -> list[Region]:
    """The regions without those of a file that is being written just now."""
    now = call.project.context.clock.now()
    return [region for region in regions if is_quiet(region, now)]


def _is_news(call: Call, region: Region) -> bool:
    """Whether a break was neither there before the agent's commands nor told since."""
    return not call.recipient.knows([_fact(region)])


def _fact(region: Region) -> str:
    """The key of the fact that this break is on disk here."""
    return f"break {break_key(region)}"


def _before_commands(call: Call) -> str:
    """The key of the fact that the breaks are known that were there before the agent's first command."""
    return f"breaks of {call.own.path}"
