"""Decides whether a directory in which a session worked lies in a present or former checkout of a repository."""

import os
from collections.abc import Iterable

from forksight.adapters.git.worktrees.main_checkout import container
from forksight.core.git.paths import inside
from forksight.core.sessions.session import Scope


class Checkouts:
    """The present and former checkouts of one repository. Verdicts are cached, so an instance serves one scan only."""

    def __init__(self, scope: Scope, remembered: frozenset[str]) -> None:
        """`remembered` are the checkouts' paths that the index has kept, present or former."""
        self._common_dir = scope.common_dir
        self._present = frozenset(scope.worktrees)
        self._ever = tuple({*scope.worktrees, *scope.past, *remembered})
        self._verdicts: dict[str, bool | None] = {}

    def holds(self, directory: str | None) -> bool | None:
        """Whether a directory lies in this repository. None if that can't be decided: it is absent, relative or gone."""
        if not directory or not os.path.isabs(directory):
            return None
        if directory not in self._verdicts:
            self._verdicts[directory] = self._is_here(directory)
        return self._verdicts[directory]

    def hold_any(self, directories: Iterable[str | None]) -> bool | None:
        """Whether any of these directories lies in this repository. None if that is undecided: none does, and none lies elsewhere."""
        verdicts = {self.holds(directory) for directory in directories}
        return True if True in verdicts else False if False in verdicts else None

    def _is_here(self, directory: str) -> bool | None:
        real = os.path.realpath(directory)
        top = real  # the nearest folder above with a `.git`; "" if there is none
        while not os.path.lexists(os.path.join(top, ".git")):
            above = os.path.dirname(top)
            if above == top:
                top = ""
                break
            top = above
        if os.path.isdir(real) and top not in self._present and container(self._common_dir, real):
            return True  # in no checkout, but in the folder that holds the repository
        was_inside = any(inside(real, checkout) for checkout in self._ever)
        if os.path.isdir(real):
            if top not in self._present and top in self._ever:
                return None  # another repository has replaced a former checkout; the session may be older than it
            return top in self._present or (was_inside and not top)
        return True if was_inside and (not top or top in self._present) else None
