"""Answers the hook before an agent's edit: refuses once what would conflict, break, or change a file outside of its worktree.

The same call passes the second time: the agent has read the reason, and has decided.
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
    """The answer before Edit, Write or NotebookEdit runs."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None:
        return NOTHING
    if place.worktree.path != call.own.path:
        return _outside(call, place, mode) if mode is not BeforeEdit.OFF else NOTHING
    call.touch(place)
    file = call.open(place)
    conflict_answer = _conflicting(call, file, mode) if file else NOTHING
    if conflict_answer.refusal:
        return conflict_answer
    return joined([conflict_answer, breaks.before_edit(call, place, mode)])


def _conflicting(call: Call, file: File, mode: BeforeEdit) -> Answer:
    """Refuse or report the conflicts that the proposed text has and the text on disk has not."""
    recipient = call.recipient
    # Before the first edit of a file, its conflicts are noted, so that they are not attributed to the edit.
    if recipient.note([changed_by_agent(*file.place.key)]):
        recipient.note([conflict_fact(key) for _, keys in file.conflicts(file.data) for key in keys])
    if mode is BeforeEdit.OFF:
        return NOTHING
    conflicts = file.conflicts(proposed_text(call.hook.tool, call.hook.tool_input, file.data))
    untold = [(region, keys) for region, keys in conflicts if not call.passes(keys)]
    keys_on_disk = {key for _, keys in file.conflicts(file.data) for key in keys} if untold else set()
    new_conflicts = [(region, keys) for region, keys in untold if not keys <= keys_on_disk]
    if not new_conflicts:
        return NOTHING
    edits, today, workers = _edits(file, new_conflicts), call.today, call.workers()
    left_out = {edit.key for group in by_place(edits)[wording.MOST_PLACES :] for edit in group}
    reported = frozenset[str]().union(*(keys for _, keys in new_conflicts)) - left_out
    recipient.tell([*reported, *map(conflict_fact, reported), *map(call.refusal, left_out)])
    message = wording.message(edits, today, workers)
    if mode is BeforeEdit.TELL:
        return Answer(context=wording.seen_text(edits, today, workers), message=message)
    return Answer(refusal=wording.refusal_text(edits, today, workers), message=message)


def changed_by_agent(worktree: str, path: str | None = None) -> str:
    """The key of the fact that an agent edited a file of its worktree or, without `path`, ran a command there.

    Conflicts in that file, or in any file, may be the agent's from then on.
    """
    return f"conflicts of {worktree}" if path is None else f"conflicts of {worktree}/{path}"


def conflict_fact(key: str) -> str:
    """The key of the fact that the other side's edit with this key conflicts with the text on disk here."""
    return f"conflict {key}"


def insistence(worktree: str) -> str:
    """The key of the fact that an agent edits this other worktree on purpose: it repeated a refused edit."""
    return f"insists on {worktree}"


def _edits(file: File, conflicts: list[tuple[Region, frozenset[str]]]) -> list[OtherEdit]:
    """The other sides' edits in these conflicts, with line numbers of the file on disk.

    An edit that the file on disk has too is missing among its `other_edits`: then the conflict's region stands for it.
    """
    edit_keys = frozenset[str]().union(*(keys for _, keys in conflicts))
    edits = [edit for edit in file.other_edits() if edit.key in edit_keys]
    listed = {edit.key for edit in edits}
    unlisted = [(region, keys) for region, keys in conflicts if not keys & listed]
    return edits + [
        OtherEdit(region.path, region.lines, region.others, region.theirs, min(keys)) for region, keys in unlisted
    ]


def _outside(call: Call, place: Place, mode: BeforeEdit) -> Answer:
    """Refuse or report an edit of another worktree's file, unless the agent repeats it."""
    recipient, other = call.recipient, place.worktree
    if recipient.knows([insistence(other.path)]):
        return NOTHING
    if not recipient.tell([f"outside {other.path}/{place.path}"]):
        recipient.note([insistence(other.path)])  # the agent repeats a refused edit: it means that worktree
        return NOTHING
    path, own_path = f"{other.path}/{place.path}", f"{call.own.path}/{place.path}"
    message = wording.outside_message(path, other, call.own, refused=mode is not BeforeEdit.TELL)
    if mode is BeforeEdit.TELL:
        return Answer(context=wording.outside_context(path, own_path, other, call.own), message=message)
    exists = os.path.lexists(own_path)
    return Answer(refusal=wording.outside_text(path, own_path, other, call.own, there=exists), message=message)
