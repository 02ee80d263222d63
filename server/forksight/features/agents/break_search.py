"""Searches for semantic breaks on a thread of its own, so that hooks wait for a bounded time; a longer search goes on in the background."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from forksight.core.overlaps.overlap import Region
from forksight.core.syntax.language import language_of
from forksight.features.overlaps.projects import Place, Project

if TYPE_CHECKING:
    from forksight.features.overlaps.semantic.engine import SemanticPlan

_MOST = 40  # plans that are cached

_State = tuple[int, frozenset[str]]  # the project's generation, and the labels whose overlaps are ignored


class BreakSearch:
    """Finds what merging an agent's worktree would break. Its methods may be called from any thread."""

    def __init__(self, budget: float) -> None:
        """`budget` is how many seconds a caller waits for a search at most."""
        self._budget = budget
        self._pool = ThreadPoolExecutor(1, "forksight-breaks")
        # By worktree and path. Only the pool's thread changes it.
        self._plans: dict[tuple[str, str], tuple[_State, SemanticPlan | None]] = {}
        self._warming: dict[str, Future[tuple[Region, ...]]] = {}  # by worktree
        self._unfinished: Future[tuple[Region, ...]] | None = None  # the last search that took too long

    def of_text(self, place: Place, generation: int, text: bytes) -> tuple[Region, ...] | None:
        """The breaks of a file with this text (as git would record it); None if the search takes longer than the budget."""
        if not place.project.settings.semantic_in or language_of(place.path) is None:
            return ()
        if self._breaks_nothing(place, generation, text):
            return ()
        return self._in_time(lambda: self._of_text(place, generation, text))

    def on_disk(self, project: Project, worktree: str) -> tuple[Region, ...] | None:
        """All breaks of a worktree as last scanned; None if the search takes longer than the budget, or an earlier one still runs."""
        if not project.settings.semantic_in:
            return ()
        if self._unfinished and not self._unfinished.done():
            return None
        return self._in_time(lambda: _on_disk(project, worktree))

    def warm(self, project: Project, worktree: str) -> None:
        """Search a worktree in the background: the first search takes longest, and makes later ones fast."""
        search = self._warming.get(worktree)
        if search is None or search.done():
            self._warming[worktree] = self._pool.submit(_on_disk, project, worktree)

    def get_ready(self, place: Place, generation: int) -> None:
        """Make a file's plan and check its text on disk in the background, which makes the next check of that file fast."""
        if place.project.settings.semantic_in and language_of(place.path) is not None:
            self._pool.submit(self._warm_plan, place, generation)

    def close(self) -> None:
        """Stop the thread after the search under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_time(self, work: Callable[[], tuple[Region, ...]]) -> tuple[Region, ...] | None:
        """The result of `work` on the pool's thread; None after the budget. The work then goes on, and what it caches speeds up the next."""
        search = self._pool.submit(work)
        try:
            return search.result(self._budget)
        except TimeoutError:
            self._unfinished = search
            return None

    def _breaks_nothing(self, place: Place, generation: int, text: bytes) -> bool:
        """Whether a cached plan shows, on the caller's thread, that this text has no breaks."""
        state, plan = self._plans.get(place.key, (None, None))
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
        """The plan of a file; None if no other worktree can break it. Runs on the pool's thread."""
        state, key = _state(place, generation), place.key
        cached = self._plans.pop(key, None)
        if cached is None or cached[0] != state:
            cached = state, place.project.engine.semantic_plan(*key, cached[1] if cached else None)
        self._plans[key] = cached
        if len(self._plans) > _MOST:
            del self._plans[next(iter(self._plans))]
        return cached[1]


def _state(place: Place, generation: int) -> _State:
    return generation, frozenset(place.project.muted())


def _on_disk(project: Project, worktree: str) -> tuple[Region, ...]:
    return tuple(region for report in project.engine.semantic_report(worktree) for region in report.regions)
