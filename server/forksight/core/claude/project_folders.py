"""Where Claude Code keeps the sessions of a directory: the names of its project folders."""

import re
from functools import lru_cache

LONGEST = 200  # characters of a project folder's name, without the hash


@lru_cache(1_000)
def encode(directory: str) -> str:
    """The name of a directory's project folder, before Claude Code shortens it."""
    return re.sub(r"[^a-zA-Z0-9]", "-", directory)


def is_folder_of(name: str, directory: str) -> bool:
    """Whether a project folder may be that of a directory. Claude Code cuts names after 200 characters and appends a hash."""
    encoded = encode(directory)
    return name == encoded or (len(encoded) > LONGEST and name.startswith(f"{encoded[:LONGEST]}-"))
