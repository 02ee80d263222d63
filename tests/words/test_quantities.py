"""Counts in few characters, as tables and trees show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.words.quantities import short


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (950, "950"),
        (1234, "1.2k"),
        (9949, "9.9k"),
        (9950, "10k"),
        (999_499, "999k"),
        (999_600, "1.0M"),
        (2_500_000, "2.5M"),
        (999_600_000, "1.0G"),
    ],
)
def test_a_count_is_rounded(count: int, text: str) -> None:
    assert short(count) == text


@given(st.integers(0, 999 * 10**9))
def test_a_count_has_at_most_four_characters(count: int) -> None:
    assert len(short(count)) <= 4
