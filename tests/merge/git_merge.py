"""git's own three-way merge as the judge: many files merged by one `git merge-tree --write-tree`."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

Triple = tuple[bytes, bytes, bytes]  # base, ours, theirs


@dataclass(frozen=True)
class Judged:
    """What git made of one file: whether it stopped, and between the markers ours and theirs."""

    conflict: bool
    regions: tuple[tuple[bytes, bytes], ...]


def judge(triples: Sequence[Triple], config: Sequence[str] = ()) -> list[Judged]:
    """Merge every (base, ours, theirs), each as a file of one tree."""
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        env = {**os.environ, "GIT_DIR": folder, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

        def git(*args: str, data: bytes = b"", ok: Sequence[int] = (0,)) -> bytes:
            done = subprocess.run(["git", *config, *args], input=data, env=env, capture_output=True, check=False)
            assert done.returncode in ok, done.stderr
            return done.stdout

        git("init", "--quiet", "--bare", folder)
        stream = bytearray()
        for branch, parent in (("base", None), ("ours", "base"), ("theirs", "base")):
            index = ("base", "ours", "theirs").index(branch)
            stream += b"commit refs/heads/%s\ncommitter a <a@b> 0 +0000\ndata 0\n" % branch.encode()
            if parent:
                stream += b"from refs/heads/%s\n" % parent.encode()
            for number, triple in enumerate(triples):
                content = triple[index]
                stream += b"M 100644 inline f%d\ndata %d\n%s\n" % (number, len(content), content)
        git("fast-import", "--quiet", "--force", data=bytes(stream))
        tree, *listing = git("merge-tree", "--write-tree", "-z", "ours", "theirs", ok=(0, 1)).split(b"\0")
        stopped = set()
        for line in listing:
            if not line:
                break
            stopped.add(int(line.partition(b"\t")[2][1:]))
        merged = git("cat-file", "--batch", data=b"".join(b"%s:f%d\n" % (tree, number) for number in sorted(stopped)))
        regions = {}
        for number in sorted(stopped):
            header, _, merged = merged.partition(b"\n")
            size = int(header.split()[2])
            regions[number] = between_markers(merged[:size])
            merged = merged[size + 1 :]
        return [Judged(number in stopped, regions.get(number, ())) for number in range(len(triples))]


def between_markers(merged: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Ours and theirs of each conflict in a merged file, in order."""
    regions = []
    ours: list[bytes] | None = None
    theirs: list[bytes] | None = None
    in_base = False  # as the styles diff3 and zdiff3 show it, between the two
    for line in merged.split(b"\n"):
        if line.startswith(b"<<<<<<< "):
            ours = []
        elif ours is not None and theirs is None and line.startswith(b"||||||| "):
            in_base = True
        elif ours is not None and theirs is None and line.rstrip(b"\r") == b"=======":
            theirs, in_base = [], False
        elif theirs is not None and line.startswith(b">>>>>>> "):
            assert ours is not None
            regions.append((b"".join(ours), b"".join(theirs)))
            ours = theirs = None
        elif theirs is not None:
            theirs.append(line + b"\n")
        elif ours is not None and not in_base:
            ours.append(line + b"\n")
    return tuple(regions)
