"""Those of Claude Code's own settings that Forksight reads. It never changes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from forksight.core.sessions.session import Session
from forksight.core.words.quantities import DAY

CLEANUP_DAYS = 30  # Claude Code's default
_FOREVER = 36_500  # days: more than any system can tell a time for is no more than that


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """The settings that matter here."""

    cleanup_days: int = CLEANUP_DAYS  # `cleanupPeriodDays`: at a start, transcripts unchanged for longer are deleted
    linked: tuple[str, ...] = ()  # `worktree.symlinkDirectories`: folders to link into worktrees
    # Hooks on `WorktreeCreate`: programs that make worktrees in place of `git worktree add`.
    makes_worktrees: bool = False


def merge(layers: Iterable[Mapping[str, Any]]) -> ClaudeSettings:
    """The effective settings, from the contents of settings files in order of precedence. Invalid values count as absent."""
    days: int | None = None
    linked: tuple[str, ...] | None = None
    hooked = False
    for layer in filter(valid, layers):
        period = layer.get("cleanupPeriodDays")
        if days is None and _is_count(period):
            days = min(period, _FOREVER)
        worktree = layer.get("worktree")
        folders = worktree.get("symlinkDirectories") if isinstance(worktree, Mapping) else None
        if linked is None and isinstance(folders, list):
            linked = tuple(dict.fromkeys(folder for folder in folders if isinstance(folder, str)))
        hooks = layer.get("hooks")
        hooked = hooked or (isinstance(hooks, Mapping) and bool(hooks.get("WorktreeCreate")))
    return ClaudeSettings(CLEANUP_DAYS if days is None else days, linked or (), hooked)


def valid(layer: Mapping[str, Any]) -> bool:
    """Whether Claude Code accepts a settings file. It ignores one with a `cleanupPeriodDays` below 1 as a whole (2.1.332)."""
    return not _is_count(layer.get("cleanupPeriodDays")) or layer["cleanupPeriodDays"] >= 1


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Expiry:
    """When Claude Code will delete a transcript."""

    at: float  # at its next start after this moment, in seconds since the epoch
    days: int  # whole days until then

    @property
    def soon(self) -> bool:
        """Whether it is soon enough to warn."""
        return self.days <= 7


def expiry(session: Session, settings: ClaudeSettings, now: float) -> Expiry | None:
    """When Claude Code deletes a session's transcript; None if never, as for its desktop app's. `now` is in seconds since the epoch.

    A turn in the session postpones it, forking it does not.
    """
    if session.exempt_from_cleanup:
        return None
    at = session.modified + settings.cleanup_days * DAY
    return Expiry(at, max(0, int((at - now) // DAY)))
