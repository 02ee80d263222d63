"""A view of a repository: a temporary git dir that borrows its objects and shares nothing else.

What is written there is removed with it. git finds no remote to fetch from, no hook, no driver and no setting but ours.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.objects.grafts import packed_refs, replacements
from forksight.adapters.system.disk.temporary import TemporaryFolder, make_temporary_folder
from forksight.core.git.paths import c_quoted

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
    """A view: its git dir, and the environment for git in it."""

    storage: TemporaryFolder
    environment: Mapping[str, str]

    @property
    def folder(self) -> str:
        """The path of the git dir."""
        return self.storage.path

    def remove(self) -> None:
        """Remove the view."""
        self.storage.remove()


@contextmanager
def opened(common_dir: str, config: Config) -> Iterator[View]:
    """A context manager for a view that is removed afterwards."""
    view = create(common_dir, config)
    try:
        yield view
    finally:
        view.remove()


def create(common_dir: str, config: Config) -> View:
    """A new view, which the caller must `remove`."""
    storage = make_temporary_folder()
    folder = storage.path
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
    return View(storage, environment)
