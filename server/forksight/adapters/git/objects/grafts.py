"""What makes git see other parents than a commit names: refs below refs/replace, the old grafts file, a shallow clone's end.

Read from the files that git keeps them in; with the reftable format replacements are not seen here.
"""

import functools
import os
from contextlib import suppress

from forksight.adapters.system.disk.file_state import FileState, file_state
from forksight.adapters.system.disk.regular_file import read_regular

_REPLACE = "refs/replace/"


def history_state(common_dir: str) -> tuple[object, ...]:
    """A value that changes when histories look different although no commit has changed."""
    stats = tuple(file_state(os.path.join(common_dir, name)) for name in ("shallow", "info/grafts"))
    return (*stats, replacements(common_dir))


def replacements(common_dir: str) -> tuple[tuple[str, str], ...]:
    """The replaced objects, each with what stands in for it, by their ids."""
    packed = os.path.join(common_dir, "packed-refs")
    values = dict(_packed(packed, file_state(packed)))
    with suppress(OSError):
        for name in os.listdir(os.path.join(common_dir, _REPLACE)):
            with suppress(OSError):
                values[name] = read_regular(os.path.join(common_dir, _REPLACE, name)).decode("ascii", "replace").strip()
    return tuple(sorted(values.items()))


def packed_refs(replaced: tuple[tuple[str, str], ...]) -> str:
    """The file that makes git see these replacements in another git dir."""
    return "".join(["# pack-refs with: sorted \n", *(f"{new} {_REPLACE}{old}\n" for old, new in replaced)])


@functools.lru_cache(32)
def _packed(path: str, stat: FileState) -> tuple[tuple[str, str], ...]:
    if stat is None:
        return ()
    try:
        data = read_regular(path)
    except OSError:
        return ()
    if f" {_REPLACE}".encode() not in data:  # hardly anybody has one, and there may be thousands of other refs
        return ()
    lines = (line.partition(" ") for line in data.decode("utf-8", "replace").splitlines())
    return tuple((name.removeprefix(_REPLACE), oid) for oid, _, name in lines if name.startswith(_REPLACE))
