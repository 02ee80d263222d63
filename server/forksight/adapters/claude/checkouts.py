"""Whether a directory that a session worked in is, or was, a checkout of this repository."""

import os

from forksight.core.git.paths import inside
from forksight.core.sessions.session import Scope


class Home:
    """One repository's places. Each directory is looked up once, so an instance serves one look around."""

    def __init__(self, scope: Scope, remembered: frozenset[str]) -> None:
        self._branches = scope.branches
        self._checkouts = frozenset(scope.worktrees)
        self._places = tuple({*scope.worktrees, *scope.past, *remembered})
        self._verdicts: dict[str, bool | None] = {}

    def holds(self, directory: str | None) -> bool | None:
        """Whether it lies in this repository; None if it is gone, and nothing about its path tells."""
        if not directory or not os.path.isabs(directory):
            return None
        if directory not in self._verdicts:
            self._verdicts[directory] = self._look(directory)
        return self._verdicts[directory]

    def held(self, directory: str | None, branch: str | None) -> bool:
        """Whether a directory that is gone was a checkout here: beside the others, of a branch that there is."""
        if not directory or branch is None:
            return False
        neighbours = {os.path.dirname(checkout) for checkout in self._checkouts}
        return os.path.dirname(directory.rstrip("/")) in neighbours and branch in self._branches()

    def _look(self, directory: str) -> bool | None:
        real = os.path.realpath(directory)
        top = real
        while not os.path.lexists(os.path.join(top, ".git")):
            above = os.path.dirname(top)
            if above == top:
                top = ""
                break
            top = above
        in_a_place = any(inside(real, place) for place in self._places)
        if os.path.isdir(real):
            return top in self._checkouts or (in_a_place and not top)
        return True if in_a_place and (not top or top in self._checkouts) else None
