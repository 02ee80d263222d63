"""Whether sharing may concern a repository at all, cheaply: who never shared loads nothing of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forksight.features.context import Context


def may_be_shared(context: Context) -> bool:
    """Whether somebody may have turned sharing on here: only then is it worth asking `context.team`."""
    return context.settings.teams.enabled or os.path.isdir(f"{context.repository.common_dir}/forksight")
