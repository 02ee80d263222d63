"""Answers the hooks after an agent's tools: reports what other worktrees changed in the files that it read, and conflicts of its edits.

Everything is reported once per agent (see `recipients`). What does not fit in an answer, or is not known in time, is left out and
reported by a later one.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from forksight.core.agents import wording
from forksight.core.agents.command_paths import command_words
from forksight.core.agents.hook import NOTHING, Answer, Hook, joined
from forksight.core.agents.other_edits import OtherEdit, by_place, conflict_keys, seen
from forksight.core.agents.proposed_text import edited_path
from forksight.core.git.snapshot import Snapshot
from forksight.core.overlaps.overlap import Region
from forksight.features.agents import breaks
from forksight.features.agents.before_edit import changed_by_agent, conflict_fact, insistence
from forksight.features.agents.call import Call
from forksight.features.agents.recipients import MOST_FOUND
from forksight.features.overlaps.follow import Everything
from forksight.features.overlaps.projects import Place

_MOST_FILES = 20  # files that are compared for one answer; the others are left to later answers
_LONGEST = 0.5  # seconds for finding the worktrees of the paths of one call

Snapshots = Mapping[str, Snapshot]  # by the worktree's path


def after_read(call: Call) -> Answer:
    """After Read: the other worktrees' changes of the lines that were read, and the file's breaks."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None or place.worktree.path != call.own.path:
        return NOTHING
    call.touch(place)
    break_answer = breaks.in_file(call, place)
    file = call.open(place)
    if file is None:
        return break_answer
    file.warm()
    start, count = (_number(call.hook.tool_input.get(name)) for name in ("offset", "limit"))
    first = max((start or 1) - 1, 0)
    edit_answer = _tell_edits(call, seen(file.other_edits(), first, first + count if count else None))
    return joined([edit_answer, break_answer])


def after_search(call: Call) -> Answer:
    """After Grep or Glob: the other worktrees' changes of the files that were found."""
    return _tell_edits(call, _seen_edits(call, _places(call, searched_files(call.hook))))


def after_edit(call: Call) -> Answer:
    """After Edit, Write or NotebookEdit: the conflicts and breaks that the edit made."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None or place.worktree.path != call.own.path:
        return NOTHING
    file = call.open(place)
    conflicting = _tell_conflicts(call, file.conflicts(file.data)) if file is not None else NOTHING
    return joined([conflicting, breaks.in_file(call, place)])


def before_command(call: Call) -> Snapshots:
    """Before Bash: the other worktrees' snapshots, to be compared with those after the command.

    Worktrees that changed since their last scan are left out: their changes could not be told from the command's. Before an agent's
    first command, the conflicts on disk are noted, so that they are not attributed to a command.
    """
    if call.recipient.note([changed_by_agent(call.own.path)]):
        call.recipient.note([conflict_fact(key) for _, keys in _conflicts_on_disk(call) for key in keys])
    breaks.before_command(call)
    unscanned = call.project.follower.unseen()
    if Everything in unscanned:
        return {}
    snapshots = {snapshot.worktree.path: snapshot for snapshot in call.project.engine.snapshots()}
    return {path: snapshot for path, snapshot in snapshots.items() if path != call.own.path and path not in unscanned}


def after_command(call: Call, before: Snapshots, places: Sequence[Place]) -> Answer:
    """After Bash: conflicts and breaks that it made, its changes in other worktrees, and others' changes of the files that it names.

    `before` is the result of `before_command`, `places` that of `command_places`. Runs on the follower's thread, and first scans what
    changed.
    """
    named = {place.worktree.path for place in places} - {call.own.path}
    call.project.follower.catch_up([call.own.path, *named])
    conflicts = _tell_conflicts(call, _conflicts_on_disk(call))
    outside = _changed_outside(call, named, before)
    existing = [place for place in places if os.path.lexists(os.path.join(place.worktree.path, place.path))]
    edits = _tell_edits(call, _seen_edits(call, existing))
    return joined([conflicts, breaks.after_command(call), outside, edits])


def command_places(call: Call) -> list[Place]:
    """The files and folders that a command names. Not for the follower's thread: a path may be on a disk that does not answer."""
    return _places(call, command_files(call.hook))


def news(call: Call) -> Answer:
    """What changed, since this agent's last report, in the files that its session works with, and what earlier answers left out."""
    if not call.recipient.is_news_of(call.generation):
        return NOTHING
    files = [path for worktree, path in call.recipients.files(call.hook) if worktree == call.own.path]
    places = _few(call, call.unheard(files))
    edits = {place: _other_edits(call, [place]) for place in places}
    # Whether this worktree changed since its last scan.
    stale = bool(call.project.follower.unseen() & {call.own.path, Everything})
    if stale:
        call.recipient.leave_out()
    conflicts = _tell_conflicts(call, _left_conflicts(call)) if call.recipient.behind and not stale else NOTHING
    edit_answer = _tell_edits(call, [edit for of_file in edits.values() for edit in of_file], wording.news_text)
    call.tells_all([place for place in places if call.recipient.knows([edit.key for edit in edits[place]])])
    return joined([conflicts, edit_answer, NOTHING if stale else breaks.news(call, set(files))])


def note_seen(call: Call, places: Sequence[Place]) -> None:
    """Record that the session saw these files: the first `_MOST_FILES` as files that it works with, the others as found."""
    for place in places[:_MOST_FILES]:
        call.touch(place)
    call.find(places[_MOST_FILES:])


def searched_files(hook: Hook) -> list[str]:
    """The path that a search was limited to, if any, and the files that it found, as in its input and output."""
    filenames = hook.tool_response.get("filenames")
    paths = [path for path in filenames if isinstance(path, str)] if isinstance(filenames, list) else []
    searched = edited_path({"file_path": hook.tool_input.get("path")})
    return [*([searched] if searched else []), *paths]


def command_files(hook: Hook) -> Iterator[str]:
    """The existing files and folders that a command names, relative to its directory or to one of the first three folders it names.

    An absolute path counts if its folder exists, since the command may have deleted the file.
    """
    command = hook.tool_input.get("command")
    words = command_words(command) if isinstance(command, str) else ()
    folders = [folder for word in words if os.path.isdir(folder := os.path.join(hook.cwd, word))]
    for word in words:
        for folder in (hook.cwd, *folders[:3]):
            path = os.path.join(folder, word)
            if os.path.exists(path) or (path == word and os.path.isdir(os.path.dirname(path))):
                yield path


def _tell_edits(call: Call, edits: Sequence[OtherEdit], text: Callable[..., str] = wording.seen_text) -> Answer:
    """Report the edits that this agent does not know yet. Those beyond `wording.MOST_PLACES` places are left out."""
    new = [edit for edit in edits if not call.recipient.knows([edit.key])]
    groups = by_place(new)
    if len(groups) > wording.MOST_PLACES:
        call.recipient.leave_out()
    if not call.recipient.tell([edit.key for group in groups[: wording.MOST_PLACES] for edit in group]):
        return NOTHING
    today, workers = call.today, call.workers()
    return Answer(text(new, today, workers), message=wording.message(new, today, workers))


def _tell_conflicts(call: Call, conflicts: Iterable[tuple[Region, frozenset[str]]]) -> Answer:
    """Report the conflicts that this agent does not know yet, with the keys of their edits. Those beyond `MOST_PLACES` are left out."""
    new: list[tuple[Region, bool]] = []  # and whether the other side's edits are new to the agent, too
    for region, keys in conflicts:
        facts = [conflict_fact(key) for key in keys]
        if call.recipient.knows(facts):
            continue
        if len(new) >= wording.MOST_PLACES:
            call.recipient.leave_out()
            new.append((region, False))
        elif call.recipient.tell(facts):
            new.append((region, call.recipient.tell(keys)))
    return Answer(wording.conflict_text(new, call.today, call.workers())) if new else NOTHING


def _left_conflicts(call: Call) -> list[tuple[Region, frozenset[str]]]:
    """The conflicts on disk that a command or an edit of this agent may have made."""
    return [
        (region, keys)
        for region, keys in _conflicts_on_disk(call)
        if call.recipient.knows([changed_by_agent(call.own.path)])
        or call.recipient.knows([changed_by_agent(call.own.path, region.path)])
    ]


def _conflicts_on_disk(call: Call) -> list[tuple[Region, frozenset[str]]]:
    """The conflicts of the agent's worktree as last scanned, each with the keys of the other sides' edits."""
    engine = call.project.engine
    reports = [
        report for report in engine.report(call.own.path) if any(region.kind.stops_merge for region in report.regions)
    ]
    return [
        conflict
        for report in reports
        for conflict in conflict_keys(engine.file_plan(call.own.path, report.path), report)
    ]


def _seen_edits(call: Call, places: Iterable[Place]) -> list[OtherEdit]:
    """The others' changes of those of these files that are in the agent's worktree. The session works with them from now on."""
    own = [place for place in places if place.worktree.path == call.own.path]
    note_seen(call, own)
    return _other_edits(call, _few(call, call.unheard([place.path for place in own])))


def _few(call: Call, places: Sequence[Place]) -> Sequence[Place]:
    """The first `_MOST_FILES` of these; the others are left out."""
    if len(places) > _MOST_FILES:
        call.recipient.leave_out()
    return places[:_MOST_FILES]


def _other_edits(call: Call, places: Iterable[Place]) -> list[OtherEdit]:
    files = [call.open(place) for place in places]
    return [edit for file in files if file for edit in file.other_edits()]


def _changed_outside(call: Call, named: Collection[str], before: Snapshots) -> Answer:
    """Report what changed during a command in worktrees without another session. `named` are the worktrees' paths that it names."""
    changed = [
        (after.worktree, contents)
        for after in call.project.engine.snapshots()
        if (old := before.get(after.worktree.path)) and (contents := _changed_contents(old, after))
    ]
    busy = call.recipients.others_homes(call.hook).union(call.workers()) if changed else set()
    sentences = [
        wording.changed_outside(sorted(contents), worktree, call.own, named=worktree.path in named)
        for worktree, contents in changed
        if worktree.path not in busy
        and not call.recipient.knows([insistence(worktree.path)])
        and call.recipient.tell([f"changed {worktree.path}/{path} {content}" for path, content in contents.items()])
    ]
    return Answer("\n".join(sentences), message=" ".join(sentences))


def _changed_contents(old: Snapshot, new: Snapshot) -> dict[str, str]:
    """Maps each path whose content on disk changed to its object id, "deleted" or "as committed".

    Empty if HEAD changed: then a commit or a checkout may have changed them, rather than a write.
    """
    if old is new or old.worktree.head != new.worktree.head:
        return {}
    contents: dict[str, str] = {}
    for path in {*old.changes, *new.changes}:
        change = new.changes.get(path)
        if change != old.changes.get(path):
            contents[path] = "as committed" if change is None else change.new.oid if change.new else "deleted"
    return contents


def _places(call: Call, paths: Iterable[str]) -> list[Place]:
    """The distinct files at these paths: of the first `MOST_FOUND`, as many as are located within `_LONGEST`."""
    until = time.monotonic() + _LONGEST
    places: dict[tuple[str, str], Place] = {}
    for path in islice(paths, MOST_FOUND):
        place = call.place(path)
        if place is not None:
            places[place.key] = place
        if time.monotonic() > until:
            break
    return list(places.values())


def _number(value: object) -> int | None:
    """A positive integer of a tool's input; None for anything else."""
    return value if isinstance(value, int) and value > 0 else None
