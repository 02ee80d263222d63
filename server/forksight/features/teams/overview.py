"""What a tree shows of sharing: how it goes, and colleagues' worktrees with where they meet ours."""

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
    """`snapshots`: colleagues' worktrees as last fetched; `matrix` compares all worktrees, which is done only if there are any."""
    return Colleagues(sharing_sentence(context), overview(snapshots, matrix()) if snapshots else ())
