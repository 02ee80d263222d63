"""The folder in which a worktree lies while it is removed or restored."""

import os
from contextlib import suppress
from dataclasses import dataclass

from forksight.adapters.store.archive.removal import remove_tree


@dataclass(frozen=True, slots=True)
class StagingFolder:
    """The folder beside a worktree in which its files lie during one of three phases, each a path of its own."""

    top: str  # the path of the staging folder
    name: str  # the name of the worktree's folder

    @property
    def aside(self) -> str:
        """The worktree while it is checked for the last time before its removal. It can still be moved back."""
        return os.path.join(self.top, "aside")

    @property
    def removing(self) -> str:
        """The worktree while its files are removed."""
        return os.path.join(self.top, "removing")

    @property
    def making(self) -> str:
        """The worktree while it is made again. The folder has its final name, since git names its own records after it."""
        return os.path.join(self.top, "making", self.name)

    def clear_remains(self) -> None:
        """Remove the rest of a partly removed worktree that has been restored meanwhile. What can't be removed stays."""
        if os.path.lexists(self.removing):
            with suppress(OSError):
                remove_tree(self.removing)

    def clear(self) -> None:
        """Remove the staging folder if it is empty."""
        for folder in (os.path.dirname(self.making), self.top):
            with suppress(OSError):
                os.rmdir(folder)
