"""What holds of the semantic rule on Go whatever is edited: no finding on identical trees, on one side alone, or where only names differ."""

import re

import pytest

from tests.overlaps.semantic.sides import Files, facts_of, merged
from tests.overlaps.semantic.test_go import BASE, CASES, Case

IDS = [case[0] for case in CASES]


def renamed(files: Files) -> Files:
    """Every name of the program with the same letters behind it; what the language itself knows is left."""
    names = r"\b(Limit|Rates|taxes|Charge|refund|Base|Name|Close|Order|Number|Total|Shape|Area|More|Pack|Send|Count|Sum|two)\b"
    return {path: text and re.sub(names, r"\1Again", text) for path, text in files.items()}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_nothing_is_found_on_identical_trees_and_one_sided_changes(case: Case) -> None:
    for edited in case[1:3]:
        for ours, theirs in ((edited, edited), (edited, {}), ({}, edited)):
            breaks = merged(BASE, ours, theirs)
            assert (breaks.here, breaks.there) == ((), ())


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_same_renaming_of_everything_changes_no_finding(case: Case) -> None:
    _, ours, theirs, expected = case
    facts = [facts_of(broken) for broken in merged(renamed(BASE), renamed(ours), renamed(theirs)).here]
    assert [(kind, symbol.replace("Again", ""), path, line) for kind, symbol, path, line in facts] == expected
