"""One call of a hook: the calling agent, its worktree, and the files that it concerns, as the overlap engine sees them."""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

from forksight.core.agents.hook import Hook, can_be_path
from forksight.core.agents.other_edits import OtherEdit, conflict_keys, other_edits
from forksight.core.git.snapshot import Worktree
from forksight.core.merge.diff import split_lines
from forksight.core.overlaps.check import FilePlan, check_text
from forksight.core.overlaps.overlap import Region
from forksight.core.sessions.session import LiveProcess
from forksight.features.agents.break_search import BreakSearch
from forksight.features.agents.plans import Plans
from forksight.features.agents.recipients import Recipients, Telling
from forksight.features.overlaps.projects import Place, Project
from forksight.features.sessions.at_work import at_work


@dataclass(frozen=True)
class Call:
    """One call of a hook by an agent that works in a repository."""

    hook: Hook
    project: Project
    own: Worktree  # in which the agent works
    recipients: Recipients
    plans: Plans
    breaks: BreakSearch
    generation: int  # of the project: counts its changes
    recipient: Telling  # what the calling agent was told before, and what this answer tells it

    @property
    def today(self) -> datetime:
        """The local time now."""
        return datetime.now().astimezone()

    def place(self, path: str) -> Place | None:
        """The worktree and relative path of a path (absolute, or relative to the agent's directory); None outside of all worktrees."""
        if not can_be_path(path):
            return None
        real = self.project.context.files.resolve(os.path.join(self.hook.cwd, path))
        worktree = self.project.worktree(real)
        return Place(self.project, worktree, os.path.relpath(real, worktree.path)) if worktree else None

    def open(self, place: Place) -> "File | None":
        """The file at a place; None if no other worktree changed it."""
        plan = self.plans.of(place, self.generation)
        return file_at(place, plan, lambda text: self.plans.of_text(place, self.generation, text)) if plan else None

    def refusal(self, key: str) -> str:
        """The key of the fact that a call with this input was refused because of `key`, which the refusal did not name."""
        return f"refused {self._tool_input} {key}"

    def passes(self, keys: Collection[str]) -> bool:
        """Whether the agent was told of each of these keys, or a call with this input was refused because of it: then this one passes."""
        knows = self.recipient.knows
        return knows(keys) or all(knows([key]) or knows([self.refusal(key)]) for key in keys)

    @cached_property
    def _tool_input(self) -> str:
        """A hash of the tool's input."""
        return blake2b(json.dumps(self.hook.tool_input, sort_keys=True).encode(), digest_size=12).hexdigest()

    def touch(self, place: Place) -> None:
        """Record that the session works with this file."""
        self.recipients.touch(self.hook, place.key)

    def find(self, places: Collection[Place]) -> None:
        """Record that the session was shown these files among many: later answers report their changes."""
        self.recipients.find(self.hook, [place.key for place in places])

    def unheard(self, paths: Collection[str]) -> list[Place]:
        """Those files at these paths of the agent's worktree that others may have changed and not all of whose changes were reported."""
        edited = self.project.engine.edited_elsewhere(self.own.path, paths)
        places = [Place(self.project, self.own, path) for path in edited]
        return [place for place in places if not self.recipient.has_heard_all(place.key, self.generation)]

    def tells_all(self, places: Collection[Place]) -> None:
        """Record that with this answer all changes of these files are reported, as of this generation."""
        self.recipient.tells_all([place.key for place in places], self.generation)

    def workers(self) -> Mapping[str, Sequence[LiveProcess]]:
        """Maps each worktree's path to the other live sessions in it."""
        context = self.project.context
        processes = [process for process in context.sessions.live()[0] if process.session != self.hook.session]
        return at_work(context, [worktree.path for worktree in self.project.engine.worktrees()], processes)


@dataclass(frozen=True)
class File:
    """A file of the agent's worktree, with the plan to compare it with the other worktrees'."""

    place: Place
    plan: FilePlan
    data: bytes | None  # on disk; None if there is no such file
    plan_of: Callable[[bytes], FilePlan]  # the plan for another text, as git would record it

    def conflicts(self, data: bytes | None) -> list[tuple[Region, frozenset[str]]]:
        """Where a merge would stop if the file had these bytes, with the keys of the other sides' edits.

        Empty if only a filter program could say what git would record.
        """
        recorded = None if data is None else self.place.recorded(data)
        if recorded is None:
            return []
        plan = self.plan_of(recorded)
        return conflict_keys(plan, check_text(plan, recorded))

    def warm(self) -> None:
        """Check the text on disk, which makes the next check, of nearly the same text, faster."""
        recorded = None if self.data is None else self.place.recorded(self.data)
        if recorded is not None:
            check_text(self.plan, recorded)

    def other_edits(self) -> tuple[OtherEdit, ...]:
        """The other worktrees' changes of this file, with line numbers of the text on disk."""
        recorded = self.place.recorded(self.data or b"")
        return () if recorded is None else other_edits(self.plan, split_lines(recorded))


def file_at(place: Place, plan: FilePlan, plan_of: Callable[[bytes], FilePlan] | None = None) -> File:
    """The file at a place. `plan` is for its text on disk, `plan_of` makes the plan for another text (None: `plan` is used)."""
    place.project.repository.prepare_conversion(place.worktree, [place.path])
    return File(place, plan, place.data(), plan_of or (lambda _: plan))
