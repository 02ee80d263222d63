"""The settings, once: VS Code's configuration, the Neovim and README reference are generated from this model.

A bad value costs a message and its own default, never the others (`read_settings`).
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forksight.core.problems import Problem


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, alias_generator=_camel)


class Overlaps(_Section):
    """Warnings where another worktree edits the same lines."""

    enabled: bool = Field(True, description="Warn where another worktree of the repository edits the same lines.")
    scope: Literal["open", "changed"] = Field(
        "changed",
        description="Which files to cover: those that are open, or also the closed ones that this worktree changed.",
    )
    refs: tuple[str, ...] = Field(
        (),
        description="Refs compared as if they were clean worktrees, for example `origin/main`. Patterns such as `origin/*` work.",
    )
    ignore: tuple[str, ...] = Field(
        (), description="Globs of branches and worktree paths that are never compared, for example `wip/*`."
    )
    delay: int = Field(
        150, ge=0, le=10_000, description="Milliseconds of quiet after a change before its warnings are computed."
    )


class WorktreeSettings(_Section):
    """Where and how worktrees for forks are made."""

    directory: str = Field(
        ".claude/worktrees",
        min_length=1,
        description="Where worktrees for forks are made; relative to the main checkout, or absolute.",
    )
    start_point: str = Field(
        "",
        description="What a new branch starts from, for example `origin/main`. Empty: the HEAD of the worktree you are in.",
    )
    setup: str = Field(
        "", description="A shell command run in a new worktree before the session starts, for example `npm ci`."
    )


class BaselineSettings(_Section):
    """When a baseline counts as stale, and how it is refreshed."""

    stale_after_commits: int = Field(20, ge=1, description="A baseline is stale after this many commits on its branch.")
    stale_after_days: int = Field(7, ge=1, description="A baseline is stale after this many days.")
    refresh_prompt: str = Field(
        "",
        description="Template of the refresh prompt; `{changes}`, `{read}` and `{forget}` are filled in. Empty: the built-in one.",
    )


class ForkSettings(_Section):
    """When there are too many forks, and when one counts as abandoned."""

    max_active: int = Field(5, ge=1, description="More active forks than this are too many to keep track of: a nudge.")
    max_depth: int = Field(3, ge=1, description="Forks of forks deeper than this: a nudge.")
    abandoned_after_days: int = Field(7, ge=1, description="A fork idle for longer counts as abandoned.")


class ClaudeSettings(_Section):
    """How Claude Code is started."""

    path: str = Field("claude", min_length=1, description="The claude binary: a path, or a name looked up on PATH.")
    extra_args: tuple[str, ...] = Field(
        (), description="Arguments added to every start, for example `--model opus`, one item each."
    )
    terminal: Literal["editor", "tmux", "print"] = Field(
        "editor",
        description="Where a session opens: the editor's terminal (else tmux, else the command is shown), tmux, or just the command.",
    )


class Settings(_Section):
    """Everything a person can set, under `forksight.`."""

    overlaps: Overlaps = Overlaps()
    worktree: WorktreeSettings = WorktreeSettings()
    baseline: BaselineSettings = BaselineSettings()
    forks: ForkSettings = ForkSettings()
    claude: ClaudeSettings = ClaudeSettings()
    trace: Literal["off", "messages", "verbose"] = Field("off", description="What the server logs about its own work.")


def read_settings(raw: object) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings in an object as the editor sent it, with the default for each value that is wrong.

    Each wrong or unknown value is one `bad-setting` problem that names it.
    """
    if raw is None:
        return Settings(), ()
    if not isinstance(raw, Mapping):
        return Settings(), (
            Problem("bad-setting", f"Settings must be an object, not {type(raw).__name__}: the defaults are used."),
        )
    data: dict[str, Any] = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in raw.items() if value is not None
    }
    problems: list[Problem] = []
    while True:
        try:
            return Settings.model_validate(data), tuple(problems)
        except ValidationError as error:
            for entry in error.errors():
                path = [str(part) for part in entry["loc"]][:2]
                problems.append(
                    Problem(
                        "bad-setting",
                        f"Setting forksight.{'.'.join(path)}: {entry['msg'].lower()}: the default is used.",
                    )
                )
                _drop(data, path)


def _drop(data: dict[str, Any], path: list[str]) -> None:
    section = data.get(path[0])
    if len(path) == 2 and isinstance(section, dict):
        section.pop(path[1], None)
    else:
        data.pop(path[0], None)
