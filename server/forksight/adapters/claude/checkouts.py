"""Whether a directory that a session worked in is, or was, a checkout of this repository."""

import os

from forksight.adapters.git.worktrees.main_checkout import container
from forksight.core.git.paths import inside
from forksight.core.sessions.session import Scope


class Checkouts:
    """One repository's checkouts, now and once. Each directory is looked up once, so an instance serves one scan."""

    def __init__(self, scope: Scope, remembered: frozenset[str]) -> None:
        self._common_dir = scope.common_dir
        self._present = frozenset(scope.worktrees)
        self._known = tuple({*scope.worktrees, *scope.past, *remembered})
        self._verdicts: dict[str, bool | None] = {}

    def holds(self, directory: str | None) -> bool | None:
        """Whether a directory lies in this repository; None if it is gone, and its path does not tell."""
        if not directory or not os.path.isabs(directory):
            return None
        if directory not in self._verdicts:
            self._verdicts[directory] = self._look(directory)
        return self._verdicts[directory]

    def _look(self, directory: str) -> bool | None:
        real = os.path.realpath(directory)
        top = real
        while not os.path.lexists(os.path.join(top, ".git")):
            above = os.path.dirname(top)
            if above == top:
                top = ""
                break
            top = above
        if os.path.isdir(real) and top not in self._present and container(self._common_dir, real):
            return True  # where there is no checkout, but the repository itself
        in_known = any(inside(real, checkout) for checkout in self._known)
        if os.path.isdir(real):
            if top not in self._present and top in self._known:
                return None  # another repository stands where a checkout was: what was done there may be from before
            return top in self._present or (in_known and not top)
        return True if in_known and (not top or top in self._present) else None
