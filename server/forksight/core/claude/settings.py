"""What Forksight needs to know of Claude Code's own settings. It only ever reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CLEANUP_DAYS = 30  # Claude Code's default
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """The settings that matter here, under our names."""

    cleanup_days: int = CLEANUP_DAYS  # `cleanupPeriodDays`: at a start, transcripts unchanged for longer are deleted
    linked: tuple[str, ...] = ()  # `worktree.symlinkDirectories`: folders to link into worktrees


def merge(layers: Iterable[Mapping[str, Any]]) -> ClaudeSettings:
    """The settings in force, from the contents of settings files, the strongest first. Wrong values count as absent."""
    days: int | None = None
    linked: tuple[str, ...] | None = None
    for layer in layers:
        period = layer.get("cleanupPeriodDays")
        if days is None and isinstance(period, int) and not isinstance(period, bool) and period >= 0:
            days = period
        worktree = layer.get("worktree")
        folders = worktree.get("symlinkDirectories") if isinstance(worktree, Mapping) else None
        if linked is None and isinstance(folders, list):
            linked = tuple(dict.fromkeys(folder for folder in folders if isinstance(folder, str)))
    return ClaudeSettings(CLEANUP_DAYS if days is None else days, linked or ())


@dataclass(frozen=True, slots=True)
class Expiry:
    """When Claude Code will delete a transcript."""

    at: float  # at its next start after this moment, in seconds since the epoch
    days: int  # whole days until then

    @property
    def soon(self) -> bool:
        """Whether it is time to say so."""
        return self.days <= 7


def expiry(modified: float, settings: ClaudeSettings, now: float) -> Expiry:
    """When a transcript goes that was last written at `modified`; times are seconds since the epoch.

    A turn in the session renews it; a fork made of it does not.
    """
    at = modified + settings.cleanup_days * _DAY
    return Expiry(at, max(0, int((at - now) // _DAY)))
