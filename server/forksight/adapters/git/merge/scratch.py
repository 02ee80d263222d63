"""A view of a repository: a temporary git dir that borrows its objects and shares nothing else.

What is written there is gone with it, and git finds no remote to fetch from, no hook, no driver and no setting but ours.
"""

import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.grafts import packed_refs, replacements
from forksight.core.git.paths import c_quoted

_PREFIX = "forksight-view-"
_LOCK = "in-use"
# The settings of the repository that change what a merge yields.
_KEPT = (
    "merge.renames",
    "merge.renamelimit",
    "merge.directoryrenames",
    "diff.renames",
    "diff.renamelimit",
    "merge.renormalize",
    "merge.conflictstyle",
    "core.autocrlf",
)


@dataclass(frozen=True, slots=True)
class View:
    """A view's git dir, and the environment in which git works in it."""

    folder: str
    environment: Mapping[str, str]
    lock: int  # an open file, locked as long as the view is in use


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
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    lock = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for part in ("objects/info", "objects/pack", "refs/heads", "info", "nothing"):
        os.makedirs(os.path.join(folder, part))
    sha256 = config.values.get("extensions.objectformat") == "sha256"
    files = {
        "HEAD": "ref: refs/heads/none\n",
        "config": "[core]\n\trepositoryformatversion = 1\n"
        + ("[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""),
        "objects/info/alternates": "".join(
            f"{c_quoted(folder)}\n" for folder in (os.path.join(common_dir, "objects"), config.borrowed) if folder
        ),
    }
    if replaced := replacements(common_dir):
        files["packed-refs"] = packed_refs(replaced)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    for name in ("shallow", "info/attributes", "info/grafts"):
        with suppress(OSError):
            shutil.copyfile(os.path.join(common_dir, name), os.path.join(folder, name))
    settings = {key: value for key, value in config.values.items() if key in _KEPT}
    if "core.attributesfile" in config.values:
        settings["core.attributesfile"] = os.path.expanduser(config.values["core.attributesfile"])
    settings["fastimport.unpacklimit"] = "0"  # unpacking what is thrown away would only cost a process
    environment = {
        **process.quiet(settings.items(), personal=False),
        "GIT_DIR": folder,
        "GIT_WORK_TREE": os.path.join(folder, "nothing"),
    }
    return View(folder, environment, lock)


def remove(view: View) -> None:
    """Remove a view."""
    shutil.rmtree(view.folder, ignore_errors=True)
    os.close(view.lock)


@functools.cache
def _sweep() -> None:
    """Remove the views of processes that are gone, once."""
    for entry in os.scandir(tempfile.gettempdir()):
        if entry.name.startswith(_PREFIX) and _abandoned(entry.path):
            shutil.rmtree(entry.path, ignore_errors=True)


def _abandoned(folder: str) -> bool:
    """Whether nobody holds a view's lock; the kernel lets go of it however its process ends, in another container too."""
    try:
        lock = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:  # another user's, or just being made
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
