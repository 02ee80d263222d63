"""The standing of a worktree: its uncommitted files, and how far its branch is ahead of and behind its target."""

from forksight.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """One worktree."""

    path: str
    branch: str | None
    uncommitted: int | None = None  # files; None where the worktree could not be read
    # What its branch is to be merged into; None where nothing says so.
    target: str | None = None
    # Commits that it has and the target has not, and the other way round; None without a target.
    ahead: int | None = None
    behind: int | None = None
