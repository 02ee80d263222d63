"""The plan to set up Claude Code."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.problems import Problem

MARKETPLACE = "forksight"
PLUGIN, WORKTREES, LSP = "forksight@forksight", "forksight-worktrees@forksight", "forksight-lsp@forksight"
UNDO = "forksight setup claude --undo"


class Action(StrEnum):
    """What a step does."""

    WRITE = "write"  # the settings file
    RUN = "run"  # `claude` with these arguments
    REMOVE = "remove"  # caches of ours


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    action: Action
    detail: str  # as a person reads it
    arguments: tuple[str, ...] = ()  # of `claude`, or the paths to remove


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that undoing the set-up does not remove."""

    path: str
    why: str  # what it is


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """The steps of setting up Claude Code, or of undoing that, in order."""

    settings: str  # the path of the settings file
    before: str | None  # its text; None without a file
    after: str | None  # its text once the status line is set; None for no file
    steps: tuple[Step, ...]
    undo: bool = False
    stays: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """One of our plugins that is installed in Claude Code."""

    id: str
    version: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """The current state of the set-up."""

    settings: str  # the path of the settings file
    status_line: str  # "ours", "other", "none" or "unreadable"
    plugins: tuple[InstalledPlugin, ...] = ()
    marketplace: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that is not optional is set up."""
        return self.status_line == "ours" and any(plugin.id == PLUGIN and plugin.enabled for plugin in self.plugins)


def difference(plan: SetupPlan) -> str:
    """The settings file's change as a unified diff; empty if it does not change."""
    before, after = (_lines(text) for text in (plan.before, plan.after))
    return "\n".join(line.rstrip("\n") for line in difflib.unified_diff(before, after, plan.settings, plan.settings))


def _lines(text: str | None) -> Sequence[str]:
    return (text or "").splitlines()
