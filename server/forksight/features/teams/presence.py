"""Whether sharing may concern a repository at all, and how it goes, cheaply: who never shared loads nothing of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forksight.features.context import Context

MARK = "forksight/sharing"  # below the common dir, from the first word about sharing on; it says nothing by itself


def may_be_shared(context: Context) -> bool:
    """Whether somebody may have said something of sharing here: only then is it worth asking `context.team`."""
    return context.settings.teams.enabled or os.path.exists(f"{context.repository.common_dir}/{MARK}")


def sharing_sentence(context: Context) -> str:
    """How sharing goes, in one sentence; "" where it is off."""
    if not may_be_shared(context):
        return ""
    from forksight.core.teams.wording import sentence
    from forksight.features.teams.sharing import standing

    return sentence(standing(context))
