"""What setting up Claude Code comes to, before it is done."""

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
    """What an undo leaves where it is."""

    path: str
    why: str  # what it is


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """Everything that is to be done, in order."""

    settings: str  # the path of the settings file
    before: str | None  # its text; None without a file
    after: str | None  # its text once the status line is set; None for no file
    steps: tuple[Step, ...]
    undo: bool = False
    stays: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """A plugin of ours that Claude Code has."""

    id: str
    version: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """What is set up now."""

    settings: str  # the path of the settings file
    status_line: str  # "ours", "other", "none" or "unreadable"
    plugins: tuple[InstalledPlugin, ...] = ()
    marketplace: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left to set up, but for what is optional."""
        return self.status_line == "ours" and any(plugin.id == PLUGIN and plugin.enabled for plugin in self.plugins)


def difference(plan: SetupPlan) -> str:
    """How the settings file changes, as a unified diff; empty if it does not."""
    before, after = (_lines(text) for text in (plan.before, plan.after))
    return "\n".join(line.rstrip("\n") for line in difflib.unified_diff(before, after, plan.settings, plan.settings))


def _lines(text: str | None) -> Sequence[str]:
    return (text or "").splitlines()
