"""Checks seeded merges: which errors a merge has that neither side has."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.semantic.judges import Error, Judge, lay_out, only_in_merge
from bench.semantic.programs.dialects import Texts
from bench.semantic.programs.edits import Seed


def merged_texts(seed: Seed, folder: Path) -> Texts:
    """The merged files of both sides, by path. git reads temporary files in `folder`. Raises RuntimeError if git stops at a conflict."""
    base, ours, theirs = (seed.dialect.texts(side) for side in (seed.base, seed.ours, seed.theirs))
    texts: Texts = {}
    for path in {**ours, **theirs}:
        old, mine, other = (side.get(path) for side in (base, ours, theirs))
        if mine in (old, other):
            text = other
        elif other == old:
            text = mine
        else:
            text = _merge_file(folder, old or "", mine or "", other or "")
        if text is not None:
            texts[path] = text
    return texts


def _merge_file(folder: Path, base: str, ours: str, theirs: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("ours", "base", "theirs")
    for name, text in zip(names, (ours, base, theirs), strict=True):
        (folder / name).write_text(text)
    completed = subprocess.run(
        ["git", "merge-file", "-p", *names], cwd=folder, capture_output=True, text=True, check=False
    )
    if completed.returncode:
        raise RuntimeError(f"git merge-file: {completed.returncode} conflicts")
    return completed.stdout


def new_errors(folder: Path, seeds: Sequence[Seed], judge: Judge, *, together: bool = False) -> list[list[Error]]:
    """For each merge, the errors that neither side has. With `together`, the checker checks all trees in one run."""
    for number, seed in enumerate(seeds):
        trees = {"ours": seed.dialect.texts(seed.ours), "theirs": seed.dialect.texts(seed.theirs)}
        trees["merged"] = merged_texts(seed, folder / "merge-file")
        for name, texts in trees.items():
            lay_out(folder / "trees" / str(number) / name, texts)
    everything = judge(folder / "trees") if together else frozenset[Error]()
    merge_errors = []
    for number in range(len(seeds)):
        sides = []
        for name in ("merged", "ours", "theirs"):
            start = f"{number}/{name}/"
            errors = judge(folder / "trees" / start) if not together else frozenset(
                (path.removeprefix(start), code, message) for path, code, message in everything if path.startswith(start)
            )  # fmt: skip
            sides.append(errors)
        merge_errors.append(only_in_merge(*sides))
    return merge_errors
