"""Makes repositories with many commits (`git fast-import`) and worktrees (`git worktree add`)."""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Files = Mapping[str, bytes | None]  # None removes a path


def isolate(home: Path, **more: str) -> None:
    """Give this process, and the processes that it starts, an empty home, no git settings but a name, and the variables `more`."""
    home.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "CLAUDE_", "FORKSIGHT_CLAUDE"))]:
        del os.environ[name]
    os.environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **more}
    os.environ |= {f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")}
    os.environ |= {f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")}


def git(
    cwd: Path,
    *arguments: str,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
) -> bytes:
    """What git prints on standard output. Raises RuntimeError for an exit status that is not in `accept`."""
    completed = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **env} if env else None,
        capture_output=True,
        check=False,
    )
    if completed.returncode not in accept:
        raise RuntimeError(f"git {' '.join(arguments)}: {os.fsdecode(completed.stderr)}")
    return completed.stdout


def blobs(repository: Path, names: Sequence[str]) -> list[bytes | None]:
    """The contents of the blobs with these names (in any form that git accepts); None for an object that is missing or not a blob."""
    output = git(repository, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
    contents: list[bytes | None] = []
    at = 0
    for _ in names:
        end = output.index(b"\n", at)
        facts, at = output[at:end].split(b" "), end + 1
        if facts[-1] == b"missing":
            contents.append(None)
            continue
        size = int(facts[-1])
        contents.append(output[at : at + size] if facts[-2] == b"blob" else None)
        at += size + 1
    return contents


@dataclass
class History:
    """Commits that `write` makes all at once. Until then, a commit is named by its mark (`:1`)."""

    branches: dict[str, str] = field(default_factory=dict)  # name -> the mark of its last commit
    _stream: bytearray = field(default_factory=bytearray)
    _marks: int = 0

    def commit(self, branch: str, files: Files, *parents: str, modes: Mapping[str, str] | None = None) -> str:
        """Add a commit that changes these files of its first parent, or is a root commit without parents; returns its mark."""
        self._marks += 1
        mark = f":{self._marks}"
        self.branches[branch] = mark
        moment = 1_700_000_000 + 60 * self._marks
        out = self._stream
        out += f"reset refs/heads/{branch}\ncommit refs/heads/{branch}\nmark {mark}\n".encode()
        out += f"committer Ada <ada@example.org> {moment} +0000\ndata 0\n".encode()
        for kind, parent in zip(("from", *["merge"] * len(parents)), parents, strict=False):
            out += f"{kind} {parent}\n".encode()
        for path, data in files.items():
            if data is None:
                out += f"D {path}\n".encode()
        for path, data in files.items():
            if data is not None:
                mode = (modes or {}).get(path, "100644")
                out += f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
        return mark

    def write(self, repository: Path) -> dict[str, str]:
        """Make the commits in a repository; returns mark -> commit id."""
        marks = repository / ".git" / "bench-marks"
        git(repository, "fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin=bytes(self._stream))
        return dict(line.split() for line in marks.read_text().splitlines())


def create(folder: Path, files: Files) -> Path:
    """Make a repository with one commit on `main`, checked out; returns its path."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    history = History()
    history.commit("main", files)
    history.write(folder)
    git(folder, "reset", "--quiet", "--hard")
    return folder


def worktrees(repository: Path, count: int) -> list[Path]:
    """Add that many linked worktrees beside a repository, each on its own branch (`topic-0`, …); returns their paths."""
    paths = []
    for number in range(count):
        path = repository.parent / f"{repository.name}-topic-{number}"
        git(repository, "worktree", "add", "--quiet", "-b", f"topic-{number}", str(path))
        paths.append(path)
    return paths


def settle(places: Iterable[Path]) -> None:
    """Wait until git trusts the modification times in the worktrees' indexes: before that, it reads each changed file again."""
    time.sleep(1.1)
    for place in places:
        git(place, "status", "--porcelain")
