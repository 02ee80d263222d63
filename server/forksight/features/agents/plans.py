"""The plans to check files with, kept as long as nothing changes in the repository: making one takes longer than a hook should."""

import threading
from collections.abc import Collection
from dataclasses import dataclass

from forksight.core.overlaps.check import FilePlan
from forksight.features.overlaps.projects import Place

_MOST = 100  # plans

_State = tuple[int, Collection[str]]  # the project's generation, and the labels whose overlaps are ignored


@dataclass(frozen=True, slots=True)
class _Known:
    state: _State
    plan: FilePlan
    # Whether git's rename detection looks at the file's text: then the plan is fit for what is on disk alone.
    by_text: bool


class Plans:
    """Plans of files that agents work with. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, str], _Known] = {}

    def of(self, place: Place, generation: int) -> FilePlan | None:
        """The plan of a file; None if no other worktree changed it. `generation` counts what changed in its repository."""
        known = self._current(place, generation)
        return known.plan if known.by_text or any(opponent.changed for opponent in known.plan.opponents) else None

    def of_text(self, place: Place, generation: int, text: bytes) -> FilePlan:
        """The plan of a file for this text, as git would record it, which need not be what is on disk."""
        known = self._current(place, generation)
        if not known.by_text:
            return known.plan
        return place.project.engine.file_plan(place.worktree.path, place.path, lambda: text)

    def _current(self, place: Place, generation: int) -> _Known:
        state = generation, frozenset(place.project.muted())
        key = place.worktree.path, place.path
        known = self._plans.get(key)
        if known is None or known.state != state:
            asked: list[None] = []
            plan = place.project.engine.file_plan(*key, lambda: asked.append(None))
            if known is not None and known.plan == plan:
                plan = known.plan  # with what it remembers of the text: as a rule it was this file here that changed
            known = _Known(state, plan, by_text=bool(asked))
            with self._lock:
                self._plans.pop(key, None)
                self._plans[key] = known
                if len(self._plans) > _MOST:
                    del self._plans[next(iter(self._plans))]
        return known
