"""Generates from the settings model VS Code's configuration, docs/settings.md and Neovim's help. `--check` only compares.

The model (`forksight.core.settings`) defines the settings. This file adds what only editors need: the scope of each setting,
and which ones an untrusted folder must not set because they name programs.
"""

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from forksight.core.settings import PROGRAMS, Settings, model

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "editors/vscode/package.json"
REFERENCE = ROOT / "docs/settings.md"
VIMDOC = ROOT / "editors/neovim/doc/forksight.txt"

TITLES = {
    "overlaps": "Overlaps",
    "worktree": "Worktrees",
    "baseline": "Baselines",
    "forks": "Forks",
    "land": "Landing",
    "claude": "Claude Code",
    "agents": "Agents",
    "teams": "Teams",
    "notifications": "Notifications",
    "tree": "Fork Tree",
    "": "Diagnosis",
}
PATHS = ("forksight.claude.path", "forksight.worktree.directory")  # differ from machine to machine
OWN = "Server"  # the section of package.json that is the extension's own business


def flatten() -> dict[str, dict[str, Any]]:
    """Every setting by its full name, as JSON schema, in the model's order."""
    schema = model().json_schema(by_alias=True)
    flat: dict[str, dict[str, Any]] = {}
    for name, entry in schema["properties"].items():
        if "$ref" in entry:
            section = schema["$defs"][entry["$ref"].rpartition("/")[2]]
            flat |= {f"forksight.{name}.{key}": value for key, value in section["properties"].items()}
        else:
            flat[f"forksight.{name}"] = entry
    return flat


def intro(section: str) -> str:
    """The sentence that the model says about a section."""
    return (type(getattr(Settings(), section)).__doc__ or "") if section else ""


def grouped() -> dict[str, dict[str, dict[str, Any]]]:
    """The settings by their section, "" for those that stand alone."""
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for name, entry in flatten().items():
        groups.setdefault(name.split(".")[1] if name.count(".") == 2 else "", {})[name] = entry
    return groups


def configuration() -> list[dict[str, Any]]:
    """VS Code's `contributes.configuration`, but for the extension's own section."""
    kept = ("type", "enum", "items", "minimum", "maximum", "minLength", "default")
    sections = []
    for section, settings in grouped().items():
        properties = {}
        for order, (name, entry) in enumerate(settings.items()):
            properties[name] = {key: entry[key] for key in kept if key in entry} | {
                "markdownDescription": entry["description"],
                "scope": "machine-overridable" if name in PATHS else "resource",
                "order": order,
            }
        sections.append({"title": TITLES[section], "properties": properties})
    return sections


def manifest(text: str) -> str:
    """package.json with its generated parts written anew."""
    data = json.loads(text)
    own = [section for section in data["contributes"]["configuration"] if section["title"] == OWN]
    data["contributes"]["configuration"] = configuration() + own
    restricted = [*PROGRAMS, *(name for section in own for name in section["properties"])]
    data["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """docs/settings.md."""
    parts = [
        "# Settings",
        "<!-- Written by scripts/generate_settings.py from the server's own model; edit that. -->",
        "Every editor sends the same names. VS Code: `settings.json`, as they stand here. Any other client: nested under"
        ' `forksight`, for example `{"forksight": {"overlaps": {"delay": 300}}}`, as `workspace/configuration` or'
        " `workspace/didChangeConfiguration`; at the start as `initializationOptions`, there without the outer `forksight`."
        " A wrong value is reported once, and the default is used instead.",
        "Where the editor sets nothing, and without an editor, settings come from git's configuration under the same names, with git's own"
        " files, scopes and includes: `git config forksight.overlaps.ignore 'wip/*'` (a list has one entry for each item: `git config --add`),"
        " `--global` for all repositories, `--worktree` for one worktree. An editor's value that is the default leaves git's. What names a"
        f" program ({', '.join(f'`{name}`' for name in PROGRAMS)}), or a folder outside of the repository, counts only from your"
        " own configuration (`--global`) or an editor, never from a repository's; for one repository alone, put it into a file that"
        " your own configuration includes with `includeIf.gitdir`. `forksight doctor` says where each value comes from.",
    ]
    for section, settings in grouped().items():
        parts.append(f"## {TITLES[section]}")
        if intro(section):
            parts.append(intro(section))
        rows = ["| setting | default | what it does |", "|---|---|---|"]
        rows += [f"| `{name}` | {code(entry['default'])} | {meaning(entry)} |" for name, entry in settings.items()]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def vimdoc(text: str) -> str:
    """Neovim's help with its section on the settings written anew."""
    parts = []
    for name, entry in flatten().items():
        short, tag = name.removeprefix("forksight."), f"*{name}*"
        said = textwrap.wrap(meaning(entry).replace("\\|", "|"), 74)
        parts.append([f"{short}{tag:>{78 - len(short)}}", f"Default: {code(entry['default'])}", *said])
    body = "\n\n".join("\n    ".join(lines) for lines in parts)
    head = r"(\*forksight-settings\*\n\n).*?(={78}\n)"
    return re.sub(head, lambda match: f"{match[1]}{body}\n\n{match[2]}", text, count=1, flags=re.DOTALL)


def meaning(entry: dict[str, Any]) -> str:
    """What a setting does and which values it takes."""
    limits = []
    if "enum" in entry:
        limits.append("One of " + ", ".join(code(value) for value in entry["enum"]) + ".")
    elif "minimum" in entry and "maximum" in entry:
        limits.append(f"From {entry['minimum']} to {entry['maximum']}.")
    elif "minimum" in entry:
        limits.append(f"At least {entry['minimum']}.")
    return " ".join([entry["description"], *limits]).replace("|", "\\|")


def code(value: object) -> str:
    """A JSON value as inline code."""
    return f"`{json.dumps(value)}`"


def outputs() -> dict[Path, str]:
    """The files and what they should hold."""
    return {
        MANIFEST: manifest(MANIFEST.read_text("utf-8")),
        REFERENCE: reference(),
        VIMDOC: vimdoc(VIMDOC.read_text("utf-8")),
    }


def stale() -> list[Path]:
    """The files that do not hold it."""
    return [path for path, text in outputs().items() if not path.is_file() or path.read_text("utf-8") != text]


def main() -> None:
    if "--check" in sys.argv:
        if names := [str(path.relative_to(ROOT)) for path in stale()]:
            sys.exit(f"out of date: {', '.join(names)}: run {Path(__file__).relative_to(ROOT)}")
        return
    for path, text in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
