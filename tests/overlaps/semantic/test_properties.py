"""What holds of the semantic rule whatever the program: on generated modules, with generated edits."""

import random
import re

import pytest
from bench.programs import Program, mutated, program

from tests.overlaps.semantic.sides import Files, merged

SEEDS = range(40)


def both_ways(base: Files, ours: Files, theirs: Files) -> list[tuple[str, str, str]]:
    breaks = merged(base, ours, theirs, likely=True)
    return [(broken.cause.value, broken.symbol, broken.use.path) for broken in (*breaks.here, *breaks.there)]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_on_identical_trees(seed: int) -> None:
    base = program(seed)
    edited = mutated(base, random.Random(seed)).files
    assert both_ways(base.files, edited, edited) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_on_one_sided_changes(seed: int) -> None:
    base = program(seed)
    edited = mutated(base, random.Random(seed)).files
    assert both_ways(base.files, edited, {}) == []
    assert both_ways(base.files, {}, edited) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_move_with_all_its_uses_breaks_nothing_that_was_there(seed: int) -> None:
    """One side moves a function to another module with all its uses; the other adds what uses anything else."""
    base = program(seed)
    moved, name = base.moved(random.Random(seed))
    for other in base.functions:
        if other != name:
            assert both_ways(base.files, moved, base.using(other)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_renaming_of_everything_changes_no_finding(seed: int) -> None:
    base = program(seed)
    edit = mutated(base, random.Random(seed))
    ours = base.using(edit.name)
    before = both_ways(base.files, ours, edit.files)
    names = sorted({*re.findall(r"\b(?:func|Kind|method|arg|VALUE)_\w+", "".join(map(str, base.files.values())))})
    again = {name: f"other_{number}_{name}" for number, name in enumerate(names)}

    def renamed(files: Files) -> Files:
        return {
            path: text and re.sub(r"\b(?:func|Kind|method|arg|VALUE)_\w+", lambda m: again.get(m[0], m[0]), text)
            for path, text in files.items()
        }

    expected = [
        (cause, ".".join(again.get(part, part) for part in symbol.split(".")), path) for cause, symbol, path in before
    ]
    assert both_ways(renamed(base.files), renamed(ours), renamed(edit.files)) == expected


def test_the_generated_edits_break_something() -> None:
    """Else the properties would say nothing."""
    broken = [seed for seed in SEEDS if _breaks(program(seed), seed)]
    assert len(broken) >= 0.9 * len(SEEDS)


def _breaks(base: Program, seed: int) -> bool:
    edit = mutated(base, random.Random(seed))
    return bool(both_ways(base.files, base.using(edit.name), edit.files))
