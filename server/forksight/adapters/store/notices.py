"""Sentences that the next session in a repository shows to the person, in the user's cache: one file each, deleted when taken."""

import os
import time
import uuid
from contextlib import suppress
from hashlib import sha256

from forksight.adapters.store.own_files import check_own, own_folder
from forksight.adapters.system.disk.regular_file import read_regular

_LONGEST = 64 << 10  # bytes; a larger file is not read


class NoticeFiles:
    """See `core.ports.store.Notices`."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "notices")

    def leave(self, repository: str, text: str) -> None:
        """See `core.ports.store.Notices`. A file gets its name by a rename once it is complete; until then it ends in `.new`."""
        folder = self._of(repository)
        path = os.path.join(folder, f"{time.time_ns():020d}-{uuid.uuid4().hex}")
        with suppress(OSError):
            own_folder(self._folder)
            own_folder(folder)
            with open(f"{path}.new", "x", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
            os.rename(f"{path}.new", path)

    def take(self, repository: str) -> tuple[str, ...]:
        """See `core.ports.store.Notices`. The process that deletes a file has taken its sentence."""
        folder, taken = self._of(repository), []
        with suppress(OSError):
            check_own(self._folder)
            check_own(folder)
            for name in sorted(os.listdir(folder)):
                path = os.path.join(folder, name)
                with suppress(OSError):
                    check_own(path)
                    text = read_regular(path, _LONGEST, follow=False)
                    if not name.endswith(".new"):
                        os.unlink(path)
                        taken.append(text.decode("utf-8", "surrogateescape"))
        return tuple(taken)

    def _of(self, repository: str) -> str:
        """The folder of a repository's sentences."""
        return os.path.join(self._folder, sha256(os.fsencode(repository)).hexdigest()[:32])
