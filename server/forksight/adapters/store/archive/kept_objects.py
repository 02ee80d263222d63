"""Verifies that git still has what restoring a fork needs: the refs that keep its commits, and every object they reach."""

import os
from collections.abc import Mapping

from forksight.adapters.git import process
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.git.objects.object_id import algorithm_of, object_id

_BATCH = 100  # how many objects' bytes are in memory at a time


def verify(common_dir: str, environment: Mapping[str, str], ref: str, kept: Mapping[str, str]) -> None:
    """Check that each ref `ref/WORD` points to `kept[WORD]`, a commit or tree, and that all objects it reaches exist.

    Objects that only archives reach are also read and hashed; damage of the others would be noticed by git itself. Raises
    `OSError` that names the ref or object, or `GitError`.
    """
    if not kept:
        return

    def git(*arguments: str) -> str:
        return os.fsdecode(process.run(arguments, cwd=common_dir, env=environment, timeout=process.LONG_TIMEOUT))

    lines = git("for-each-ref", "--format=%(refname) %(objectname)", ref).splitlines()
    refs = dict(line.split(" ") for line in lines)
    for word, oid in kept.items():
        if refs.get(f"{ref}/{word}") != oid:
            raise OSError(0, f"{ref}/{word}, which keeps {oid} from being pruned, is gone or changed")
    git("rev-list", "--objects", "--quiet", "--no-walk", "--missing=allow-promisor", *kept.values())
    listing = ["rev-list", "--objects", "--no-object-names", "--missing=allow-promisor", *kept.values()]
    own = git(*listing, "--not", "--exclude=refs/forksight/*", "--all").splitlines()
    objects = Objects(common_dir, lambda: environment)
    try:
        for start in range(0, len(own), _BATCH):
            batch = own[start : start + _BATCH]
            contents = objects.contents(batch)
            for oid in batch:
                content = contents.get(oid)
                if content is None or object_id(content.data or b"", algorithm_of(oid), content.kind) != oid:
                    raise OSError(0, f"git's object {oid} is missing or damaged")
    finally:
        objects.close()
