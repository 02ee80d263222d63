"""What makes git see other parents than a commit has: refs/replace, the old grafts file, and the boundary of a shallow clone.

These are read from git's files. With the reftable format, replacements are not seen.
"""

import functools
import os
from contextlib import suppress

from forksight.adapters.system.disk.file_state import FileState, file_state
from forksight.adapters.system.disk.regular_file import read_regular

_REPLACE = "refs/replace/"


def history_state(common_dir: str) -> tuple[object, ...]:
    """A value that changes when git sees other histories although no ref has changed."""
    stats = tuple(file_state(os.path.join(common_dir, name)) for name in ("shallow", "info/grafts"))
    return (*stats, replacements(common_dir))


def replacements(common_dir: str) -> tuple[tuple[str, str], ...]:
    """The id of each replaced object -> the id of its replacement."""
    packed = os.path.join(common_dir, "packed-refs")
    values = dict(_packed(packed, file_state(packed)))
    with suppress(OSError):
        for name in os.listdir(os.path.join(common_dir, _REPLACE)):
            with suppress(OSError):
                values[name] = read_regular(os.path.join(common_dir, _REPLACE, name)).decode("ascii", "replace").strip()
    return tuple(sorted(values.items()))


def packed_refs(replaced: tuple[tuple[str, str], ...]) -> str:
    """A packed-refs file that makes git see these replacements in another git dir."""
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
