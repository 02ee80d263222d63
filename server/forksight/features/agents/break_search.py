"""Merges that are clean and break the code, for hooks: found on a thread of their own, and left out where that takes too long."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from forksight.core.overlaps.overlap import Region
from forksight.core.syntax.language import language_of
from forksight.features.overlaps.projects import Place, Project

if TYPE_CHECKING:
    from forksight.features.overlaps.semantic.engine import SemanticPlan

_MOST = 40  # plans

_State = tuple[int, frozenset[str]]  # the project's generation, and the labels whose overlaps are ignored


class BreakSearch:
    """Finds what merging an agent's worktree breaks. For any thread."""

    def __init__(self, budget: float) -> None:
        """`budget`: seconds that an answer may take; after that there is none."""
        self._budget = budget
        self._pool = ThreadPoolExecutor(1, "forksight-breaks")
        self._plans: dict[tuple[str, str], tuple[_State, SemanticPlan | None]] = {}  # the pool's thread alone reads it
        self._warming: dict[str, Future[tuple[Region, ...]]] = {}

    def of_text(self, place: Place, generation: int, text: bytes) -> tuple[Region, ...]:
        """The breaks of a file whose text, as git would record it, is this."""
        if not place.project.settings.semantic_in or language_of(place.path) is None:
            return ()
        return self._in_time(lambda: self._of_text(place, generation, text))

    def on_disk(self, project: Project, worktree: str) -> tuple[Region, ...]:
        """All breaks of a worktree as it was last scanned."""
        return self._in_time(lambda: _on_disk(project, worktree)) if project.settings.semantic_in else ()

    def warm(self, project: Project, worktree: str) -> None:
        """Look at a worktree before it is asked about: the first look takes longest."""
        known = self._warming.get(worktree)
        if known is None or known.done():
            self._warming[worktree] = self._pool.submit(_on_disk, project, worktree)

    def get_ready(self, place: Place, generation: int) -> None:
        """Make the plan of a file before it is asked for: that takes longer than a check."""
        if place.project.settings.semantic_in and language_of(place.path) is not None:
            self._pool.submit(self._plan, place, generation)

    def close(self) -> None:
        """Work no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_time(self, work: Callable[[], tuple[Region, ...]]) -> tuple[Region, ...]:
        try:
            return self._pool.submit(work).result(self._budget)
        except TimeoutError:
            return ()

    def _of_text(self, place: Place, generation: int, text: bytes) -> tuple[Region, ...]:
        plan = self._plan(place, generation)
        report = place.project.engine.check_semantic(plan, text) if plan else None
        return report.regions if report else ()

    def _plan(self, place: Place, generation: int) -> "SemanticPlan | None":
        """The plan of a file, None if no other worktree can break it. On the pool's thread."""
        state, key = (generation, frozenset(place.project.muted())), (place.worktree.path, place.path)
        known = self._plans.pop(key, None)
        if known is None or known[0] != state:
            known = state, place.project.engine.semantic_plan(*key, known[1] if known else None)
        self._plans[key] = known
        if len(self._plans) > _MOST:
            del self._plans[next(iter(self._plans))]
        return known[1]


def _on_disk(project: Project, worktree: str) -> tuple[Region, ...]:
    return tuple(region for report in project.engine.semantic_report(worktree) for region in report.regions)
