"""Texts that change a little at a time: trees made from the last one, and warnings that do not flicker."""

import random

import pytest
from bench.semantic.programs.dialects import PYTHON
from bench.semantic.programs.program import program
from bench.semantic.programs.sides import merged

from forksight.core.overlaps.meaning import Cause, Meaning
from forksight.core.overlaps.overlap import FileReport, Kind, Lines, Region, Side
from forksight.core.overlaps.settle import STANDS, Settled, SettledFiles, moved, settle
from forksight.core.syntax.language import language_of
from forksight.core.syntax.source_file import LastTree
from tests.overlaps.semantic.python_base import BASE


@pytest.mark.parametrize("seed", range(10))
def test_a_tree_made_from_the_last_one_is_that_of_the_text(seed: int) -> None:
    language = language_of("a.py")
    assert language is not None
    chance = random.Random(seed)
    text = "".join(PYTHON.texts(program(seed)).values()).encode()
    last = LastTree()
    for _ in range(60):
        at = chance.randrange(len(text))
        removed = chance.choice((0, 0, 1, 5, 40))
        text = (
            text[:at]
            + chance.choice((b"", b"x", b"\n", b'"""', b"(", b"def f(a):\n", "ü".encode()))
            + text[at + removed :]
        )
        tree = last.of(language, text)
        assert tree is not None
        fresh = language.parse(text).root_node
        assert tree.root_node.has_error == fresh.has_error
        if not fresh.has_error:  # how it goes on after an error depends on what was there before
            assert str(tree.root_node) == str(fresh)


def region(line: int, symbol: str = "charge") -> Region:
    meaning = Meaning(Cause.REMOVED, symbol, "util.py", changed_here=False)
    return Region("app.py", Kind.SEMANTIC_GONE, Lines(line, line + 1), (Side("/w", "pay", "util.py"),), meaning=meaning)


def test_what_is_there_at_the_first_look_is_shown_at_once() -> None:
    assert settle(None, [region(3)], 10.0) == Settled((region(3),))


def test_a_finding_is_shown_once_it_stood_and_goes_once_it_was_gone_as_long() -> None:
    new = settle(Settled(), [region(3)], 10.0)
    assert (new.shown, new.due) == ((), 10.0 + STANDS)
    assert settle(new, [region(4)], 10.0 + STANDS).shown == (region(4),)
    assert settle(new, [], 10.1) == Settled()
    shown = Settled((region(3),))
    going = settle(shown, [], 20.0)
    assert (going.shown, going.due) == ((region(3),), 20.0 + STANDS)
    assert settle(going, [region(5)], 20.1) == Settled((region(5),))
    assert settle(going, [], 20.0 + STANDS) == Settled()


def test_a_shown_finding_moves_with_its_line() -> None:
    before = ("a\n", "b\n", "c\n")
    assert moved([region(2)], before, ("a\n", "new\n", "b\n", "c\n"))[0].lines == Lines(3, 4)
    assert moved([region(0)], before, ("a\n", "new\n", "b\n", "c\n"))[0].lines == Lines(0, 1)
    assert moved([region(2)], before, ("c\n",))[0].lines == Lines(0, 1)


def test_a_rename_written_file_by_file_never_flickers() -> None:
    """An agent renames a function: first where it is defined, then each use. What I rely on is gone from the first file on."""
    base = {**BASE, "other.py": "from util import refund\n\n\ndef back():\n    return refund(1)\n"}
    ours = {"app.py": BASE["app.py"].replace("    return 1\n", "    return util.refund(3)\n")}
    renamed = {path: text.replace("refund", "give_back") for path, text in base.items()}
    for done in (["util.py"], ["util.py", "other.py"], ["util.py", "other.py", "app.py"]):
        breaks = merged(base, ours, {path: renamed[path] for path in done}).here
        assert [broken.symbol for broken in breaks] == ["refund"], done


def test_half_typed_definitions_there_are_silent() -> None:
    """They type a parameter: wherever their file does not parse, nothing is said; at the end the break is."""
    ours = {"app.py": BASE["app.py"].replace("    return 1\n", "    return refund(3)\n")}
    counts = []
    for typed in ("", ",", ", r", ", re", ", reason", ", reason:", ", reason: ", ", reason: str"):
        theirs = {"util.py": BASE["util.py"].replace("def refund(amount)", f"def refund(amount{typed})")}
        counts.append(len(merged(BASE, ours, theirs).here))
    assert counts == [0, 0, 1, 1, 1, 0, 0, 1]


Texts = dict[str, str]


def replayed(base: Texts, steps: list[tuple[float, Texts, Texts]]) -> list[tuple[float, tuple[str, ...]]]:
    """What is shown of `app.py` here, whenever that changes, as two sides go from state to state (seconds, ours, theirs)."""
    settled = Settled()
    shown: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    ends = [moment for moment, _, _ in steps[1:]] + [steps[-1][0] + 2 * STANDS]
    for (moment, ours, theirs), end in zip(steps, ends, strict=True):
        regions = [
            Region(
                broken.use.path,
                broken.kind,
                broken.use.lines,
                (Side("/w", "pay", broken.change.path),),
                meaning=Meaning(broken.cause, broken.symbol, broken.home, changed_here=False),
            )
            for broken in merged(base, ours, theirs).here
            if broken.use.path == "app.py"
        ]
        looks = [moment]
        while looks:
            now = looks.pop()
            settled = settle(settled, regions, now)
            symbols = tuple(region.meaning.symbol for region in settled.shown if region.meaning)
            if symbols != shown[-1][1]:
                shown.append((now, symbols))
            if settled.due is not None and now < settled.due < end:
                looks.append(settled.due)
    return shown


def typed(before: str, at: str, text: str) -> list[str]:
    """A text as it is typed after `at`, key by key."""
    return [before.replace(at, at + text[:count], 1) for count in range(len(text) + 1)]


def test_a_call_that_is_typed_is_underlined_once() -> None:
    """Every key a tenth of a second: nothing is shown before the last one stood, and nothing goes again."""
    theirs = {"util.py": BASE["util.py"].replace("def refund(amount)", "def refund(amount, reason)")}
    keys = typed(BASE["app.py"], "    return 1\n", "    refund(3)\n")
    steps = [(number / 10, {"app.py": text}, theirs) for number, text in enumerate(keys)]
    (_, (shown_at, symbols)) = replayed(BASE, steps)
    assert symbols == ("refund",)
    assert shown_at >= STANDS


def test_a_parameter_that_they_type_and_save_at_every_key_is_told_once() -> None:
    ours = {"app.py": BASE["app.py"].replace("    return 1\n", "    return refund(3)\n")}
    keys = typed(BASE["util.py"], "def refund(amount", ", reason: str")
    steps = [(number / 10, ours, {"util.py": text}) for number, text in enumerate(keys)]
    assert [symbols for _, symbols in replayed(BASE, steps)] == [(), ("refund",)]


def test_a_definition_that_is_taken_out_and_put_back_is_never_told() -> None:
    """An agent that writes a file in two steps."""
    without = {"util.py": BASE["util.py"].replace("def refund", "def refunded")}
    ours = {"app.py": BASE["app.py"].replace("    return 1\n", "    return util.refund(3)\n")}
    steps = [(0.0, ours, {}), (1.0, ours, without), (1.0 + STANDS / 2, ours, {}), (3.0, ours, {})]
    assert replayed(BASE, steps) == [(0.0, ())]
    assert len(replayed(BASE, steps[:2])) == 2, "had it stayed"


def test_a_name_that_is_renamed_and_renamed_back_goes_and_comes_once() -> None:
    theirs = {"util.py": BASE["util.py"].replace("def refund", "def give_back")}
    ours = {"app.py": BASE["app.py"].replace("    return 1\n", "    return util.refund(3)\n")}
    steps = [(0.0, ours, theirs), (5.0, ours, {}), (5.0 + STANDS / 2, ours, theirs), (9.0, ours, {})]
    shown = replayed(BASE, steps)
    assert [symbols for _, symbols in shown] == [(), ("refund",), ()], "what is away for a blink stays"
    assert shown[2][0] >= 9.0 + STANDS


def test_files_that_are_not_open_settle_too() -> None:
    files = SettledFiles()
    report = (FileReport("app.py", (region(3),)),)
    assert files.shown({"/w": report}, 0.0) == {"/w": report}, "what is there at the first look is shown at once"
    assert files.shown({"/w": ()}, 1.0) == {"/w": report}
    assert files.due == 1.0 + STANDS
    assert files.shown({"/w": ()}, 1.0 + STANDS) == {"/w": ()}
    assert files.due is None
    assert files.shown({"/w": report}, 5.0) == {"/w": ()}
    assert files.shown({"/w": ()}, 5.1) == {"/w": ()}
    assert files.due is None
    assert files.shown({"/v": report, "/w": ()}, 6.0) == {"/v": report, "/w": ()}, "a worktree that is new here"
