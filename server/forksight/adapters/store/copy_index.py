"""The index of one copy of a transcript, as a JSON object: which session it is of, and which files its archive has."""

import os
from dataclasses import asdict
from typing import Any

from forksight.core.store.copies import Copy, StoredFile
from forksight.core.store.ledger import Generation


def index_of(copy: Copy) -> dict[str, Any]:
    """The JSON object of a copy's index, without the seal."""
    generation = copy.generation
    return {
        "version": 1,
        "session": copy.session,
        "archive": os.path.basename(copy.archive),
        "transcript": copy.transcript,
        "created": copy.created,
        "files": [asdict(file) for file in copy.files],
        "title": copy.title,
        "cwd": copy.cwd,
        "branch": copy.branch,
        "baseline": copy.baseline,
        "generation": {"number": generation.number, "commit": generation.commit, "created": generation.created}
        if generation
        else None,
    }


def copy_in(raw: dict[str, Any], folder: str) -> Copy:
    """The inverse of `index_of`, for an index in `folder`. Raises `KeyError`, `TypeError` or `ValueError` for any other object."""
    files = tuple(StoredFile(file["path"], file["size"], file["sha256"], file.get("mode", 0)) for file in raw["files"])
    archive = os.path.join(folder, os.path.basename(raw["archive"]))
    raw_generation = raw["generation"]
    generation = (
        Generation(raw_generation["number"], raw["session"], raw_generation["commit"], raw_generation["created"])
        if raw_generation
        else None
    )
    facts = (raw["title"], raw["cwd"], raw["branch"], raw["baseline"])
    return Copy(raw["session"], archive, raw["transcript"], raw["created"], files, *facts, generation)
