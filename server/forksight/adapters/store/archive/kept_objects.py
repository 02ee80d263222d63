"""Whether git still holds all that bringing a fork back needs: the refs that keep its commits, and every object behind them."""

import os
from collections.abc import Mapping

from forksight.adapters.git import process
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.git.objects.object_id import algorithm_of, object_id

_AT_ONCE = 100  # objects whose bytes are held


def verify(common_dir: str, environment: Mapping[str, str], ref: str, kept: Mapping[str, str]) -> None:
    """Look at the commits and trees (`kept`) that an archive's refs, `ref/WORD` for each WORD, must keep.

    What nothing but the archives has is read to its end; of the rest, which git's own users would miss first, it is seen that it
    is there. Raises `OSError` that names the ref or object, `GitError`.
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
        for start in range(0, len(own), _AT_ONCE):
            batch = own[start : start + _AT_ONCE]
            contents = objects.contents(batch)
            for oid in batch:
                content = contents.get(oid)
                if content is None or object_id(content.data or b"", algorithm_of(oid), content.kind) != oid:
                    raise OSError(0, f"git's object {oid} is missing or damaged")
    finally:
        objects.close()
