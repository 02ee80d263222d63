"""Where a worktree is while it goes or comes."""

import os
from contextlib import suppress
from dataclasses import dataclass

from forksight.adapters.store.archive.removal import remove_tree


@dataclass(frozen=True, slots=True)
class StagingFolder:
    """The folder beside a worktree in which it is taken apart and put together: `aside` while it is looked at for the last
    time, `doomed` while it is removed, `making` while it is made (under its own name, which git takes for its own records).
    """

    top: str
    name: str

    @property
    def aside(self) -> str:
        """Where it can still be brought out again."""
        return os.path.join(self.top, "aside")

    @property
    def doomed(self) -> str:
        """Where it goes."""
        return os.path.join(self.top, "removing")

    @property
    def making(self) -> str:
        """Where it is not complete yet."""
        return os.path.join(self.top, "making", self.name)

    def clear_remains(self) -> None:
        """Remove what is left of a worktree that is whole in its place again; what can't be removed stays."""
        if os.path.lexists(self.doomed):
            with suppress(OSError):
                remove_tree(self.doomed)

    def clear(self) -> None:
        """Remove what is empty of it."""
        for folder in (os.path.dirname(self.making), self.top):
            with suppress(OSError):
                os.rmdir(folder)
