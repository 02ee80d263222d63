"""The folder of one archive, and the sealed JSON documents in it. A document that this user did not write counts as damaged."""

import os
import re
from dataclasses import dataclass
from typing import Any

from forksight.adapters.store.own_files import check_own, read_own, write_whole
from forksight.adapters.store.seal import Seal, parsed, sealed, unsealed

_NAME = re.compile(r"[0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class ArchiveFolder:
    """The folder of one archive. Methods that read or write raise `OSError`."""

    path: str
    seal: Seal

    def file(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.path, name)

    def make(self) -> None:
        """Create the folder, accessible to this user only, unless it exists."""
        os.makedirs(self.path, mode=0o700, exist_ok=True)

    def read(self, name: str) -> dict[str, Any]:
        """The JSON object in a document. Raises `OSError` unless this user wrote it on this machine."""
        return unsealed(self.seal, self._kind(name), read_own(self.file(name)), self.file(name))

    def write(self, name: str, body: dict[str, Any]) -> None:
        """Seal and write a document, wholly or not at all."""
        write_whole(self.file(name), sealed(self.seal, self._kind(name), body))

    def adopt(self, name: str) -> None:
        """Seal a document that somebody else or an older version wrote. A missing or damaged one is left as it is."""
        try:
            body = parsed(read_own(self.file(name)))
            body.pop("seal", None)
        except (OSError, ValueError, AttributeError):
            return
        self.write(name, body)

    def _kind(self, name: str) -> str:
        """What the seal says a document is: it is valid in this archive and under this name only."""
        return f"archive {os.path.basename(self.path)} {name}"


def folder_in(top: str, path: str, seal: Seal) -> ArchiveFolder:
    """The folder in `top` that has the last part of `path` as its name; the rest of `path` is ignored. It need not exist.

    Raises `OSError` if the name can't be an archive's, or if one of the folders is a link or somebody else's.
    """
    name = os.path.basename(path)
    if not _NAME.fullmatch(name):
        raise OSError(0, f"{path} is no archive")
    for folder in (os.path.dirname(top), top, os.path.join(top, name)):
        check_own(folder)
    return ArchiveFolder(os.path.join(top, name), seal)
