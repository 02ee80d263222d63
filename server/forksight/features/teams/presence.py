"""Whether a repository may be shared at all. The check is cheap: where nobody ever shared, no module of sharing is loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forksight.features.context import Context

MARK = "forksight/sharing"  # a file below the common dir, made at the first `forksight share on` or `off`; it says neither yes nor no


def may_be_shared(context: Context) -> bool:
    """Whether sharing may be on here. If False it is off, and `context.team` need not be asked."""
    return context.settings.teams.enabled or os.path.exists(f"{context.repository.common_dir}/{MARK}")


def sharing_sentence(context: Context) -> str:
    """How sharing stands, in one sentence; "" if it is off."""
    if not may_be_shared(context):
        return ""
    from forksight.core.teams.wording import sentence
    from forksight.features.teams.sharing import standing

    return sentence(standing(context))
