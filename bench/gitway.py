"""Computes the same results as Forksight with git alone, to compare both."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.repositories import git

_MOVED_ASIDE = re.compile(
    r"~[0-9a-f]{40}(_\d+)?$"
)  # the name that git gives to one of two files or folders at the same path


@dataclass(frozen=True)
class Merged:
    """What `git merge-tree` prints about two commits: the merged tree, and for each path in conflict its stages (1 base, 2 ours, 3 theirs)."""

    tree: str
    stages: Mapping[str, Mapping[int, str]]  # path -> stage -> blob id

    @property
    def stopped(self) -> frozenset[str]:
        """The paths in conflict, without the old name of a file that both sides renamed: its new names are listed."""
        return frozenset(_MOVED_ASIDE.sub("", path) for path, stages in self.stages.items() if stages.keys() != {1})


def merges(repository: Path, pairs: Sequence[tuple[str, str]], env: Mapping[str, str] | None = None) -> list[Merged]:
    """Merge each pair of commits, all in one git process. Nothing is written but objects."""
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
        # An empty word ends the messages; after those about a submodule, git prints advice too.
        while not clean and (count := next(words)).isdigit():
            for _ in range(int(count) + 2):
                next(words)
        answers.append(Merged(tree, stages))
    return answers


def matrix(repository: Path, worktrees: Sequence[Path]) -> dict[tuple[int, int], frozenset[str]]:
    """The files in which each pair of dirty worktrees conflicts, by the numbers of the worktrees (the smaller first).

    Each worktree is committed with a temporary index, then all pairs are merged in one process. The objects are in a temporary
    directory, so that no call profits from the one before.
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
    """The id of a commit of what `git add -A` would record, made with another index than the worktree's own."""
    link = worktree / ".git"
    git_dir = link if link.is_dir() else Path(link.read_text().removeprefix("gitdir: ").strip())
    shutil.copyfile(git_dir / "index", index)
    env = {**env, "GIT_INDEX_FILE": index}
    git(worktree, "add", "-A", env=env)
    tree = git(worktree, "write-tree", env=env).decode().strip()
    return git(worktree, "commit-tree", tree, "-p", "HEAD", "-m", "snapshot", env=env).decode().strip()
