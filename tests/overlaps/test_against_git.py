"""Random trees, half committed and half not, with renames, types and folders in the way: git stops where we say, nowhere else."""

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.features.overlaps.engine import OverlapEngine
from tests.examples import examples

FOLDERS = ("", "src/", "src/deep/", "docs/")
NAMES = ("a.py", "b.py", "c.txt", "with space", "emoji-🦑", 'quo"te', "new\nline")

ABORTED = (-6, 134)  # how an assertion of git's own ends it
MOVED_ASIDE = re.compile(r"~[0-9a-f]{40}(_\d+)?$")  # git's name for one of two things that want the same path


def git(cwd: Path, *args: str, index: Path | None = None, ok: tuple[int, ...] = (0,)) -> bytes:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    env |= {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    if index:
        env["GIT_INDEX_FILE"] = str(index)
    done = subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, check=False)
    assert done.returncode in ok, (args, done.stderr)
    return done.stdout


def content(rng: random.Random) -> bytes:
    lines = [b"line %d of %d" % (n, rng.randint(0, 3)) for n in range(rng.randint(0, 14))]
    return b"\n".join(lines) + (b"\n" if rng.random() < 0.9 else b"")


def files_of(top: Path) -> list[Path]:
    paths = [path for path in top.rglob("*") if (path.is_file() or path.is_symlink()) and ".git" not in path.parts]
    return sorted(paths)


def put(path: Path, data: bytes) -> None:
    """Write a file, unless a file stands where its folder would be or a folder where it would be."""
    if path.is_dir() or any(parent.is_file() or parent.is_symlink() for parent in path.parents):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def edit(rng: random.Random, top: Path) -> None:
    """One change such as a person or an agent makes."""
    files = files_of(top)
    place = top / (rng.choice(FOLDERS) + rng.choice(NAMES))
    if not files or rng.random() < 0.15:
        put(place, content(rng))
        return
    path = rng.choice(files)
    kind = rng.choice(
        ["lines"] * 8
        + ["delete", "delete", "rename", "rename", "rename", "binary", "mode", "symlink", "folder", "move"]
    )
    if kind == "lines" and not path.is_symlink():
        lines = path.read_bytes().split(b"\n")
        at = rng.randrange(len(lines))
        lines[at : at + rng.randint(0, 2)] = [b"edit %d" % rng.randint(0, 2) for _ in range(rng.randint(0, 2))]
        path.write_bytes(b"\n".join(lines))
    elif kind == "delete":
        path.unlink()
    elif kind == "rename" and not path.is_symlink():
        data = path.read_bytes()
        path.unlink()
        put(place, data)
    elif kind == "binary" and not path.is_symlink():
        path.write_bytes(b"\0" + content(rng))
    elif kind == "mode" and not path.is_symlink():
        path.chmod(path.stat().st_mode ^ 0o111)
    elif kind == "symlink":
        path.unlink()
        path.symlink_to(rng.choice(["a", "b"]))
    elif kind == "folder":
        path.unlink()
        put(path / "inside", content(rng))
    elif kind == "move":
        old = top / "src"
        if old.is_dir() and not (top / "lib").exists():
            old.rename(top / "lib")


def commit(worktree: Path, message: str) -> str:
    git(worktree, "add", "-A")
    git(worktree, "-c", "maintenance.auto=false", "commit", "-q", "--allow-empty", "-m", message)
    return git(worktree, "rev-parse", "HEAD").decode().strip()


def cross(rng: random.Random, left: Path, right: Path) -> None:
    """Both commit, and each merges what the other committed, in one of the ways that people settle conflicts: two merge bases."""
    for worktree in (left, right):
        for _ in range(rng.randint(0, 4)):
            edit(rng, worktree)
    commits = commit(left, "left"), commit(right, "right")
    for worktree, theirs in ((left, commits[1]), (right, commits[0])):
        how = rng.choice([["-s", "ours"], ["-X", "ours"], ["-X", "theirs"], []])
        merge = ["merge", "-q", "--no-ff", "--no-commit"]
        git(worktree, *merge, *how, theirs, ok=(0, 1, 2, *ABORTED))
        git_dir = Path(os.fsdecode(git(worktree, "rev-parse", "--absolute-git-dir").strip()))
        if not (git_dir / "MERGE_HEAD").exists():
            (git_dir / "index.lock").unlink(missing_ok=True)
            git(worktree, "reset", "-q", "--hard")
            git(worktree, "clean", "-q", "-fd")
            git(worktree, *merge, "-s", "ours", theirs)
        commit(worktree, "merged")


def recorded(worktree: Path, index: Path) -> str:
    """A commit of what `git add -A` records in a worktree, on top of its HEAD."""
    git_dir = git(worktree, "rev-parse", "--absolute-git-dir").decode().strip()
    if Path(git_dir, "index").exists():
        shutil.copy2(Path(git_dir, "index"), index)  # with its time, by which git knows what it must look at again
    git(worktree, "add", "-A", index=index)
    tree = git(worktree, "write-tree", index=index).decode().strip()
    return git(worktree, "commit-tree", tree, "-p", "HEAD", "-m", "recorded").decode().strip()


def paths_git_stops_at(top: Path, ours: str, theirs: str) -> dict[str, set[str]] | None:
    """Every conflicted path, but the old name of a file that both sides renamed (it is told by its new one), with its names:
    a file in a folder that the other side renamed has its own beside the one that git suggests, and of a folder that went more
    ways than one git names the folder alone. None where an assertion of git's own ends it: there is no truth to compare with."""
    out = os.fsdecode(git(top, "merge-tree", "--write-tree", "-z", ours, theirs, ok=(0, 1, *ABORTED)))
    if not out:
        return None
    words = iter(out.split("\0")[1:])
    files = files_below(top, "", ours, theirs)

    def told_as(path: str) -> str:
        return path if path in files else MOVED_ASIDE.sub("", path)

    stages: dict[str, set[str]] = {}
    for line in iter(lambda: next(words, ""), ""):
        facts, _, path = line.partition("\t")
        stages.setdefault(told_as(path), set()).add(facts[-1:])
    stopped = {path: {path} for path, numbers in stages.items() if numbers != {"1"}}
    for count in iter(lambda: next(words, ""), ""):
        paths = [told_as(next(words)) for _ in range(int(count))]
        kind, _ = next(words), next(words)
        # The path is left as it is.
        if kind.startswith("CONFLICT") and "directory rename" in kind and stages.keys().isdisjoint(paths):
            stopped[paths[-1]] = {paths[-1], *files_below(top, f"{paths[-1]}/", ours, theirs)}
        elif kind == "CONFLICT (directory rename suggested)" and paths[0] in stopped:
            stopped[paths[0]].add(paths[1])
    return stopped


def files_below(top: Path, folder: str, *commits: str) -> set[str]:
    listings = (git(top, "ls-tree", "-r", "-z", "--name-only", commit) for commit in commits)
    files = {path for listing in listings for path in os.fsdecode(listing).split("\0") if path}
    return {path for path in files if path.startswith(folder)}


@pytest.mark.parametrize("crossed", [False, True], ids=["one merge base", "several"])
@examples(24)
@given(st.integers(0, 2**32))
@example(254189076)  # a folder that went more ways than one
@example(1387999090)  # a file that became a folder there: git tells a conflict that it does not stop at
def test_stops_exactly_where_git_stops(tmp_path_factory: pytest.TempPathFactory, crossed: bool, seed: int) -> None:
    check_seed(tmp_path_factory.mktemp("tree"), seed, crossed=crossed)


def check_seed(folder: Path, seed: int, *, crossed: bool) -> None:
    rng = random.Random(seed)
    top, other = folder / "main", folder / "other"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    for _ in range(rng.randint(1, 12)):
        put(top / (rng.choice(FOLDERS) + rng.choice(NAMES)), content(rng))
    commit(top, "base")
    git(top, "worktree", "add", "-q", "-b", "other", str(other))
    if crossed:
        cross(rng, top, other)
    for worktree in (top, other):
        for step in range(rng.randint(0, 6)):
            edit(rng, worktree)
            if step == 2 and rng.random() < 0.6:
                commit(worktree, "step")
    repository = GitRepository(find_common_dir(str(top)))
    try:
        engine = OverlapEngine(repository)
        engine.refresh()
        report = engine.overlaps(str(top))
        matrix = engine.matrix()
    finally:
        repository.close()
    ours, theirs = recorded(top, folder / "index-a"), recorded(other, folder / "index-b")
    stopped = paths_git_stops_at(top, ours, theirs)
    if stopped is None:
        assert [problem.message.partition(" to ")[0] for problem in report.problems] == ["git itself fails"], seed
        return
    assert report.problems == (), seed
    conflicts = [{overlap.path, overlap.other.path} for overlap in report.overlaps if overlap.kind.stops_merge]
    silent = [path for path, names in stopped.items() if not any(names & paths for paths in conflicts)]
    false = [paths for paths in conflicts if not any(names & paths for names in stopped.values())]
    assert not silent, (seed, "silent on", silent, "git", stopped, "we", conflicts)
    assert not false, (seed, "false", false, "git", stopped, "we", conflicts)
    assert bool(matrix.pairs) == bool(stopped), seed
