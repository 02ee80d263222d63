"""What Forksight needs to know of Claude Code's own settings. It only ever reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CLEANUP_DAYS = 30  # Claude Code's default
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """`cleanup_days`: transcripts unchanged for longer are deleted at a start. `linked`: folders to link into worktrees."""

    cleanup_days: int = CLEANUP_DAYS
    linked: tuple[str, ...] = ()


def merge(layers: Iterable[Mapping[str, Any]]) -> ClaudeSettings:
    """The settings in force, from the contents of settings files, the strongest first. Wrong values count as absent."""
    days: int | None = None
    linked: tuple[str, ...] | None = None
    for layer in layers:
        found = layer.get("cleanupPeriodDays")
        if days is None and isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            days = found
        worktree = layer.get("worktree")
        folders = worktree.get("symlinkDirectories") if isinstance(worktree, Mapping) else None
        if linked is None and isinstance(folders, list):
            linked = tuple(dict.fromkeys(folder for folder in folders if isinstance(folder, str)))
    return ClaudeSettings(CLEANUP_DAYS if days is None else days, linked or ())


@dataclass(frozen=True, slots=True)
class Expiry:
    """When Claude Code will delete a transcript: the next start after `at` (seconds since the epoch). `days` are left."""

    at: float
    days: int

    @property
    def soon(self) -> bool:
        """Whether it is time to say so."""
        return self.days <= 7


def expiry(modified: float, settings: ClaudeSettings, now: float) -> Expiry:
    """When a transcript that was last written at `modified` goes. Forking from it does not renew it; a turn in it does."""
    at = modified + settings.cleanup_days * _DAY
    return Expiry(at, max(0, int((at - now) // _DAY)))
