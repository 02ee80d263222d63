"""Creates the commits of snapshots and rosters with one `git fast-import`, without an index.

No filters run: the scanner has converted the files' contents already.
"""

from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.core.git.paths import c_quoted
from forksight.core.git.snapshot import GITLINK
from forksight.core.problems import TeamError
from forksight.core.teams.sharing import SharedWorktree

# Always write a pack: `tidy` repacks packs and ignores loose objects.
_SETTINGS = ("-c", "fastimport.unpackLimit=0")
# Depth 0: no deltas. fast-import makes them against the file written before, and a push would reuse these large ones instead of making
# small ones against the base.
_FLAGS = ("--quiet", "--force", "--done", "--depth=0")


def commit_snapshots(
    worktrees: Sequence[SharedWorktree],
    contents: Mapping[str, bytes],
    person: str,
    *,
    folder: str,
    env: Mapping[str, str],
) -> tuple[str, ...]:
    """Create a commit for each worktree and return their ids in order. Raises `GitError`, `TeamError`.

    `contents` maps blob id -> bytes, `person` is `NAME <EMAIL>`, `folder` and `env` are our repository's.
    """
    stream = bytearray()
    for number, shared in enumerate(worktrees, 1):
        message = shared.message().text()
        stream += _commit(
            f"refs/forksight/own/{number}", shared.parents, message, person=person, date=shared.date, mark=number
        )
        stream += b"deleteall\n"
        for path, entry in shared.files.items():
            name = c_quoted(path).encode("utf-8", "surrogateescape")
            if entry.mode == GITLINK:
                stream += b"M 160000 %s %s\n" % (entry.oid.encode(), name)
            else:
                data = contents[entry.oid]
                stream += b"M %06o inline %s\ndata %d\n%s\n" % (entry.mode, name, len(data), data)
    return _import(stream, len(worktrees), folder, env)


def commit_roster(
    ref: str, message: str, snapshots: Sequence[str], person: str, date: float, *, folder: str, env: Mapping[str, str]
) -> str:
    """Create a roster's commit with `snapshots` as parents, set `ref` to it, and return its id. `date`: seconds since the epoch."""
    stream = _commit(ref, snapshots, message, person=person, date=date) + b"deleteall\n"
    return _import(bytearray(stream), 1, folder, env)[0]


def _commit(ref: str, parents: Sequence[str], message: str, *, person: str, date: float, mark: int = 1) -> bytes:
    """The commands of fast-import that begin a commit: https://git-scm.com/docs/git-fast-import."""
    text = message.encode()
    lines = [
        b"reset %s" % ref.encode(),
        b"commit %s" % ref.encode(),
        b"mark :%d" % mark,
        b"author %s %d +0000" % (person.encode("utf-8", "surrogateescape"), date),
        b"committer %s %d +0000" % (person.encode("utf-8", "surrogateescape"), date),
        b"data %d\n%s" % (len(text), text),
        *(b"%s %s" % (b"merge" if number else b"from", parent.encode()) for number, parent in enumerate(parents)),
    ]
    return b"\n".join(lines) + b"\n"


def _import(stream: bytearray, count: int, folder: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Run fast-import on a stream that defines the marks 1 to `count`. Returns their ids."""
    for number in range(1, count + 1):
        stream += b"get-mark :%d\n" % number
    stream += b"done\n"
    printed = process.run([*_SETTINGS, "fast-import", *_FLAGS], cwd=folder, env=env, stdin=bytes(stream))
    ids = tuple(printed.decode().split())
    if len(ids) != count:
        raise TeamError("git fast-import made no commit of what is shared", fix="run `forksight doctor`")
    return ids
