"""What agents are told of merges that are clean and break the code: before they write such lines, and when others make them so."""

from collections.abc import Collection, Iterable, Sequence

from forksight.core.agents.break_wording import break_key, break_message, break_refusal, break_text
from forksight.core.agents.hook import NOTHING, Answer, BeforeEdit
from forksight.core.agents.proposed_text import proposed_text
from forksight.core.overlaps.overlap import Region
from forksight.core.overlaps.settle import is_quiet
from forksight.features.agents.call import Call
from forksight.features.overlaps.projects import Place


def before_edit(call: Call, place: Place, mode: BeforeEdit) -> Answer:
    """What is answered to an edit whose lines would break on what another worktree changed. What it takes away is told afterwards."""
    if mode is BeforeEdit.OFF:
        return NOTHING
    data = place.data()
    proposed = _breaks(call, place, proposed_text(call.hook.tool, call.hook.tool_input, data))
    own_breaks = _untold(call, [region for region in proposed if region.meaning and not region.meaning.changed_here])
    if own_breaks:
        there = {break_key(region) for region in _breaks(call, place, data)}
        own_breaks = [region for region in own_breaks if break_key(region) not in there]
    if not own_breaks:
        return NOTHING
    call.recipient.tell([fact for region in own_breaks for fact in (break_key(region), _fact(region))])
    message = break_message(own_breaks, call.today)
    if mode is BeforeEdit.TELL:
        return Answer(context=break_text(own_breaks, call.today), message=message)
    return Answer(refusal=break_refusal(own_breaks, call.today), message=message)


def in_file(call: Call, place: Place) -> Answer:
    """What is new of a file's breaks as it is on disk, after an agent has read or edited it."""
    return _tell(call, _breaks(call, place, place.data()))


def before_command(call: Call) -> None:
    """Breaks that are there before an agent's first command are no news of it."""
    if call.recipient.note([f"breaks of {call.own.path}"]):
        call.recipient.note([_fact(region) for region in call.breaks.on_disk(call.project, call.own.path)])


def after_command(call: Call) -> Answer:
    """The breaks that came with a command."""
    regions = call.breaks.on_disk(call.project, call.own.path)
    return _tell(call, [region for region in regions if not call.recipient.knows([_fact(region)])])


def in_files(call: Call, paths: Collection[str]) -> Answer:
    """What is new of the breaks in these files of the agent's worktree; of a file that is being written just now it comes later."""
    on_disk = call.breaks.on_disk(call.project, call.own.path) if paths else ()
    regions = [region for region in on_disk if region.path in paths]
    answer = _tell(call, regions)
    if any(not call.recipient.knows([break_key(region)]) for region in regions):
        call.recipient.keep_news()
    return answer


def _breaks(call: Call, place: Place, data: bytes | None) -> Sequence[Region]:
    text = None if data is None else place.recorded(data)
    return () if text is None else call.breaks.of_text(place, call.generation, text)


def _untold(call: Call, regions: Iterable[Region]) -> list[Region]:
    """The regions that this agent was not told of, without those of a file that is being written just now."""
    now = call.project.context.clock.now()
    return [region for region in regions if not call.recipient.knows([break_key(region)]) and is_quiet(region, now)]


def _tell(call: Call, regions: Iterable[Region]) -> Answer:
    new = _untold(call, regions)
    if not new:
        return NOTHING
    call.recipient.tell([fact for region in new for fact in (break_key(region), _fact(region))])
    return Answer(break_text(new, call.today), message=break_message(new, call.today))


def _fact(region: Region) -> str:
    """The key of the fact that this break is on disk here."""
    return f"break {break_key(region)}"
