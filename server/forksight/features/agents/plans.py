"""The plans to check files with, kept as long as nothing changes in the repository: making one takes longer than a hook should."""

import threading
from collections.abc import Collection

from forksight.core.overlaps.check import FilePlan
from forksight.features.overlaps.projects import Place

_MOST = 100  # plans

_State = tuple[int, Collection[str]]  # the project's generation, and the labels whose overlaps are ignored


class Plans:
    """Plans of files that agents work with. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, str], tuple[_State, FilePlan]] = {}

    def of(self, place: Place, generation: int) -> FilePlan | None:
        """The plan of a file; None if no other worktree changed it. `generation` counts what changed in its repository."""
        state = generation, frozenset(place.project.muted())
        key = place.worktree.path, place.path
        known = self._plans.get(key)
        if known is None or known[0] != state:
            known = state, place.project.engine.file_plan(*key)
            with self._lock:
                self._plans.pop(key, None)
                self._plans[key] = known
                if len(self._plans) > _MOST:
                    del self._plans[next(iter(self._plans))]
        plan = known[1]
        return plan if any(opponent.changed for opponent in plan.opponents) else None
