"""Property tests draw the same examples in every run, whatever else a worker has run before."""

import importlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn() -> list[object]:
    """All examples of a property."""
    examples: list[object] = []

    @settings(derandomize=True)
    @given(st.tuples(st.integers(0, 2**32), st.text(max_size=20), st.lists(st.sampled_from(range(600)))))
    def check(example: object) -> None:
        examples.append(example)

    check()
    return examples


def test_examples_are_the_same_after_another_module_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn()
    (tmp_path / "of_the_program.py").write_text(
        f"NUMBERS = {list(range(200, 900, 7))}\nWORDS = {[f'word {n}' for n in range(99)]}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("of_the_program")
    assert drawn() == before
