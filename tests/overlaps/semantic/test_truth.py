"""Seeded breaks, judged by checkers that know nothing of the rule: each is an error that only git's merge has, and the rule finds it."""

import subprocess
import sys
from pathlib import Path

import pytest
from bench.semantic.judges import judge_of, lay_out
from bench.semantic.programs.dialects import DIALECTS, PYTHON, TYPESCRIPT, Dialect
from bench.semantic.programs.edits import abstract_method_added, edits_for, seeded
from bench.semantic.programs.judged import merged_texts, new_errors
from bench.semantic.programs.sides import broken_by

from tests.rigs import missing

SEED = 5


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_seeded_breaks_of_every_kind_are_breaks_and_found(tmp_path: Path, dialect: Dialect) -> None:
    seeds = [seeded(edit, dialect, SEED) for edit in edits_for(dialect)]
    assert [seed.what for seed in seeds if not broken_by(seed, likely=True).here] == []
    judge = judge_of(dialect.name)
    if judge is None:
        if dialect is TYPESCRIPT:
            missing("TypeScript's checker", "vscode.sh")
        return  # Go's toolchain is no rig: where there is one, `make bench` asks it too
    if dialect is PYTHON:  # checkers have no rule about it
        seeds = [seed for seed in seeds if seed.what != abstract_method_added.__name__]
    errors = new_errors(tmp_path, seeds, judge, together=dialect.name == "typescript")
    assert [seed.what for seed, found in zip(seeds, errors, strict=True) if not found] == []


def test_a_class_that_lacks_a_new_abstract_method_can_not_be_instantiated(tmp_path: Path) -> None:
    seed = seeded(abstract_method_added, PYTHON, SEED)
    run = [sys.executable, "-c", "from shop.added import Circle_0; Circle_0()"]
    ours = lay_out(tmp_path / "ours", PYTHON.texts(seed.ours))
    assert subprocess.run(run, cwd=ours, capture_output=True, check=False).returncode == 0
    merged = lay_out(tmp_path / "merged", merged_texts(seed, tmp_path))
    done = subprocess.run(run, cwd=merged, capture_output=True, text=True, check=False)
    assert "abstract method" in done.stderr
