"""Members of values whose class nobody can tell: likely where one class alone has such a member, and only if asked for."""

import re

import pytest
from bench.semantic.programs.sides import Files, merged

from tests.overlaps.semantic import python_base, test_go, test_typescript
from tests.overlaps.semantic.break_facts import Facts, facts_of

Sides = tuple[Files, Files, Files]

PYTHON, TYPESCRIPT, GO = python_base.BASE, test_typescript.BASE, test_go.BASE


def python(body: str, old: str, new: str, base: Files = PYTHON) -> Sides:
    """We add a function to app.py, they change util.py."""
    return base, {"app.py": f"{base['app.py']}\n\ndef added(thing):\n    {body}\n"}, edited(base, "util.py", old, new)


def typescript(body: str, old: str, new: str, base: Files = TYPESCRIPT) -> Sides:
    added = f"{base['src/app.ts']}\nexport function added(thing: any): unknown {{\n  {body}\n}}\n"
    return base, {"src/app.ts": added}, edited(base, "src/util.ts", old, new)


def go(body: str, old: str, new: str, base: Files = GO) -> Sides:
    added = f"{base['pay/app.go']}\nfunc added(thing interface{{}}) {{\n\t{body}\n}}\n"
    return base, {"pay/app.go": added}, edited(base, "pay/util.go", old, new)


def named(name: str, base: Files = PYTHON) -> Files:
    """The base with another name of the method."""
    return {path: text and re.sub(r"\b[tT]otal\b", name, text) for path, text in base.items()}


def edited(base: Files, path: str, old: str, new: str) -> Files:
    text = base[path]
    assert text is not None
    assert old in text
    return {path: text.replace(old, new)}


def also(sides: Sides, path: str, more: str, side: int = 0) -> Sides:
    """The same with more text at the end of a file of the base (0), of ours (1) or of theirs (2)."""
    base, ours, theirs = sides
    wanted = sides[side]
    longer = {**wanted, path: (wanted.get(path) or base.get(path) or "") + more}
    return (longer, ours, theirs) if side == 0 else (base, longer, theirs) if side == 1 else (base, ours, longer)


TOTAL = ("def total(self, tax):", "def sum(self, tax):")
P_USE = python("return thing.total(1)", *TOTAL)
PY_13, TS_14, GO_13 = ("app.py", 13), ("src/app.ts", 14), ("pay/app.go", 13)
LIKELY: dict[str, tuple[Sides, Facts]] = {
    "a parameter": (P_USE, [("gone", "Order.total", *PY_13)]),
    "what a call gives": (python("return make()[0].total(1)", *TOTAL), [("gone", "Order.total", *PY_13)]),
    "an attribute": (python("return thing.order.total(1)", *TOTAL), [("gone", "Order.total", *PY_13)]),
    "parameters": (python("return thing.total(1)", TOTAL[0], "def total(self, tax, when):"), [("signature", "Order.total", *PY_13)]),
    "TypeScript": (typescript("return thing.total(1);", "  total(tax", "  sum(tax"), [("gone", "Order.total", *TS_14)]),
    "Go": (go("thing.(any).Total(1)", ") Total(tax", ") Sum(tax"), [("gone", "Order.Total", *GO_13)]),
}  # fmt: skip
OTHER_CLASS = "\n\nclass Bill:\n    def total(self):\n        return 1\n"
SILENT: dict[str, Sides] = {
    "two classes have it": also(P_USE, "bill.py", OTHER_CLASS),
    "we add another one": also(P_USE, "bill.py", OTHER_CLASS, side=1),
    "they move it to another class": also(P_USE, "bill.py", OTHER_CLASS, side=2),
    "an attribute that somebody sets": also(P_USE, "bill.py", "import util\n\nutil.Gift.total = len\n"),
    "a function of that name": also(P_USE, "bill.py", "def total():\n    return 1\n"),
    "a file with that name does not parse": also(P_USE, "bill.py", "def total(:\n"),
    "a string of that name": python("return hasattr(thing, 'total') and thing.total(1)", *TOTAL),
    "guarded": python("try:\n        return thing.total(1)\n    except AttributeError:\n        return 1", *TOTAL),
    "a value of a library": python("return util.os.path.total(1)", *TOTAL),
    "what a library gives": python("return subprocess.run(1).total(1)", *TOTAL),
    "what values of built-in types have too": python("return thing.strip(1)", "def strip(", "def peel(", named("strip")),
    "a short name": python("return thing.sum(1)", "def sum(", "def all(", named("sum")),
    "what arrays have too": typescript("return thing.filter(1);", "  filter(tax", "  sift(tax", named("filter", TYPESCRIPT)),
    "what errors have too": go("thing.Error(1)", ") Error(tax", ") Sum(tax", named("Error", GO)),
}  # fmt: skip


def found(sides: Sides, *, likely: bool) -> tuple[Facts, Facts]:
    """What is found where we use what they change, and the other way round."""
    base, ours, theirs = sides
    here, there = merged(base, ours, theirs, likely=likely).here, merged(base, theirs, ours, likely=likely).there
    assert not any(broken.certain for broken in (*here, *there))
    return [facts_of(broken) for broken in here], [facts_of(broken) for broken in there]


@pytest.mark.parametrize(("sides", "expected"), LIKELY.values(), ids=LIKELY)
def test_is_found_both_ways_round_if_asked_for(sides: Sides, expected: Facts) -> None:
    assert found(sides, likely=True) == (expected, expected)
    assert found(sides, likely=False) == ([], [])


@pytest.mark.parametrize("sides", SILENT.values(), ids=SILENT)
def test_is_silent(sides: Sides) -> None:
    assert found(sides, likely=True) == ([], [])


def test_what_is_certain_comes_first() -> None:
    base, ours, theirs = python("return thing.total(1), Order(1).total(1)", *TOTAL)
    (broken,) = merged(base, ours, theirs, likely=True).here
    assert broken.certain
