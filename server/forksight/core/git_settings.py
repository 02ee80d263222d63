"""Settings in git's configuration: `git config forksight.overlaps.ignore 'wip/*'`, with git's own files, scopes and includes."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any

from forksight.core.frozen import dataclass
from forksight.core.problems import Problem
from forksight.core.settings import CONSENTS, PLACES, PROGRAMS, Settings, camel, read_settings

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", ""})
_OWN_SCOPES = frozenset({"system", "global", "command"})  # of files and variables that no repository can bring along
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True, slots=True)
class GitSetting:
    """One `forksight.*` entry of git's configuration. Git lists entries in the order in which they are read: later ones override."""

    scope: str  # as `git config --show-scope` names it: system, global, local, worktree, command
    key: str  # as git prints it: the last part in lower case
    value: str


@dataclass(frozen=True, slots=True)
class Sourced:
    """Settings, the problems with them, and the origin of each value that is not the default."""

    settings: Settings
    problems: tuple[Problem, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()  # (full name, "the editor" or git's scope), by name


def settings_from(entries: Iterable[GitSetting], editor: Settings | None = None) -> Sourced:
    """The settings in git's configuration, overridden by those of an editor.

    An editor's value that equals the default does not override git's, since editors send every setting, whether a person chose
    it or not. A setting that names or steers a program is only taken from files that no repository brings along; elsewhere it
    is a `bad-setting` problem.
    """
    names = {name.lower(): name for name in _names()}
    values: dict[str, list[str]] = {}
    scopes: dict[str, str] = {}
    problems = []
    for entry in entries:
        name = names.get(entry.key.lower())
        if name is None:
            problems.append(
                Problem("bad-setting", f"Setting {entry.key} in git's configuration: there is no such setting.")
            )
        elif entry.scope not in _OWN_SCOPES and (reason := _foreign(name, entry.value)):
            problems.append(
                Problem(
                    "bad-setting",
                    f"Setting {name} is not taken from the repository's own configuration, since it {reason}:"
                    f" set it with `git config --global {name} …`, or in the editor.",
                )
            )
        else:
            values.setdefault(name, []).append(entry.value)
            scopes[name] = entry.scope
    settings, wrong = read_settings(_nested(values))
    sources = dict(scopes)
    if editor is not None:
        settings, chosen = _layered(settings, editor)
        sources |= dict.fromkeys(chosen, "the editor")
    return Sourced(settings, (*problems, *wrong), tuple(sorted(sources.items())))


def _foreign(name: str, value: str) -> str:
    """Why this value must not come from a repository's own configuration; "" if it may."""
    if name in PROGRAMS:
        return "names a program"
    if name in CONSENTS:
        return "lets something leave this machine"
    outside = value.startswith(("/", "~")) or posixpath.normpath(value).split("/")[0] == ".."
    return "names a folder outside of the repository" if name in PLACES and outside else ""


def _names() -> dict[str, Any]:
    """The full name of every setting -> its type."""
    names: dict[str, Any] = {}
    for section in fields(Settings):
        if is_dataclass(section.type):
            for setting in fields(section.type):
                names[f"forksight.{section.name}.{camel(setting.name)}"] = setting.type
        else:
            names[f"forksight.{section.name}"] = section.type
    return names


def _nested(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """The values in the nested shape that an editor would send, each converted to its setting's type if possible."""
    types, nested = _names(), {}  # type: dict[str, Any], dict[str, Any]
    for name, texts in values.items():
        _, *section, setting = name.split(".")
        target = nested.setdefault(section[0], {}) if section else nested
        target[setting] = (
            [value for value in texts if value] if types[name] == tuple[str, ...] else _typed(types[name], texts[-1])
        )
    return nested


def _typed(kind: Any, value: str) -> object:
    """A value converted as git does it: yes and no are booleans, k, m and g units. What can't be converted stays a text."""
    if kind is bool and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    if kind is int:
        digits, unit = (value[:-1], value[-1].lower()) if value[-1:].lower() in _UNITS else (value, "")
        if digits.isascii() and digits.removeprefix("-").isdigit():
            return int(digits) * _UNITS.get(unit, 1)
    return value


def _layered(below: Settings, above: Settings) -> tuple[Settings, list[str]]:
    """The settings `below` with the values of `above` that are not the default laid over them; and the names of these."""
    changes: dict[str, Any] = {}
    chosen = []
    for section in fields(Settings):
        upper, lower = getattr(above, section.name), getattr(below, section.name)
        if not is_dataclass(section.type):
            if upper != section.default:
                changes[section.name] = upper
                chosen.append(f"forksight.{section.name}")
            continue
        inner = {
            setting.name: getattr(upper, setting.name)
            for setting in fields(section.type)
            if setting.default is not MISSING and getattr(upper, setting.name) != setting.default
        }
        if inner:
            changes[section.name] = replace(lower, **inner)
            chosen += [f"forksight.{section.name}.{camel(name)}" for name in inner]
    return replace(below, **changes), chosen
