"""One archive's folder, and the documents in it, each sealed: what somebody else put there is as good as damaged."""

import os
import re
from dataclasses import dataclass
from typing import Any

from forksight.adapters.store.own_files import check_own, read_own, write_whole
from forksight.adapters.store.seal import Seal, parsed, sealed, unsealed

_NAME = re.compile(r"[0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class ArchiveFolder:
    """One archive. Reading and writing raise `OSError`."""

    path: str  # the folder's
    seal: Seal

    def file(self, name: str) -> str:
        """The path of a file in it."""
        return os.path.join(self.path, name)

    def make(self) -> None:
        """Make the folder, for this user alone, unless it is there."""
        os.makedirs(self.path, mode=0o700, exist_ok=True)

    def read(self, name: str) -> dict[str, Any]:
        """A document that this user wrote on this machine."""
        return unsealed(self.seal, self._kind(name), read_own(self.file(name)), self.file(name))

    def write(self, name: str, body: dict[str, Any]) -> None:
        """Write a document in one go."""
        write_whole(self.file(name), sealed(self.seal, self._kind(name), body))

    def adopt(self, name: str) -> None:
        """Seal a document that somebody else, or an older version, wrote. One that is damaged, or not there, stays so."""
        try:
            body = parsed(read_own(self.file(name)))
            body.pop("seal", None)
        except (OSError, ValueError, AttributeError):
            return
        self.write(name, body)

    def _kind(self, name: str) -> str:
        return f"archive {os.path.basename(self.path)} {name}"


def folder_in(top: str, path: str, seal: Seal) -> ArchiveFolder:
    """The archive that a path names by its last part: it lies in `top`, whatever the rest of the path says.

    Raises `OSError` for what can't be an archive's name, and where a link or somebody else's folder is in the way.
    """
    name = os.path.basename(path)
    if not _NAME.fullmatch(name):
        raise OSError(0, f"{path} is no archive")
    for place in (os.path.dirname(top), top, os.path.join(top, name)):
        check_own(place)
    return ArchiveFolder(os.path.join(top, name), seal)
