"""git itself as the judge of a scan: `git add -A` into copies of the index and the object directory."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from forksight.core.git.snapshot import Change, Entry, Snapshot
from tests.conftest import Checkout


def recorded_by_add(checkout: Checkout) -> dict[str, Change]:
    """What `git add --all` would record, as a difference to HEAD; the checkout is left as it was."""
    with tempfile.TemporaryDirectory(prefix="judge-") as scratch:
        index = Path(scratch, "index")
        real = Path(checkout.path, checkout.git("rev-parse", "--git-path", "index"))
        if real.exists():
            shutil.copy2(real, index)
        env = {
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": scratch,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(checkout.path / checkout.git("rev-parse", "--git-path", "objects")),
            "GIT_OPTIONAL_LOCKS": "0",
        }
        with suppress(AssertionError):  # with a sparse checkout it adds what it may, and fails
            checkout.git("-c", "core.safecrlf=false", "add", "--all", "--ignore-errors", env=env)
        tree = checkout.git("write-tree", env=env)
        born = checkout.git("rev-list", "--max-count=1", "--all")
        head = (
            checkout.git("rev-parse", "HEAD^{tree}") if born else checkout.git("hash-object", "-t", "tree", os.devnull)
        )
        raw = checkout.git("diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", head, tree, env=env)
    words = raw.split("\0")
    return {path: change(meta) for meta, path in zip(words[::2], words[1::2], strict=False)}


def change(meta: str) -> Change:
    mode_old, mode_new, old, new, _ = meta.lstrip(":").split(" ")
    return Change(entry(mode_old, old), entry(mode_new, new))


def entry(mode: str, oid: str) -> Entry | None:
    return Entry(int(mode, 8), oid) if int(mode, 8) else None


def scanned(checkout: Checkout) -> Snapshot:
    """What the adapter sees, from a fresh start, with no problem."""
    repository = checkout.open()
    try:
        snapshot, problems = repository.scan(checkout.seen_by(repository))
        assert not problems
        new = [change.new for change in snapshot.changes.values() if change.new and change.new.mode != 0o160000]
        missing = {entry.oid for entry in new} - repository.blobs(entry.oid for entry in new).keys()
        assert not missing, "the bytes of what changed are there"
        return snapshot
    finally:
        repository.close()
