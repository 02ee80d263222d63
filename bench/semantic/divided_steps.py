"""Steps of a history (from a commit or release to the next one), each divided at random between two sides.

One side gets some of the step's changes, the other side the rest. If git's merge of both sides is the result of the step, it is a program
that somebody wrote as a whole, so everything that the semantic rule finds in it is wrong.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.repositories import History, blobs, git
from bench.semantic.clean_merges import CleanMerge
from forksight.core.merge.diff import Hunk, Text, diff, join_lines, split_lines

_TRIES = 4  # attempts; after each, files that git merged differently are given to one side as a whole
_APART = 3  # changes with at most so many unchanged lines between them go to the same side

Sides = tuple[
    dict[str, bytes | None], dict[str, bytes | None]
]  # each side's new contents by path; None for deleted files


@dataclass(frozen=True)
class Step:
    """The changes between two commits: for each changed path its content before and after, None if there is no such file."""

    before: str
    after: str
    texts: Mapping[str, tuple[bytes | None, bytes | None]]

    def divided(self, chance: random.Random, *, hunks: bool, whole: Collection[str] = ()) -> Sides:
        """The changes, distributed at random to two sides: file by file, or hunk by hunk (`hunks`) except for the files in `whole`."""
        ours: dict[str, bytes | None] = {}
        theirs: dict[str, bytes | None] = {}
        for path, (old, new) in self.texts.items():
            if hunks and old is not None and new is not None and path not in whole:
                for side, text in zip((ours, theirs), _dealt(split_lines(old), split_lines(new), chance), strict=True):
                    if text != old:
                        side[path] = text
            else:
                chance.choice((ours, theirs))[path] = new
        return ours, theirs


def _dealt(base: Text, text: Text, chance: random.Random) -> tuple[bytes, bytes]:
    """Two texts between which the changes from `base` to `text` are divided."""
    groups: list[list[Hunk]] = []
    for hunk in diff(base, text):
        if groups and hunk.base_start - groups[-1][-1].base_end <= _APART:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    sides: tuple[list[Hunk], list[Hunk]] = ([], [])
    for group in groups:
        sides[chance.random() < 0.5] += group
    return _applied(base, text, sides[1]), _applied(base, text, sides[0])


def _applied(base: Text, text: Text, hunks: Sequence[Hunk]) -> bytes:
    """`base` with these of its differences to `text` applied."""
    lines, at = [], 0
    for hunk in hunks:
        lines += [*base.lines[at : hunk.base_start], *text.lines[hunk.start : hunk.end]]
        at = hunk.base_end
    return join_lines([*lines, *base.lines[at:]])


def steps(repository: Path, limit: int | None = None) -> Iterator[Step]:
    """The steps of a history's first-parent line, the newest `limit` of them."""
    line = git(repository, "rev-list", "--reverse", "--first-parent", "HEAD").decode().split()
    line = line[-limit - 1 :] if limit else line
    for before, after in pairwise(line):
        listed = git(repository, "diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after)
        paths = [path for path in listed.decode("utf-8", "surrogateescape").split("\0") if path]
        names = [f"{commit}:{path}" for path in paths for commit in (before, after)]
        texts = blobs(repository, names)
        yield Step(before, after, dict(zip(paths, zip(texts[::2], texts[1::2], strict=True), strict=True)))


def divided(repository: Path, chance: random.Random, step: Step, *, hunks: bool) -> CleanMerge | None:
    """A clean merge whose result is that of the step; None if none is found. Writes commits to the repository."""
    whole: set[str] = set()
    for _ in range(_TRIES):
        ours, theirs = step.divided(chance, hunks=hunks, whole=whole)
        history = History()
        marks = [history.commit(name, side, step.before) for name, side in (("ours", ours), ("theirs", theirs))]
        commits = history.write(repository)
        our_commit, their_commit = (commits[mark] for mark in marks)
        tree = git(repository, "merge-tree", "--write-tree", our_commit, their_commit, accept=(0, 1)).decode()[:40]
        differing = git(repository, "diff-tree", "-r", "-z", "--no-renames", "--name-only", tree, step.after)
        if not differing:
            return CleanMerge(step.before, our_commit, their_commit, tree)
        whole |= set(differing.decode("utf-8", "surrogateescape").split("\0"))
    return None


def all_divided(repository: Path, limit: int | None = None) -> Iterator[CleanMerge]:
    """The clean merges from a history's steps: each step is divided file by file, and hunk by hunk."""
    chance = random.Random(7)
    for step in steps(repository, limit):
        for hunks in (False, True):
            merge = divided(repository, chance, step, hunks=hunks)
            if merge is not None and step.before not in (merge.ours, merge.theirs):
                yield merge
