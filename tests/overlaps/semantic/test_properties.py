"""What holds of the semantic rule whatever the program and its language, of what is certain and of what is likely."""

import random
import re

import pytest
from bench.semantic.divided_steps import Step
from bench.semantic.programs.dialects import DIALECTS, Dialect
from bench.semantic.programs.edits import Seed, edits_for, moved, seeded
from bench.semantic.programs.program import Item, Kind, Program
from bench.semantic.programs.sides import Files, changed, merged

from tests.overlaps.semantic import python_base, test_go, test_python, test_typescript
from tests.overlaps.semantic.break_facts import facts_of

SEEDS = range(15)
Found = list[tuple[str, str, str, int]]
by_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
by_seed = pytest.mark.parametrize("seed", SEEDS)


def found(dialect: Dialect, base: Program, ours: Program, theirs: Program) -> Found:
    """Both ways round."""
    texts = dialect.texts(base)
    here, there = (changed(texts, dialect.texts(side)) for side in (ours, theirs))
    breaks = merged(texts, here, there, likely=True)
    return [facts_of(broken) for broken in (*breaks.here, *breaks.there)]


def a_seed(dialect: Dialect, seed: int) -> Seed:
    """One of the edits, a different one for each number."""
    edits = edits_for(dialect)
    return seeded(edits[seed % len(edits)], dialect, seed)


@by_seed
@by_dialect
def test_the_seeds_break_something(dialect: Dialect, seed: int) -> None:
    """Else what follows would say nothing."""
    made = a_seed(dialect, seed)
    assert found(dialect, made.base, made.ours, made.theirs)


@by_seed
@by_dialect
def test_nothing_is_found_on_identical_trees_and_one_sided_changes(dialect: Dialect, seed: int) -> None:
    made = a_seed(dialect, seed)
    for side in (made.ours, made.theirs):
        for ours, theirs in ((side, side), (side, made.base), (made.base, side)):
            assert found(dialect, made.base, ours, theirs) == []


@by_seed
@by_dialect
def test_nothing_is_found_in_a_change_whose_files_are_dealt_to_two_sides(dialect: Dialect, seed: int) -> None:
    """The merge is the change: made by one side as a whole, it is known to work."""
    made = a_seed(dialect, seed)
    texts = {path: text.encode() for path, text in dialect.texts(made.base).items()}
    whole = {path: text.encode() for path, text in dialect.texts(made.theirs).items()}
    paths = [path for path in {**texts, **whole} if texts.get(path) != whole.get(path)]
    step = Step("", "", {path: (texts.get(path), whole.get(path)) for path in paths})
    for number in range(4):
        ours, theirs = (
            {path: None if text is None else text.decode() for path, text in side.items()}
            for side in step.divided(random.Random(number), hunks=False)
        )
        breaks = merged(dialect.texts(made.base), ours, theirs, likely=True)
        assert (breaks.here, breaks.there) == ((), ())


@by_seed
@by_dialect
def test_a_move_with_all_its_uses_breaks_nothing_that_was_there(dialect: Dialect, seed: int) -> None:
    """One side moves a function to another module with all its uses; the other adds what uses anything else."""
    base = a_seed(dialect, seed).base
    name = random.Random(seed).choice(base.of(Kind.FUNCTION))
    others = (*base.of(Kind.FUNCTION), *base.of(Kind.CLASS), *base.of(Kind.VALUE), *base.methods())
    uses = tuple(other for other in others if other != name)
    using = base.added("added", Item("func_added", Kind.FUNCTION, ("arg_a",), uses))
    assert found(dialect, base, using, moved(base, name)) == []


@by_seed
@by_dialect
def test_the_same_renaming_of_everything_changes_no_finding(dialect: Dialect, seed: int) -> None:
    made = a_seed(dialect, seed)
    items = [item for side in (made.base, made.ours, made.theirs) for _, item in side.items()]
    names = {name for item in items for name in (item.name, *(method.name for method in item.methods))}
    again = {name: f"{name}_again" for name in names}
    sides = (side.renamed(again) for side in (made.base, made.ours, made.theirs))
    renamed = [(kind, symbol.replace("_again", ""), *place) for kind, symbol, *place in found(dialect, *sides)]
    assert renamed == found(dialect, made.base, made.ours, made.theirs)


# ---------------------------------------------------------------------------------------------- on the cases of each language

CASES: dict[str, tuple[Files, list[tuple[Files, Files]], str]] = {
    "python": (
        python_base.BASE,
        [case[:2] for case in test_python.BROKEN.values()],
        r"\b(LIMIT|charge|refund|Order|total|load|paid|Gift|wrap|amount|currency|tax|number|ship|Mine)\b",
    ),
    "typescript": (
        test_typescript.BASE,
        [case[:2] for case in test_typescript.BROKEN.values()],
        r"\b(LIMIT|charge|refund|giveBack|Address|street|city|Order|total|load|Gift|wrap|Shape|area|Square|ship|amount|currency|tax)\b",
    ),
    "go": (
        test_go.BASE,
        [case[1:3] for case in test_go.CASES],
        r"\b(Limit|Rates|taxes|Charge|refund|Base|Name|Close|Order|Number|Total|Shape|Area|More|Pack|Send|Count|Sum|two)\b",
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_nothing_is_found_where_the_sides_of_a_case_are_one(language: str) -> None:
    base, cases, _ = CASES[language]
    for case in cases:
        for edited in case:
            for ours, theirs in ((edited, edited), (edited, {}), ({}, edited)):
                breaks = merged(base, ours, theirs, likely=True)
                assert (breaks.here, breaks.there) == ((), ())


@pytest.mark.parametrize("language", CASES)
def test_the_same_renaming_of_all_in_a_case_changes_no_finding(language: str) -> None:
    base, cases, names = CASES[language]

    def renamed(files: Files) -> Files:
        return {path: text and re.sub(names, r"\1Again", text) for path, text in files.items()}

    for ours, theirs in cases:
        expected = [facts_of(broken) for broken in merged(base, ours, theirs, likely=True).here]
        facts = [facts_of(broken) for broken in merged(renamed(base), renamed(ours), renamed(theirs), likely=True).here]
        assert [(kind, symbol.replace("Again", ""), path, line) for kind, symbol, path, line in facts] == expected
