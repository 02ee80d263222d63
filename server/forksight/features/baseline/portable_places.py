"""The paths of this machine in a transcript, which are replaced by placeholders when it is published and back when fetched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from forksight.core.teams.baseline.places import Places
from forksight.features.git.worktrees import main_checkout, place_of

if TYPE_CHECKING:
    from forksight.core.sessions.session import Node
    from forksight.features.context import Context


def places(context: Context, node: Node | None = None) -> Places:
    """This machine's paths. `node` is the session that is published, which may name former paths of the checkout."""
    checkouts = [worktree.path for worktree in context.maker.registered()]
    main = main_checkout(context) or place_of(context)
    own = [path for path in (node.worktree, node.session.cwd if node.session else None) if path] if node else []
    home = context.machine.home.rstrip("/")
    folders = dict.fromkeys((*checkouts, *own))
    aliases = dict.fromkeys((*folders, *map(context.files.resolve, folders)))
    aliases.pop(main, None)
    homes = (context.files.resolve(home),) if home else ()
    return Places(main, home, os.path.dirname(context.claude.projects), tuple(aliases), homes)
