"""Before an agent edits: a text that would conflict or break, or a file outside its own worktree, is refused once.

The same call then passes: the agent has read why, and decides.
"""

import os

from forksight.core.agents import wording
from forksight.core.agents.hook import NOTHING, Answer, BeforeEdit, joined
from forksight.core.agents.other_edits import OtherEdit, by_place
from forksight.core.agents.proposed_text import edited_path, proposed_text
from forksight.core.overlaps.overlap import Region
from forksight.features.agents import breaks
from forksight.features.agents.call import Call, File
from forksight.features.overlaps.projects import Place


def before_edit(call: Call, mode: BeforeEdit) -> Answer:
    """What is answered to Edit, Write and NotebookEdit before they run."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None:
        return NOTHING
    if place.worktree.path != call.own.path:
        return _outside(call, place, mode) if mode is not BeforeEdit.OFF else NOTHING
    call.touch(place)
    file = call.open(place)
    conflicting = _conflicting(call, file, mode) if file else NOTHING
    return conflicting if conflicting.refusal else joined([conflicting, breaks.before_edit(call, place, mode)])


def _conflicting(call: Call, file: File, mode: BeforeEdit) -> Answer:
    recipient = call.recipient
    if recipient.note(
        [f"conflicts of {file.place.worktree.path}/{file.place.path}"]
    ):  # those are no news after the edit
        recipient.note([conflict_fact(key) for _, keys in file.conflicts(file.data) for key in keys])
    if mode is BeforeEdit.OFF:
        return NOTHING
    conflicts = file.conflicts(proposed_text(call.hook.tool, call.hook.tool_input, file.data))
    untold = [(region, keys) for region, keys in conflicts if not call.passes(keys)]
    there = {key for _, keys in file.conflicts(file.data) for key in keys} if untold else set()
    new_conflicts = [(region, keys) for region, keys in untold if not keys <= there]
    if not new_conflicts:
        return NOTHING
    edits, today, workers = _edits(file, new_conflicts), call.today, call.workers()
    left_out = {edit.key for place in by_place(edits)[wording.MOST_PLACES :] for edit in place}
    named = frozenset[str]().union(*(keys for _, keys in new_conflicts)) - left_out
    recipient.tell([*named, *map(conflict_fact, named), *map(call.refusal, left_out)])
    message = wording.message(edits, today, workers)
    if mode is BeforeEdit.TELL:
        return Answer(context=wording.seen_text(edits, today, workers), message=message)
    return Answer(refusal=wording.refusal_text(edits, today, workers), message=message)


def conflict_fact(key: str) -> str:
    """The key of the fact that an edit of others conflicts with what is on disk here."""
    return f"conflict {key}"


def insistence(worktree: str) -> str:
    """The key of the fact that an agent means another worktree when it names that."""
    return f"insists on {worktree}"


def _edits(file: File, conflicts: list[tuple[Region, frozenset[str]]]) -> list[OtherEdit]:
    """The edits of others that these conflicts are made of, in the lines of the file as it is."""
    edit_keys = frozenset[str]().union(*(keys for _, keys in conflicts))
    edits = [edit for edit in file.other_edits() if edit.key in edit_keys]
    named = {edit.key for edit in edits}
    lost = [(region, keys) for region, keys in conflicts if not keys & named]  # of which the same is here so far
    return edits + [
        OtherEdit(region.path, region.lines, region.others, region.theirs, min(keys)) for region, keys in lost
    ]


def _outside(call: Call, place: Place, mode: BeforeEdit) -> Answer:
    recipient, there = call.recipient, place.worktree
    if recipient.knows([insistence(there.path)]):
        return NOTHING
    if not recipient.tell([f"outside {there.path}/{place.path}"]):
        recipient.note([insistence(there.path)])  # it was refused, and repeats: it means that worktree
        return NOTHING
    path, own_path = f"{there.path}/{place.path}", f"{call.own.path}/{place.path}"
    message = wording.outside_message(path, there, call.own, refused=mode is not BeforeEdit.TELL)
    if mode is BeforeEdit.TELL:
        return Answer(context=wording.outside_context(path, own_path, there, call.own), message=message)
    exists = os.path.lexists(own_path)
    return Answer(refusal=wording.outside_text(path, own_path, there, call.own, there=exists), message=message)
