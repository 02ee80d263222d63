"""A view of a repository: a temporary git dir that borrows its objects and shares nothing else.

What is written there is gone with it, and git finds no remote to fetch from, no hook, no driver and no setting but ours.
"""

import functools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from forksight.adapters import git
from forksight.adapters.config import Config

_PREFIX = "forksight-view-"
# The settings of the repository that change what a merge yields.
_KEPT = ("merge.renames", "merge.renamelimit", "merge.directoryrenames", "diff.renames", "diff.renamelimit")


@dataclass(frozen=True, slots=True)
class View:
    """A view's git dir, and the environment in which git works in it."""

    folder: str
    environment: Mapping[str, str]


@contextmanager
def opened(common_dir: str, config: Config) -> Iterator[View]:
    """A view that is removed afterwards."""
    view = create(common_dir, config)
    try:
        yield view
    finally:
        remove(view)


def create(common_dir: str, config: Config) -> View:
    """A view for the caller to `remove`. What a killed process left behind is removed by the next one that makes a view."""
    _sweep()
    folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    for part in ("objects/info", "objects/pack", "refs/heads", "info", "nothing"):
        os.makedirs(os.path.join(folder, part))
    sha256 = config.values.get("extensions.objectformat") == "sha256"
    files = {
        "HEAD": "ref: refs/heads/none\n",
        "config": "[core]\n\trepositoryformatversion = 1\n"
        + ("[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""),
        "objects/info/alternates": c_quoted(os.path.join(common_dir, "objects")) + "\n",
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    for name in ("shallow", "info/attributes"):
        with suppress(OSError):
            shutil.copyfile(os.path.join(common_dir, name), os.path.join(folder, name))
    settings = {key: value for key, value in config.values.items() if key in _KEPT}
    if "core.attributesfile" in config.values:
        settings["core.attributesfile"] = os.path.expanduser(config.values["core.attributesfile"])
    settings["merge.conflictstyle"] = "merge"
    settings["fastimport.unpacklimit"] = "0"  # unpacking what is thrown away would only cost a process
    environment = {
        **git.quiet(settings.items(), personal=False),
        "GIT_DIR": folder,
        "GIT_WORK_TREE": os.path.join(folder, "nothing"),
    }
    return View(folder, environment)


def remove(view: View) -> None:
    """Remove a view."""
    shutil.rmtree(view.folder, ignore_errors=True)


@functools.cache
def _sweep() -> None:
    """Remove the views of processes that are gone, once."""
    for entry in os.scandir(tempfile.gettempdir()):
        match = re.fullmatch(re.escape(_PREFIX) + r"(\d+)-.*", entry.name)
        if match and not _running(int(match[1])):
            shutil.rmtree(entry.path, ignore_errors=True)


def _running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def c_quoted(path: str) -> str:
    """A path as git's own files and streams take any path: in quotes, as in C."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
