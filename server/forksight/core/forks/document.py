"""The JSON of what a fork comes from and how Claude Code is started in it; see docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.document import Plain

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from forksight.core.claude.launch import Launch
    from forksight.core.forks.proposal import Origin


def launch(launch: Launch | None) -> Plain | None:
    """How Claude Code is started; null where it is not."""
    if launch is None:
        return None
    return {
        "session": launch.session,
        "title": launch.title,
        "cwd": launch.cwd,
        "argv": list(launch.argv),
        "env": dict(launch.env),
    }


def origin(origin: Origin | None) -> Plain | None:
    """The baseline that a fork comes from."""
    if origin is None:
        return None
    return {"name": origin.name, "generation": origin.generation, "session": origin.session}
