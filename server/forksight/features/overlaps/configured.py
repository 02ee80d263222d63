"""An overlap engine as the settings want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.features.overlaps.engine import OverlapEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from forksight.features.context import Context


def configured_engine(
    context: Context,
    *,
    refs: Sequence[str] = (),
    ignore: Sequence[str] = (),
    muted: Callable[[], Collection[str]] = tuple,
) -> OverlapEngine:
    """The engine of a repository; `refs` and `ignore` are added to those of the settings."""
    settings = context.settings.overlaps
    return OverlapEngine(
        context.repository,
        refs=(*settings.refs, *refs),
        ignore=(*settings.ignore, *ignore),
        muted=muted,
        semantic=settings.semantic_in,
    )
