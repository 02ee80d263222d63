"""What a soak takes for agreement."""

import pytest

from tests.soak.agreement import Overlap, ShownWarning, disagreements

PAY, CART, SHIP, FORM, LAND = (f"/w/{name}" for name in ("pay", "cart", "ship", "form", "land"))


def warning(first: int, last: int, *others: str, kind: str = "conflict") -> ShownWarning:
    return ShownWarning("a.py", kind, first, last, frozenset(others))


def overlap(line: int, other: str, kind: str = "conflict") -> Overlap:
    return Overlap("a.py", kind, line, other)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], []),
        ([warning(3, 5, PAY), warning(9, 9, PAY)], [overlap(3, PAY), overlap(9, PAY)]),
        ([warning(3, 5, PAY, CART)], [overlap(3, PAY), overlap(3, CART)]),
        # Five texts on lines that meet: three with a warning each, one for the others on all of their lines.
        (
            [warning(0, 2, PAY), warning(0, 2, CART), warning(2, 2, SHIP), warning(0, 2, FORM, LAND)],
            [overlap(0, PAY), overlap(0, CART), overlap(2, SHIP), overlap(0, FORM), overlap(1, LAND)],
        ),
    ],
)
def test_agreement(shown: list[ShownWarning], expected: list[Overlap]) -> None:
    assert disagreements(shown, expected) == []


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], [overlap(3, PAY)]),
        ([warning(3, 5, PAY)], []),
        ([warning(3, 5, PAY)], [overlap(4, PAY)]),
        ([warning(3, 5, PAY)], [overlap(3, CART)]),
        ([warning(3, 5, PAY)], [overlap(3, PAY, "identical")]),
        ([warning(3, 5, PAY, CART)], [overlap(3, PAY)]),
        ([warning(3, 5, PAY)], [overlap(3, PAY), overlap(9, PAY)]),
        ([warning(0, 2, FORM, LAND)], [overlap(1, FORM), overlap(1, LAND)]),
    ],
)
def test_disagreement(shown: list[ShownWarning], expected: list[Overlap]) -> None:
    assert disagreements(shown, expected)
