"""How far the work in a worktree has come: what is not committed, and where its branch stands against its target."""

from dataclasses import dataclass

from forksight.core.document import Plain


@dataclass(frozen=True, slots=True)
class Standing:
    """One worktree."""

    path: str
    branch: str | None
    uncommitted: int = 0  # files
    # What its branch is to be merged into; None where nothing says so.
    target: str | None = None
    # Commits that it has and the target has not, and the other way round; None without a target.
    ahead: int | None = None
    behind: int | None = None


def uncommitted_text(standing: Standing) -> str:
    """ "3 uncommitted", or nothing."""
    return f"{standing.uncommitted} uncommitted" if standing.uncommitted else ""


def distance_text(standing: Standing) -> str:
    """ "2 ahead of main, 1 behind", or nothing where there is no target, or no difference."""
    ahead = f"{standing.ahead} ahead of {standing.target}" if standing.ahead else ""
    behind = f"{standing.behind} behind{'' if ahead else f' {standing.target}'}" if standing.behind else ""
    return ", ".join(part for part in (ahead, behind) if part)


def document(standing: Standing) -> Plain:
    """Its JSON; see docs/json.md."""
    return {
        "path": standing.path,
        "branch": standing.branch,
        "uncommitted": standing.uncommitted,
        "target": standing.target,
        "ahead": standing.ahead,
        "behind": standing.behind,
    }
