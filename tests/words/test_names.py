"""Which names are names, and which say nothing."""

import pytest

from forksight.core.problems import UsageError
from forksight.core.words.names import check_name, doubt, suggestions


@pytest.mark.parametrize(
    "name", ["session-1", "temp", "test", "Test 2", "tmp_3", "my session", "42", "x", "ab", "v2", "new-fork"]
)
def test_vague_names_are_questioned(name: str) -> None:
    assert doubt(name) is not None


@pytest.mark.parametrize(
    "name", ["payments", "project-baseline", "auth service", "API v2 routes", "Größen", "知识", "billing-2024"]
)
def test_telling_names_are_not(name: str) -> None:
    assert doubt(name) is None


def test_a_better_name_comes_from_content_or_branch() -> None:
    content = doubt("test", hints=["Read the payment service and its tests", "main"])
    assert content is not None
    assert content.suggestion == "payment-service-tests-baseline"
    branch = doubt("test", hints=["hello", None, "feature/refund-flow"])
    assert branch is not None
    assert branch.suggestion == "feature-refund-flow-baseline"
    path = doubt("test", hints=["READ /home/ada/shop/till.py"])
    assert path is not None
    assert path.suggestion == "till-py-baseline"
    nothing = doubt("test", hints=[None, "main"])
    assert nothing is not None
    assert nothing.suggestion is None


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "-rf", "a\x1b[31m"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name("The name", name)


def test_blanks_around_a_name_go() -> None:
    assert check_name("The name", "  payments ") == "payments"
    assert check_name("The name", "👩\u200d👩\u200d👧 shop") == "👩\u200d👩\u200d👧 shop"


def test_suggestions_are_free_and_there_is_always_one() -> None:
    assert suggestions(branch="feature/pay", content="the payment service", taken=()) == (
        "payment-service-baseline",
        "feature-pay-baseline",
        "project-baseline",
    )
    assert suggestions(branch="main", content=None, taken=["project-baseline"]) == ("project-baseline-2",)
