"""Caches the plans to check files with until the repository changes: making one takes longer than a hook should."""

import threading
from collections.abc import Collection
from dataclasses import dataclass

from forksight.core.overlaps.check import FilePlan
from forksight.features.overlaps.projects import Place

_MOST = 100  # plans that are cached

_State = tuple[int, Collection[str]]  # the project's generation, and the labels whose overlaps are ignored


@dataclass(frozen=True, slots=True)
class _Cached:
    state: _State
    plan: FilePlan
    # Whether making it read the file's text, for git's rename detection: then it holds for the text on disk only.
    by_text: bool


class Plans:
    """The cache. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, str], _Cached] = {}  # by worktree and path

    def of(self, place: Place, generation: int) -> FilePlan | None:
        """The plan of a file; None if no other worktree changed it. `generation` counts what changed in its repository."""
        cached = self._current(place, generation)
        is_changed = any(opponent.changed for opponent in cached.plan.opponents)
        return cached.plan if cached.by_text or is_changed else None

    def of_text(self, place: Place, generation: int, text: bytes) -> FilePlan:
        """The plan of a file for a text (as git would record it), which need not be the one on disk."""
        cached = self._current(place, generation)
        if not cached.by_text:
            return cached.plan
        return place.project.engine.file_plan(*place.key, lambda: text)

    def _current(self, place: Place, generation: int) -> _Cached:
        """The plan for the text on disk in this generation, from the cache or made now."""
        state = generation, frozenset(place.project.muted())
        cached = self._plans.get(place.key)
        if cached is None or cached.state != state:
            reads: list[None] = []  # one for each time that the text was read
            plan = place.project.engine.file_plan(*place.key, lambda: reads.append(None))
            if cached is not None and cached.plan == plan:
                plan = cached.plan  # an equal plan, which remembers the last check of this text
            cached = _Cached(state, plan, by_text=bool(reads))
            with self._lock:
                self._plans.pop(place.key, None)
                self._plans[place.key] = cached
                if len(self._plans) > _MOST:
                    del self._plans[next(iter(self._plans))]
        return cached
