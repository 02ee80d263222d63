"""Merges to replay: those in a repository's history, reverts of its commits, and a made-up history with known conflicts."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import sources
from bench.repositories import Files, History, create, git

_BACK = 6  # commits that main has made since a commit, when that is reverted


@dataclass(frozen=True)
class Side:
    """The state of one worktree."""

    holds: str  # the commit whose files it has
    head: str  # the commit that its HEAD is at; the difference to `holds` is uncommitted


@dataclass(frozen=True)
class Merge:
    """Two worktrees to be merged, and their merge base."""

    base: str
    ours: Side
    theirs: Side


def merged(repository: Path) -> list[Merge]:
    """Every merge of two commits in a repository's history, each side as a worktree whose last commit is still uncommitted."""
    merges = []
    for line in (
        git(repository, "rev-list", "--all", "--min-parents=2", "--max-parents=2", "--parents").decode().splitlines()
    ):
        _, ours, theirs = line.split()
        bases = git(repository, "merge-base", "--all", ours, theirs, accept=(0, 1)).decode().split()
        if len(bases) == 1:
            merges.append(Merge(bases[0], _dirty(repository, ours, bases[0]), _dirty(repository, theirs, bases[0])))
    return merges


def undone(repository: Path) -> list[Merge]:
    """For each commit with one parent on the first-parent line: one worktree has reverted it, another has `_BACK` more commits."""
    listed = git(repository, "rev-list", "--reverse", "--first-parent", "--parents", "HEAD").decode().splitlines()
    line = [words for words in map(str.split, listed) if len(words) == 2]
    merges = []
    for number, (commit, parent) in enumerate(line[:-1]):
        later, before = line[min(number + _BACK, len(line) - 1)]
        tree = f"{parent}^{{tree}}"
        revert = git(repository, "commit-tree", tree, "-p", commit, "-m", "revert").decode().strip()
        merges.append(Merge(commit, Side(later, before), Side(revert, commit)))
    return merges


def _dirty(repository: Path, tip: str, base: str) -> Side:
    """A worktree in which the commit `tip` is still uncommitted, unless that is a merge or `base`."""
    parents = git(repository, "rev-parse", f"{tip}^@").decode().split()
    return Side(tip, parents[0] if len(parents) == 1 and tip != base else tip)


# ---------------------------------------------------------------------------------------------- made up

Lines = dict[str, list[str]]
BINARY = "media/logo.png"


def made_up(folder: Path, merges: int, seed: int = 1) -> tuple[Path, int]:
    """Make a repository in which main has merged `merges` branches; returns it, and how many of the merges were made to conflict."""
    rng = random.Random(seed)
    state: Lines = {f"src/{rng.choice(('shop', 'till', 'stock'))}/part_{n}.py": _text(rng) for n in range(40)}
    state |= {f"docs/page_{n}.md": _text(rng) for n in range(8)} | {BINARY: ["\0", "0"]}
    repository = create(folder, _files({}, state))
    history, main, planned = History(), "refs/heads/main^0", 0
    for number in range(merges):
        ours, theirs = dict(state), dict(state)
        paths = sorted(path for path in state if path != BINARY)
        rng.shuffle(paths)
        for side in (ours, theirs):
            for path in (paths.pop() for _ in range(rng.randint(1, 4))):
                side[path] = sources.edited(rng, side[path], rng.randint(1, 4))
        kinds = rng.choices(MEETINGS, [weight for weight, _, _ in MEETINGS], k=rng.randint(1, 2))
        for _, _, edit_both in kinds:
            edit_both(rng, paths.pop(), ours, theirs)
        planned += any(conflicts for _, conflicts, _ in kinds)
        tips = [
            _branch(rng, history, f"{name}-{number}", main, state, side)
            for name, side in (("main", ours), ("topic", theirs))
        ]
        after = {}
        for path in ours.keys() | theirs.keys():
            text = (ours if theirs.get(path) == state.get(path) else theirs).get(path)
            if text is not None:
                after[path] = text
        main = history.commit("main", _files(ours, after), *tips)
        state = after
    history.write(repository)
    git(repository, "reset", "--quiet", "--hard")
    return repository, planned


def _branch(rng: random.Random, history: History, name: str, start: str, before: Lines, after: Lines) -> str:
    """Add one to three commits that change one state into another; returns the mark of the last one."""
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    rng.shuffle(changed)
    tip, parts = start, rng.randint(1, 3)
    for part in range(parts):
        paths = changed[part::parts]
        new_texts = {path: after[path] for path in paths if path in after}
        tip = history.commit(name, _files({path: before[path] for path in paths if path in before}, new_texts), tip)
    return tip


def _files(before: Lines, after: Lines) -> Files:
    gone: dict[str, bytes | None] = dict.fromkeys(before.keys() - after.keys())
    return gone | {path: sources.encode(text) for path, text in after.items() if text != before.get(path)}


def _text(rng: random.Random) -> list[str]:
    return sources.source(rng, rng.randint(40, 300))


def _far(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    text, third = ours[path], len(ours[path]) // 3
    ours[path] = sources.edited(rng, text, 2, 0, third)
    theirs[path] = sources.edited(rng, text, 2, 2 * third)


def _close(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    """Changes with one unchanged line between them, which git merges."""
    text, at = ours[path], rng.randrange(4, len(ours[path]) - 4)
    ours[path] = [*text[:at], sources.statement(rng), *text[at + 1 :]]
    theirs[path] = [*text[: at + 2], sources.statement(rng), *text[at + 3 :]]


def _touching(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    text, at = ours[path], rng.randrange(4, len(ours[path]) - 4)
    ours[path] = [*text[:at], sources.statement(rng), *text[at + 1 :]]
    theirs[path] = [*text[: at + 1], sources.statement(rng), *text[at + 2 :]]


def _same_lines(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    text, at = ours[path], rng.randrange(4, len(ours[path]) - 6)
    for side in (ours, theirs):
        side[path] = [
            *text[:at],
            *(sources.statement(rng) for _ in range(rng.randint(1, 4))),
            *text[at + rng.randint(1, 4) :],
        ]


def _same_change(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    ours[path] = theirs[path] = sources.edited(rng, ours[path], 3)


def _renamed(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    """One side renames and edits the file, the other edits it elsewhere, which git merges."""
    mover, stayer = rng.sample((ours, theirs), 2)
    _far(rng, path, ours, theirs)
    mover[_new_name(rng, path)] = mover.pop(path)
    assert path in stayer


def _renamed_and_edited(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    mover = rng.choice((ours, theirs))
    _touching(rng, path, ours, theirs)
    mover[_new_name(rng, path)] = mover.pop(path)


def _renamed_twice(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    for side in (ours, theirs):
        side[_new_name(rng, path)] = side.pop(path)


def _deleted(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    keeper, deleter = rng.sample((ours, theirs), 2)
    keeper[path] = sources.edited(rng, keeper[path], 2)
    del deleter[path]


def _added_twice(rng: random.Random, path: str, ours: Lines, theirs: Lines) -> None:
    name = _new_name(rng, path)
    for side in (ours, theirs):
        side[name] = _text(rng)


def _binary(rng: random.Random, _: str, ours: Lines, theirs: Lines) -> None:
    for side in (ours, theirs):
        side[BINARY] = ["\0", str(rng.random())]


def _new_name(rng: random.Random, path: str) -> str:
    folder, _, _ = path.rpartition("/")
    return f"{folder}/moved_{rng.randrange(10**9)}.py"


# What can happen to a file on both sides: its weight, whether git stops at it, and the function that does it.
MEETINGS: Sequence[tuple[int, bool, Callable[[random.Random, str, Lines, Lines], None]]] = (
    (40, False, _far),
    (10, False, _close),
    (8, False, _same_change),
    (8, False, _renamed),
    (6, True, _touching),
    (10, True, _same_lines),
    (2, True, _renamed_and_edited),
    (2, True, _renamed_twice),
    (3, True, _deleted),
    (2, True, _added_twice),
    (1, True, _binary),
)
