"""Computes the same results with git alone, as the yardstick for the bench."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.repositories import git

_MOVED_ASIDE = re.compile(r"~[0-9a-f]{40}(_\d+)?$")  # git's name for one of two things that want the same path


@dataclass(frozen=True)
class Merged:
    """What `git merge-tree` says of two commits: the merged tree, and by path the stages (1 base, 2 ours, 3 theirs) that it stops at."""

    tree: str
    stages: Mapping[str, Mapping[int, str]]

    @property
    def stopped(self) -> frozenset[str]:
        """The paths that it stops at, but the old name of a file that both sides renamed: that is told by its new ones."""
        return frozenset(_MOVED_ASIDE.sub("", path) for path, stages in self.stages.items() if stages.keys() != {1})


def merges(repository: Path, pairs: Sequence[tuple[str, str]], env: Mapping[str, str] | None = None) -> list[Merged]:
    """Merge pairs of commits, in one process."""
    request = "".join(f"{ours} {theirs}\n" for ours, theirs in pairs).encode()
    arguments = ("merge-tree", "--write-tree", "--stdin", "-z", "--allow-unrelated-histories")
    words = iter(os.fsdecode(git(repository, *arguments, stdin=request, env=env, accept=(0, 1))).split("\0"))
    answers = []
    for _ in pairs:
        clean, tree = next(words) == "1", next(words)
        stages: dict[str, dict[int, str]] = {}
        while line := next(words):
            (_, oid, stage), path = line.partition("\t")[0].split(" "), line.partition("\t")[2]
            stages.setdefault(path, {})[int(stage)] = oid
        # Messages end with an empty word; after a submodule's follows advice for a person.
        while not clean and (count := next(words)).isdigit():
            for _ in range(int(count) + 2):
                next(words)
        answers.append(Merged(tree, stages))
    return answers


def matrix(repository: Path, worktrees: Sequence[Path]) -> dict[tuple[int, int], frozenset[str]]:
    """Which files each pair of dirty worktrees conflicts on: a temporary-index snapshot of each, then all merges at once.

    Its objects live in a temporary directory, so that every time is the first.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        env = {"GIT_OBJECT_DIRECTORY": f"{folder}/objects"}
        env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(repository / ".git" / "objects")
        os.mkdir(env["GIT_OBJECT_DIRECTORY"])
        commits = [snapshot(worktree, f"{folder}/index", env) for worktree in worktrees]
        pairs = [(a, b) for a in range(len(commits)) for b in range(a + 1, len(commits))]
        answers = merges(repository, [(commits[a], commits[b]) for a, b in pairs], env)
    return {pair: merged.stopped for pair, merged in zip(pairs, answers, strict=True) if merged.stopped}


def snapshot(worktree: Path, index: str, env: Mapping[str, str]) -> str:
    """A commit of what `git add -A` would record, made beside the worktree's own index."""
    link = worktree / ".git"
    git_dir = link if link.is_dir() else Path(link.read_text().removeprefix("gitdir: ").strip())
    shutil.copyfile(git_dir / "index", index)
    env = {**env, "GIT_INDEX_FILE": index}
    git(worktree, "add", "-A", env=env)
    tree = git(worktree, "write-tree", env=env).decode().strip()
    return git(worktree, "commit-tree", tree, "-p", "HEAD", "-m", "snapshot", env=env).decode().strip()
