"""After an agent's tool: what others changed of the files it has just seen, and the conflicts that it has made on disk."""

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
from forksight.features.agents.before_edit import conflict_fact, insistence
from forksight.features.agents.call import Call
from forksight.features.agents.recipients import MOST_FOUND
from forksight.features.overlaps.follow import Everything
from forksight.features.overlaps.projects import Place

_MOST_FILES = 20  # whose edits are looked at for one answer; of more an agent hears later
_LONGEST = 0.5  # seconds, for finding out in which worktrees the files of one call are

Snapshots = Mapping[str, Snapshot]  # by worktree


def after_read(call: Call) -> Answer:
    """What is new to an agent about the lines that it has read."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None or place.worktree.path != call.own.path:
        return NOTHING
    call.touch(place)
    broken = breaks.in_file(call, place)
    file = call.open(place)
    if file is None:
        return broken
    file.warm()
    start, count = (_number(call.hook.tool_input.get(name)) for name in ("offset", "limit"))
    first = max((start or 1) - 1, 0)
    edits = _tell_edits(call, seen(file.other_edits(), first, first + count if count else None))
    return joined([edits, broken])


def after_search(call: Call) -> Answer:
    """What is new about the files that a search has found lines in."""
    return _tell_edits(call, _seen_edits(call, _places(call, searched_files(call.hook))))


def after_edit(call: Call) -> Answer:
    """The conflicts and breaks that an edit has made."""
    path = edited_path(call.hook.tool_input)
    place = call.place(path) if path else None
    if place is None or place.worktree.path != call.own.path:
        return NOTHING
    file = call.open(place)
    conflicting = _tell_conflicts(call, file.conflicts(file.data)) if file is not None else NOTHING
    return joined([conflicting, breaks.in_file(call, place)])


def before_command(call: Call) -> Snapshots:
    """The other worktrees, to be compared after a command; conflicts that are there are no news of it.

    Those that have changed since they were scanned are left out: what the command adds to that could not be told.
    """
    if call.recipient.note([f"conflicts of {call.own.path}"]):
        call.recipient.note([conflict_fact(key) for _, keys in _conflicts_on_disk(call) for key in keys])
    breaks.before_command(call)
    unseen = call.project.follower.unseen()
    if Everything in unseen:
        return {}
    snapshots = {snapshot.worktree.path: snapshot for snapshot in call.project.engine.snapshots()}
    return {path: snapshot for path, snapshot in snapshots.items() if path != call.own.path and path not in unseen}


def after_command(call: Call, before: Snapshots, places: Sequence[Place]) -> Answer:
    """What a command has shown and done; `places` are `command_places`. On the project's follower: it looks at what has changed
    by now."""
    named = {place.worktree.path for place in places} - {call.own.path}
    call.project.follower.catch_up([call.own.path, *named])
    conflicts = _tell_conflicts(call, _conflicts_on_disk(call))
    outside = _changed_outside(call, named, before)
    there = [place for place in places if os.path.lexists(os.path.join(place.worktree.path, place.path))]
    shown = _tell_edits(call, _seen_edits(call, there))
    return joined([conflicts, breaks.after_command(call), outside, shown])


def command_places(call: Call) -> list[Place]:
    """The files and folders that a command names. Never on the follower: what is named may be on a disk that does not answer."""
    return _places(call, command_files(call.hook))


def news(call: Call) -> Answer:
    """What is new, since this agent was last told, in the files that its session works with, and what answers have left out."""
    if not call.recipient.is_news_of(call.generation):
        return NOTHING
    files = [path for worktree, path in call.recipients.files(call.hook) if worktree == call.own.path]
    places = _few(call, call.unheard(files))
    edits = {place: _other_edits(call, [place]) for place in places}
    stale = bool(call.project.follower.unseen() & {call.own.path, Everything})  # what is known of this worktree
    if stale:
        call.recipient.leave_out()
    conflicts = _tell_conflicts(call, _left_conflicts(call)) if call.recipient.behind and not stale else NOTHING
    told = _tell_edits(call, [edit for found in edits.values() for edit in found], wording.news_text)
    call.tells_all([place for place in places if call.recipient.knows([edit.key for edit in edits[place]])])
    return joined([conflicts, told, NOTHING if stale else breaks.news(call, set(files))])


def note_seen(call: Call, places: Sequence[Place]) -> None:
    """The session has seen these files: with the first ones it works, and of all it hears."""
    for place in places[:_MOST_FILES]:
        call.touch(place)
    call.find(places[_MOST_FILES:])


def searched_files(hook: Hook) -> list[str]:
    """The files that a search has found lines in, and where it has looked; as it says."""
    named = hook.tool_response.get("filenames")
    paths = [path for path in named if isinstance(path, str)] if isinstance(named, list) else []
    own = edited_path({"file_path": hook.tool_input.get("path")})
    return [*([own] if own else []), *paths]


def command_files(hook: Hook) -> Iterator[str]:
    """The existing files and folders that a command names, relative to where it runs or to a folder that it names.

    Of an absolute path the folder is enough: the command may have removed the file.
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
    """What is new of these; of more places than an agent is told of at once, the others are left out."""
    new = [edit for edit in edits if not call.recipient.knows([edit.key])]
    places = by_place(new)
    if len(places) > wording.MOST_PLACES:
        call.recipient.leave_out()
    if not call.recipient.tell([edit.key for place in places[: wording.MOST_PLACES] for edit in place]):
        return NOTHING
    today, workers = call.today, call.workers()
    return Answer(text(new, today, workers), message=wording.message(new, today, workers))


def _tell_conflicts(call: Call, conflicts: Iterable[tuple[Region, frozenset[str]]]) -> Answer:
    """What is new of these; of more than an agent is told of at once, the others are left out."""
    new: list[tuple[Region, bool]] = []
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
    """The conflicts on disk that may have come with a command or an edit of this agent."""
    edited = f"conflicts of {call.own.path}"
    return [
        (region, keys)
        for region, keys in _conflicts_on_disk(call)
        if call.recipient.knows([edited]) or call.recipient.knows([f"{edited}/{region.path}"])
    ]


def _conflicts_on_disk(call: Call) -> list[tuple[Region, frozenset[str]]]:
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
    """What others changed of the files among these that are the agent's own: its session works with them from now on."""
    own = [place for place in places if place.worktree.path == call.own.path]
    note_seen(call, own)
    return _other_edits(call, _few(call, call.unheard([place.path for place in own])))


def _few(call: Call, places: Sequence[Place]) -> Sequence[Place]:
    """As many of these as can be looked at for one answer; the others are left out."""
    if len(places) > _MOST_FILES:
        call.recipient.leave_out()
    return places[:_MOST_FILES]


def _other_edits(call: Call, places: Iterable[Place]) -> list[OtherEdit]:
    files = [call.open(place) for place in places]
    return [edit for file in files if file for edit in file.other_edits()]


def _changed_outside(call: Call, named: Collection[str], before: Snapshots) -> Answer:
    """What changed during a command in worktrees that nobody else is known to work in; `named` are those that it names."""
    changed = [
        (snapshot.worktree, contents)
        for snapshot in call.project.engine.snapshots()
        if (old := before.get(snapshot.worktree.path)) and (contents := _changed_contents(old, snapshot))
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
    """The paths whose content on disk is another now, with its object id, or "deleted", or "as committed".

    Nothing where HEAD is another: what went into a commit, or came with a branch, is no file that was written.
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
    """The places of paths, each once, of no more of them than are remembered, and than can be looked up in time."""
    until = time.monotonic() + _LONGEST
    places: dict[tuple[str, str], Place] = {}
    for path in islice(paths, MOST_FOUND):
        place = call.place(path)
        if place is not None:
            places[place.worktree.path, place.path] = place
        if time.monotonic() > until:
            break
    return list(places.values())


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
