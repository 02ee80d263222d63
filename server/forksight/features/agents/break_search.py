"""Merges that are clean and break the code, for hooks: found on a thread of their own, which goes on where that takes too long."""

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
        """`budget`: seconds that an answer may take; after that there is none yet."""
        self._budget = budget
        self._pool = ThreadPoolExecutor(1, "forksight-breaks")
        # By worktree and path; the pool's thread alone changes it.
        self._plans: dict[tuple[str, str], tuple[_State, SemanticPlan | None]] = {}
        self._warming: dict[str, Future[tuple[Region, ...]]] = {}
        self._unfinished: Future[tuple[Region, ...]] | None = None  # the last search that took too long

    def of_text(self, place: Place, generation: int, text: bytes) -> tuple[Region, ...] | None:
        """The breaks of a file whose text, as git would record it, is this; None if they are not found in time."""
        if not place.project.settings.semantic_in or language_of(place.path) is None:
            return ()
        if self._are_none(place, generation, text):
            return ()
        return self._in_time(lambda: self._of_text(place, generation, text))

    def on_disk(self, project: Project, worktree: str) -> tuple[Region, ...] | None:
        """All breaks of a worktree as it was last scanned; None if they are not found in time.

        While a search that took too long goes on no other one is waited for.
        """
        if not project.settings.semantic_in:
            return ()
        if self._unfinished and not self._unfinished.done():
            return None
        return self._in_time(lambda: _on_disk(project, worktree))

    def warm(self, project: Project, worktree: str) -> None:
        """Look at a worktree before it is asked about: the first look takes longest."""
        known = self._warming.get(worktree)
        if known is None or known.done():
            self._warming[worktree] = self._pool.submit(_on_disk, project, worktree)

    def get_ready(self, place: Place, generation: int) -> None:
        """Make the plan of a file, and check it as it is on disk, before it is asked for: that takes longer than the next check."""
        if place.project.settings.semantic_in and language_of(place.path) is not None:
            self._pool.submit(self._warm_plan, place, generation)

    def close(self) -> None:
        """Work no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_time(self, work: Callable[[], tuple[Region, ...]]) -> tuple[Region, ...] | None:
        """What is found; None if that takes too long: what is known by then makes the next search of the same quicker."""
        search = self._pool.submit(work)
        try:
            return search.result(self._budget)
        except TimeoutError:
            self._unfinished = search
            return None

    def _are_none(self, place: Place, generation: int, text: bytes) -> bool:
        """Whether it can be told at once, on the caller's thread, that this text has none."""
        state, plan = self._plans.get(_key(place), (None, None))
        if state != _state(place, generation):
            return False
        return plan is None or place.project.engine.breaks_nothing(plan, text)

    def _warm_plan(self, place: Place, generation: int) -> None:
        data = place.data()
        text = None if data is None else place.recorded(data)
        if text is not None:
            self._of_text(place, generation, text)

    def _of_text(self, place: Place, generation: int, text: bytes) -> tuple[Region, ...]:
        plan = self._plan(place, generation)
        report = place.project.engine.check_semantic(plan, text) if plan else None
        return report.regions if report else ()

    def _plan(self, place: Place, generation: int) -> "SemanticPlan | None":
        """The plan of a file, None if no other worktree can break it. On the pool's thread."""
        state, key = _state(place, generation), _key(place)
        known = self._plans.pop(key, None)
        if known is None or known[0] != state:
            known = state, place.project.engine.semantic_plan(*key, known[1] if known else None)
        self._plans[key] = known
        if len(self._plans) > _MOST:
            del self._plans[next(iter(self._plans))]
        return known[1]


def _key(place: Place) -> tuple[str, str]:
    return place.worktree.path, place.path


def _state(place: Place, generation: int) -> _State:
    return generation, frozenset(place.project.muted())


def _on_disk(project: Project, worktree: str) -> tuple[Region, ...]:
    return tuple(region for report in project.engine.semantic_report(worktree) for region in report.regions)
