"""Reads Forksight's settings in git's configuration."""

import os

from forksight.adapters.git import process
from forksight.core.git_settings import GitSetting

_SECTION = "forksight."


def git_settings(cwd: str) -> tuple[GitSetting, ...]:
    """git's `forksight.*` entries in a folder, where later ones override; outside of a repository the person's own.

    `--show-scope` needs git 2.26. Raises `GitError` if git can't be run or can't read its configuration.
    """
    output = process.run(["config", "--list", "--show-scope", "-z"], cwd=cwd, env=process.quiet())
    tokens = output.split(b"\0")
    entries = []
    for scope, entry in zip(tokens[::2], tokens[1::2], strict=False):
        key, valued, value = os.fsdecode(entry).partition("\n")
        if key.startswith(_SECTION):
            entries.append(GitSetting(os.fsdecode(scope), key, value if valued else "true"))
    return tuple(entries)
