"""The part of a tree view about sharing: how sharing stands, and colleagues' worktrees with their conflicts with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.teams.overview import Colleagues, overview
from forksight.features.teams.presence import sharing_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.overlaps.overlap import Matrix
    from forksight.features.context import Context


def colleagues_in(context: Context, snapshots: Sequence[Snapshot], matrix: Callable[[], Matrix]) -> Colleagues:
    """What a tree view shows. `snapshots` are colleagues' worktrees as last fetched; `matrix`, which compares all worktrees, is called
    only if there are any."""
    return Colleagues(sharing_sentence(context), overview(snapshots, matrix()) if snapshots else ())
