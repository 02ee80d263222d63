"""Steps of a history (a commit, or a released version after another), each divided at random between two sides.

One side gets some of the step's changes, the other the rest, both on top of what was before. Where git's merge of both is
what the step really led to, it is a program that somebody wrote as a whole: whatever the semantic rule finds in it is wrong.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.repositories import History, blobs, git
from bench.semantic.clean_merges import CleanMerge
from forksight.core.merge.diff import Hunk, Text, diff, join_lines, split_lines

_TRIES = 4  # how often a file in which git stops is given to one side as a whole
_APART = 3  # changes with no more kept lines than this between them stay together

Sides = tuple[dict[str, bytes | None], dict[str, bytes | None]]  # what either side changes, by path; None deletes


@dataclass(frozen=True)
class Step:
    """What a commit changed of the one before: every path's text before and after, None where there is none."""

    before: str
    after: str
    texts: Mapping[str, tuple[bytes | None, bytes | None]]

    def divided(self, chance: random.Random, *, hunks: bool, whole: Collection[str] = ()) -> Sides:
        """The changes dealt to two sides: file by file, or change by change (`hunks`) but for the `whole` files."""
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
    """Two texts that each have some of the changes."""
    groups: list[list[Hunk]] = []
    for hunk in diff(base, text):
        if groups and hunk.base_start - groups[-1][-1].base_end <= _APART:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    mine = [chance.random() < 0.5 for _ in groups]
    dealt = [[hunk for group, own in zip(groups, mine, strict=True) if own is side for hunk in group] for side in (True, False)]  # fmt: skip
    return _applied(base, text, dealt[0]), _applied(base, text, dealt[1])


def _applied(base: Text, text: Text, hunks: Sequence[Hunk]) -> bytes:
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
    """A clean merge that gives what the step led to; None if git makes something else of it. Commits are written."""
    whole: set[str] = set()
    for _ in range(_TRIES):
        ours, theirs = step.divided(chance, hunks=hunks, whole=whole)
        history = History()
        marks = [history.commit(name, side, step.before) for name, side in (("ours", ours), ("theirs", theirs))]
        commits = history.write(repository)
        our_commit, their_commit = (commits[mark] for mark in marks)
        tree = git(repository, "merge-tree", "--write-tree", our_commit, their_commit, accept=(0, 1)).decode()[:40]
        unlike = git(repository, "diff-tree", "-r", "-z", "--no-renames", "--name-only", tree, step.after)
        if not unlike:
            return CleanMerge(step.before, our_commit, their_commit, tree)
        whole |= set(unlike.decode("utf-8", "surrogateescape").split("\0"))
    return None


def all_divided(repository: Path, limit: int | None = None) -> Iterator[CleanMerge]:
    """The clean merges that a history's steps offer: each dealt file by file, and change by change."""
    chance = random.Random(7)
    for step in steps(repository, limit):
        for hunks in (False, True):
            merge = divided(repository, chance, step, hunks=hunks)
            if merge is not None and step.before not in (merge.ours, merge.theirs):
                yield merge
