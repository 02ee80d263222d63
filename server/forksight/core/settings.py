"""The settings, once: VS Code's configuration, the Neovim and README reference are generated from this model.

A bad value costs a message and its own default, never the others (`read_settings`).

The model is made of plain dataclasses, which pydantic reads as its own: `metadata` holds the arguments of its `Field`. Loading
pydantic and building its validator takes a quarter of the server's start, so it is loaded only for values whose type is not
plainly the setting's (`exactly`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, get_args, get_origin

from forksight.core.frozen import dataclass
from forksight.core.problems import Problem

if TYPE_CHECKING:
    from pydantic import ConfigDict, TypeAdapter

T = TypeVar("T")


def camel(name: str) -> str:
    """A setting's name as editors write it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _setting(default: T, description: str, **bounds: int) -> T:
    """A setting; `bounds` as pydantic's `Field` takes them: `ge`, `le`, `min_length`."""
    value: T = field(default=default, metadata={"description": description, **bounds})
    return value


class _Section:
    __pydantic_config__: ClassVar["ConfigDict"] = {
        "extra": "forbid",
        "validate_by_name": True,
        "alias_generator": camel,
    }


PROGRAMS = (  # run or steer a program: never taken from what a repository brings along
    "forksight.claude.path",
    "forksight.claude.extraArgs",
    "forksight.worktree.setup",
    "forksight.land.test",
)
CONSENTS = ("forksight.teams.enabled",)  # let something leave this machine: a person's own decision
# These say where files go: from a repository's own configuration only inside of it.
PLACES = ("forksight.worktree.directory",)
LANGUAGES = ("python", "typescript", "javascript", "go")  # whose semantic overlaps can be told


@dataclass(frozen=True, kw_only=True)
class Overlaps(_Section):
    """Warnings where another worktree edits the same lines."""

    enabled: bool = _setting(True, "Warn where another worktree of the repository edits the same lines.")
    scope: Literal["open", "changed"] = _setting(
        "changed", "Which files to cover: those that are open, or also the closed ones that this worktree changed."
    )
    refs: tuple[str, ...] = _setting(
        (),
        "Refs compared as if they were clean worktrees, for example `origin/main`. Patterns such as `origin/*` work.",
    )
    ignore: tuple[str, ...] = _setting(
        (), "Globs of branches and worktree paths that are never compared, for example `wip/*`."
    )
    semantic: Literal["off", "on", "hints"] = _setting(
        "on",
        "Warn where merging is clean and breaks the code: one side removes or changes what the other side's new lines use. `hints`"
        " also shows, as hints in open files, what is likely: a method of a value whose class is not known, if only one class"
        " has it.",
    )
    semantic_languages: tuple[str, ...] = _setting(
        (),
        "The languages to check for that: `python`, `typescript`, `javascript`, `go`. Empty: all of them.",
    )
    delay: int = _setting(
        150, "Milliseconds of quiet after a change before its warnings are computed.", ge=0, le=10_000
    )

    @property
    def semantic_in(self) -> tuple[str, ...]:
        """The languages whose semantic overlaps are to be told."""
        languages = self.semantic_languages or LANGUAGES
        return tuple(name for name in LANGUAGES if name in languages) if self.enabled and self.semantic != "off" else ()


@dataclass(frozen=True, kw_only=True)
class WorktreeSettings(_Section):
    """Where and how worktrees for forks are made."""

    directory: str = _setting(
        ".claude/worktrees",
        "The folder for new worktrees: relative to the main checkout, or absolute.",
        min_length=1,
    )
    start_point: str = _setting(
        "", "What a new branch starts from, for example `origin/main`. Empty: the HEAD of the worktree you are in."
    )
    setup: str = _setting("", "A shell command run in a new worktree before the session starts, for example `npm ci`.")


@dataclass(frozen=True, kw_only=True)
class BaselineSettings(_Section):
    """When a baseline counts as stale, and how it is refreshed."""

    stale_after_commits: int = _setting(20, "A baseline is stale after this many commits on its branch.", ge=1)
    stale_after_days: int = _setting(7, "A baseline is stale after this many days.", ge=1)
    refresh_prompt: str = _setting(
        "",
        "Template of the refresh prompt; `{changes}`, `{read}` and `{forget}` are filled in. Empty: the built-in one.",
    )


@dataclass(frozen=True, kw_only=True)
class ForkSettings(_Section):
    """When there are too many forks, and when one counts as abandoned."""

    max_active: int = _setting(5, "Warn when more forks than this are active, which are hard to keep track of.", ge=1)
    max_depth: int = _setting(
        3, "Warn when forks of forks are nested deeper than this, each with a larger context.", ge=1
    )
    abandoned_after_days: int = _setting(7, "A fork idle for longer counts as abandoned.", ge=1)


@dataclass(frozen=True, kw_only=True)
class LandSettings(_Section):
    """How finished forks are merged into their target branch."""

    method: Literal["merge", "squash", "rebase"] = _setting(
        "merge",
        "How a fork is landed: merged, squashed into one commit, or its commits put one by one onto the target.",
    )
    test: str = _setting(
        "",
        "A shell command run in the target's worktree after each fork that lands; if it fails, that fork's landing is undone.",
    )


@dataclass(frozen=True, kw_only=True)
class ClaudeSettings(_Section):
    """How Claude Code is started."""

    path: str = _setting("claude", "The claude binary: a path, or a name looked up on PATH.", min_length=1)
    extra_args: tuple[str, ...] = _setting(
        (), "Arguments added to every start, for example `--model opus`, one item each."
    )
    terminal: Literal["editor", "tmux", "print"] = _setting(
        "editor",
        "Where a session opens: the editor's terminal (else tmux, else the command is shown), tmux, or just the command.",
    )


@dataclass(frozen=True, kw_only=True)
class AgentSettings(_Section):
    """What Claude Code's agents are told if the plugin for Claude Code is installed."""

    before_edit: Literal["refuse-once", "tell", "off"] = _setting(
        "refuse-once",
        "Before an agent's edit that would conflict, or that lies outside its own worktree: refuse it once with the reason,"
        " and let it through when it is repeated; let it through and tell the agent; or neither.",
    )


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(_Section):
    """Messages in the editor about sessions that run elsewhere."""

    waiting: bool = _setting(True, "Tell you when a session waits for your decision, and offer to show it.")
    finished: bool = _setting(False, "Tell you when a session has ended its turn.")


@dataclass(frozen=True, kw_only=True)
class TreeSettings(_Section):
    """What the fork tree shows of each session besides its title and what it does."""

    hide: tuple[str, ...] = _setting(
        (),
        "What to leave out: `branch`, `uncommitted` files, `distance` to its target, the last sentence of its `answer`, `active`, `tokens`.",
    )


@dataclass(frozen=True, kw_only=True)
class TeamSettings(_Section):
    """Overlaps with colleagues' machines, through the git remote. Nothing is published before `forksight share on`."""

    enabled: bool = _setting(
        False, "Show what colleagues share through the remote. To share your own changes, run `forksight share on`."
    )
    remote: str = _setting("", "The git remote to share through. Empty: `origin`, or the only one there is.")
    publish: int = _setting(
        10, "The least number of seconds between two pushes of this machine's changes.", ge=1, le=3600
    )
    poll: int = _setting(
        15, "Seconds between two fetches of colleagues' changes while an editor is open.", ge=1, le=3600
    )
    exclude: tuple[str, ...] = _setting(
        (), "Globs of paths, branches and worktree paths that never leave this machine, for example `docs/private/*`."
    )
    branches: tuple[str, ...] = _setting(
        (), "Globs of the branches that are published, for example `pay/*`. Empty: whatever `exclude` does not name."
    )
    label: str = _setting("", "What colleagues see this machine called. Empty: its host name.")
    severity: Literal["warning", "information", "hint"] = _setting(
        "information", "How conflicts with colleagues' machines are shown."
    )


@dataclass(frozen=True, kw_only=True)
class Settings(_Section):
    """Everything a person can set, under `forksight.`."""

    overlaps: Overlaps = Overlaps()
    worktree: WorktreeSettings = WorktreeSettings()
    baseline: BaselineSettings = BaselineSettings()
    forks: ForkSettings = ForkSettings()
    land: LandSettings = LandSettings()
    claude: ClaudeSettings = ClaudeSettings()
    agents: AgentSettings = AgentSettings()
    notifications: NotificationSettings = NotificationSettings()
    tree: TreeSettings = TreeSettings()
    teams: TeamSettings = TeamSettings()
    trace: Literal["off", "messages", "verbose"] = _setting("off", "What the server logs about its own work.")


_PLAIN = {  # where pydantic speaks of Python
    "unexpected_keyword_argument": "there is no such setting",
    "dataclass_type": "input should be an object: the defaults are used",
    "tuple_type": "input should be a list: the default is used",
}


@cache
def model() -> "TypeAdapter[Settings]":
    """Validates, and tells the JSON schema."""
    from pydantic import TypeAdapter

    return TypeAdapter(Settings)


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
    plain = exactly(Settings, data)
    if plain is not None:
        return plain, ()
    from pydantic import ValidationError

    problems: list[Problem] = []
    while True:
        try:
            return model().validate_python(data), tuple(problems)
        except ValidationError as error:
            # Of a list with several wrong items the first one is told: none of it is used.
            wrong = {tuple(str(part) for part in entry["loc"][:2]): entry for entry in reversed(error.errors())}
            for path, entry in reversed(wrong.items()):
                reason = _PLAIN.get(entry["type"], f"{entry['msg'].lower()}: the default is used")
                problems.append(Problem("bad-setting", f"Setting forksight.{'.'.join(path)}: {reason}."))
                _drop(data, path)


def exactly(section: type[T], raw: Mapping[str, Any]) -> T | None:
    """A section of the model if every value of `raw` has plainly its setting's type; None if pydantic has to decide.

    Pydantic may still take the values: it converts some, and accepts more text than is checked here.
    """
    declared = {camel(setting.name): setting for setting in fields(section)}  # type: ignore[arg-type]  # a dataclass, as all are
    values: dict[str, Any] = {}
    for key, sent in raw.items():
        if key not in declared:
            return None
        setting = declared[key]
        if is_dataclass(setting.type):
            value = exactly(setting.type, sent) if isinstance(sent, Mapping) else None  # type: ignore[arg-type]
        else:
            value = _exact_value(setting.type, sent, setting.metadata)
        if value is None:
            return None
        values[setting.name] = value
    return section(**values)


def _exact_value(kind: Any, value: Any, bounds: Mapping[str, Any]) -> Any:
    """The value in the model's type if it is plainly one, else None."""
    if not bounds.keys() <= {"description", "ge", "le", "min_length"}:
        return None
    if kind is bool or kind is int:
        inside = type(value) is kind and bounds.get("ge", value) <= value <= bounds.get("le", value)
        return value if inside else None
    if kind is str:
        # pydantic refuses some text that is not ASCII: lone surrogates
        fits = type(value) is str and value.isascii() and len(value) >= bounds.get("min_length", 0)
        return value if fits else None
    if get_origin(kind) is Literal:
        return value if type(value) is str and value in get_args(kind) else None
    if kind == tuple[str, ...] and isinstance(value, list):
        return tuple(value) if all(type(item) is str and item.isascii() for item in value) else None
    return None


def _drop(data: dict[str, Any], path: Sequence[str]) -> None:
    """Take a section, or a setting of a section, out of `data`."""
    section = data.get(path[0])
    if len(path) == 2 and isinstance(section, dict):
        section.pop(path[1], None)
    else:
        data.pop(path[0], None)
