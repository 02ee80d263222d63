"""Clean merges made from consecutive commits of a history, to find false findings of the semantic rule.

Of three consecutive commits A, B and C, one side changes A to B, and the other side applies the changes from B to C to A. If git can do
that, merging both gives C, a program that somebody wrote as a whole. So everything that the rule finds in the merge is wrong, unless
checkers that do not know the rule find an error in C that neither side has.
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.repositories import git
from bench.semantic.judges import Error, only_in_merge, python_errors
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.semantic.breaks import Break
from forksight.core.settings import LANGUAGES
from forksight.features.overlaps.pairs.pair import compare
from forksight.features.overlaps.semantic.engine import SemanticOverlaps
from forksight.features.overlaps.texts import Texts

STEPS = ((1, 1), (1, 3), (3, 1), (4, 4), (12, 12))  # numbers of commits from A to B, and from B to C


@dataclass(frozen=True)
class CleanMerge:
    """Three commits (the base and both sides), and the tree of their merge."""

    base: str
    ours: str
    theirs: str
    merged: str


def reordered(repository: Path, limit: int | None = None) -> Iterator[CleanMerge]:
    """The clean merges from a history's first-parent line, of its last `limit` commits. Writes commits to the repository."""
    line = git(repository, "rev-list", "--reverse", "--first-parent", "HEAD").decode().split()
    line = line[-limit:] if limit else line
    for first, second in STEPS:
        for at in range(len(line) - first - second):
            base, ours, both = line[at], line[at + first], line[at + first + second]
            undone = git(repository, "commit-tree", f"{base}^{{tree}}", "-p", ours, "-m", "undone").decode().strip()
            picked = git(repository, "merge-tree", "--write-tree", undone, both, accept=(0, 1)).decode()
            tree = picked.split("\n", 1)[0]
            if "CONFLICT" in picked:
                continue
            their_commit = git(repository, "commit-tree", tree, "-p", base, "-m", "theirs").decode().strip()
            our_commit = git(repository, "commit-tree", f"{ours}^{{tree}}", "-p", base, "-m", "ours").decode().strip()
            result = git(repository, "merge-tree", "--write-tree", our_commit, their_commit, accept=(0, 1)).decode()
            if "CONFLICT" not in result:
                yield CleanMerge(base, our_commit, their_commit, result.split("\n", 1)[0])


def taken_back(repository: Path, limit: int | None = None) -> Iterator[CleanMerge]:
    """Merges in which one side reverts a commit and the other has newer commits: many of them are clean but broken."""
    line = git(repository, "rev-list", "--reverse", "--first-parent", "HEAD").decode().split()
    line = line[-limit:] if limit else line
    for back in (3, 10):
        for before, commit, later in zip(line, line[1:], line[1 + back :], strict=False):
            theirs = git(repository, "commit-tree", f"{before}^{{tree}}", "-p", commit, "-m", "back").decode().strip()
            result = git(repository, "merge-tree", "--write-tree", later, theirs, accept=(0, 1)).decode()
            if "CONFLICT" not in result:
                yield CleanMerge(commit, later, theirs, result.split("\n", 1)[0])


def findings(repository: Path, merges: Sequence[CleanMerge]) -> list[list[Break]]:
    """What the semantic rule finds in each merge."""
    opened = GitRepository(find_common_dir(str(repository)))
    semantic = SemanticOverlaps(opened, Texts(opened), LANGUAGES)
    findings_of = []
    for merge in merges:
        trees = opened.trees([merge.ours, merge.theirs])
        sides = [
            Snapshot(Worktree(name, "", commit, name), tree)
            for name, commit, tree in zip(("ours", "theirs"), (merge.ours, merge.theirs), trees, strict=True)
        ]
        (pair,) = compare(opened, [(sides[0], sides[1])])
        breaks = semantic.breaks(pair)
        findings_of.append([*breaks.here, *breaks.there])
    return findings_of


@dataclass(frozen=True)
class Trees:
    """Checks trees of a repository for errors in Python, in folders below `folder`."""

    repository: Path
    folder: Path

    def new_errors(self, merge: CleanMerge) -> list[Error]:
        """The errors that the merge has and neither side has."""
        names = (merge.merged, f"{merge.ours}^{{tree}}", f"{merge.theirs}^{{tree}}")
        return only_in_merge(*(python_errors(self._laid_out(name)) for name in names))

    def _laid_out(self, tree: str) -> Path:
        place = self.folder / tree
        if not place.exists():
            place.mkdir(parents=True)
            archive = git(self.repository, "archive", tree)
            subprocess.run(["tar", "-x", "-C", str(place)], input=archive, check=True)
        return place
