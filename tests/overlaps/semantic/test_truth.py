"""What the rule finds, judged by a checker that knows nothing of it: an error that only the merge has."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.programs import EDITS, Edit, Files, Program, broken_by, program

RULES = ("unresolved-import", "missing-module-member", "unresolved-reference", "unresolved-attribute", "missing-argument",
         "too-many-positional-arguments", "unknown-argument")  # fmt: skip


def errors(folder: Path, base: Files, *sides: Files) -> set[str]:
    """What `ty` reports of a tree: the base with what the sides changed. The sides change no file in common."""
    tree = {**base}
    for side in sides:
        tree |= side
    for path, text in tree.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    selected = [word for rule in RULES for word in ("--error", rule)]
    command = [
        str(Path(sys.executable).with_name("ty")),
        "check",
        "--output-format",
        "concise",
        "--ignore",
        "all",
        *selected,
    ]
    done = subprocess.run([*command, "."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {line for line in done.stdout.splitlines() if ": error[" in line}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_seeded_break_is_one(tmp_path: Path, edit: Callable[[Program, random.Random], Edit]) -> None:
    base = program(3)
    made = edit(base, random.Random(3))
    using = base.using(made.name)
    assert broken_by(base, edit, random.Random(3))
    assert errors(tmp_path / "base", base.files) == set()
    assert errors(tmp_path / "ours", base.files, using) == set()
    assert errors(tmp_path / "theirs", base.files, made.files) == set()
    assert errors(tmp_path / "merged", base.files, using, made.files)
