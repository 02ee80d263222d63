"""Reads Claude Code's settings files and merges them."""

import os
import sys
from collections.abc import Mapping
from typing import Any

import orjson

from forksight.adapters.system.disk.regular_file import read_regular
from forksight.core.claude.settings import ClaudeSettings, merge, valid
from forksight.core.problems import Problem

_MANAGED = {
    "darwin": "/Library/Application Support/ClaudeCode/managed-settings.json",
    "linux": "/etc/claude-code/managed-settings.json",
}


def read(config_dir: str, project: str) -> tuple[ClaudeSettings, tuple[Problem, ...]]:
    """The effective settings for a checkout, given its top folder: managed, local, project and user settings, in that precedence.

    A file that can't be read, or that Claude Code would refuse, is a problem and is taken as empty.
    """
    own = os.path.join(project, ".claude")
    candidates = [
        _MANAGED.get(sys.platform, ""),
        os.path.join(own, "settings.local.json"),
        os.path.join(own, "settings.json"),
        os.path.join(config_dir, "settings.json"),
    ]
    layers: list[Mapping[str, Any]] = []
    problems = []
    for path in filter(os.path.exists, candidates):
        try:
            raw = orjson.loads(read_regular(path))
            if not isinstance(raw, dict):
                raise ValueError("not an object")
            if not valid(raw):
                raise ValueError("Claude Code refuses a cleanupPeriodDays below 1")
        except (OSError, ValueError) as error:
            text = f"Claude Code's settings {path} can't be read ({error}): they are treated as empty."
            problems.append(Problem("claude-settings", text, path))
        else:
            layers.append(raw)
    return merge(layers), tuple(problems)
