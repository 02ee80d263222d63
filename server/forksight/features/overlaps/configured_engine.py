"""Creates overlap engines as configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.teams.presence import may_be_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.problems import Problem
    from forksight.features.context import Context


def configured_engine(
    context: Context,
    *,
    refs: Sequence[str] = (),
    ignore: Sequence[str] = (),
    muted: Callable[[], Collection[str]] = tuple,
) -> OverlapEngine:
    """The engine of a repository. `refs` and `ignore` are added to those of the settings."""
    settings = context.settings.overlaps
    return OverlapEngine(
        context.repository,
        refs=(*settings.refs, *refs),
        ignore=(*settings.ignore, *ignore),
        muted=muted,
        semantic=settings.semantic_in,
        colleagues=lambda: _colleagues(context),
    )


def _colleagues(context: Context) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    if not may_be_shared(context):
        return (), ()
    from forksight.features.teams.colleagues import colleagues

    return colleagues(context)
