"""The semantic rule on Python where both sides changed what a break is about: what is whole after the merge is none."""

import re

import pytest
from bench.semantic.programs.sides import merged

from forksight.core.merge.three_way import Meeting, Version, meet
from forksight.core.overlaps.semantic import rule
from tests.overlaps.semantic.break_facts import facts_of
from tests.overlaps.semantic.python_base import BASE, app, util


def test_a_decorator_may_change_how_a_class_is_made_but_not_what_it_lost() -> None:
    base = {**BASE, "util.py": BASE["util.py"].replace("class Order:", "@registered\nclass Order:")}
    ours = app("return Order(1).total(1)")
    lost = {"util.py": base["util.py"].replace("total(", "sum(")}
    assert [facts_of(broken) for broken in merged(base, ours, lost).here] == [("gone", "Order.total", "app.py", 5)]
    remade = {"util.py": base["util.py"].replace("def __init__(self, number)", "def __init__(self, number, owner)")}
    assert merged(base, ours, remade).here == ()


def test_a_value_may_be_of_another_class_on_the_other_side() -> None:
    base = {**BASE, "app.py": BASE["app.py"].replace("def last():", "def last(order: Order):\n    tax = 2\n")}
    ours = {"app.py": base["app.py"].replace("return 2", "return order.total(tax)")}
    lost = {"util.py": BASE["util.py"].replace("total(", "sum(")}
    assert [broken.symbol for broken in merged(base, ours, lost).here] == ["Order.total"]
    theirs = {**lost, "app.py": base["app.py"].replace("order: Order", "order: Invoice")}
    assert merged(base, ours, theirs).here == ()


def test_a_name_may_be_another_module_on_the_other_side() -> None:
    ours = app("return util.refund(3)")
    lost = {"util.py": BASE["util.py"].replace("def refund", "def give_back")}
    theirs = {**lost, "app.py": BASE["app.py"].replace("import util\n", "import other as util\n")}
    assert merged(BASE, ours, theirs).here == ()
    assert [broken.symbol for broken in merged(BASE, ours, lost).here] == ["refund"]


def test_a_class_that_they_made_two_of_has_what_we_add_in_the_part_where_we_add_it() -> None:
    theirs = {
        "util.py": BASE["util.py"].replace(
            "    @classmethod", "    def ship(self):\n        return 2\n\n\nclass Big(Order):\n    @classmethod"
        )
    }
    ours = util("def paid(self):", "def ship(self):\n        return self.number\n\n    @property\n    def paid(self):")
    assert merged(BASE, ours, theirs).here == ()
    early = util("class Order:", "class Order:\n    def ship(self):\n        return 1\n")
    assert [broken.symbol for broken in merged(BASE, early, theirs).here] == ["Order.ship"]
    lost = {"util.py": theirs["util.py"].replace("def total(", "def sum(")}
    ours = util("        return True", "        self.total(1)\n        return True")
    assert merged(BASE, ours, lost).here == ()


def test_an_import_moved_into_a_function_is_bound_in_all_that_the_function_becomes() -> None:
    inside = "def refund(amount):\n    from functools import wraps\n"
    moved = {
        "util.py": BASE["util.py"].replace("from functools import wraps\n", "").replace("def refund(amount):\n", inside)
    }
    one = "    return wraps(amount)\n\nclass Order:\n    def __init__(self, number):\n"
    ours = {
        "util.py": BASE["util.py"].replace(
            one, "    if amount:\n        return wraps(amount)\n    number = wraps(2)\n    if amount:\n"
        )
    }
    assert merged(BASE, ours, moved).here == ()
    elsewhere = util("return self.number * tax", "return wraps(tax)")
    assert [broken.symbol for broken in merged(BASE, elsewhere, moved).here] == ["wraps"]


def test_they_use_another_function_of_which_we_changed_the_parameters() -> None:
    own = "def scale(values):\n    return values\n\n\n"
    main = "def main():\n    return 1\n\n\ndef last():\n    return 2\n"
    base = {"rates.py": "def scale(values, by):\n    return by\n", "app.py": f"import os\n\n\n{main}\n\n{own}"}
    theirs = {"app.py": f"import os\nfrom rates import scale\n\n\n{main}"}
    ours = {"app.py": base["app.py"].replace("return 1", "return scale(3)")}
    assert [broken.detail for broken in merged(base, ours, theirs).here] == ["needs by"]
    assert merged(base, {**ours, "rates.py": "def scale(values, by=1):\n    return by\n"}, theirs).here == ()


def test_a_name_that_the_module_listed_is_gone_with_its_line_in_the_list() -> None:
    base = {**BASE, "util.py": BASE["util.py"] + "\n__all__ = ['charge', 'refund']\n"}
    lost = {"util.py": base["util.py"].replace("refund", "give_back")}
    assert [broken.symbol for broken in merged(base, app("return util.refund(3)"), lost).here] == ["refund"]


def test_a_method_that_we_moved_stays() -> None:
    total = "    def total(self, tax):\n        return self.number * tax\n\n"
    lost = BASE["util.py"].replace(total, "")
    ours = {**app("return Order(1).total(1)"), "util.py": lost.replace("    @property", f"{total}    @property")}
    theirs = {"util.py": lost.replace("return self.total(1)", "return 1")}
    assert merged(BASE, ours, theirs).here == ()
    assert merged(BASE, {"app.py": ours["app.py"]}, theirs).here != ()


def test_a_call_that_was_there_is_changed_with_the_order_of_the_parameters() -> None:
    base = "def pay(a, b):\n    return a\n\n\ndef main():\n    return pay(1, 2)\n\n\ndef last():\n    return 2\n"
    theirs = {"app.py": base.replace("pay(a, b)", "pay(b, a)")}
    assert merged({"app.py": base}, {"app.py": base.replace("pay(1, 2)", "pay(2, 1)")}, theirs).here == ()
    added = {"app.py": base.replace("return 2", "return pay(2, 1)")}
    assert [broken.detail for broken in merged({"app.py": base}, added, theirs).here] == ["takes a at another place"]


def test_a_file_full_of_breaks_is_merged_once_each_way(monkeypatch: pytest.MonkeyPatch) -> None:
    used = "".join(f"def used_{number}(a):\n    return a\n\n\n" for number in range(30))
    users = "".join(f"def user_{number}(a):\n    return a\n\n\n" for number in range(30))
    ours = re.sub(r"(user_(\d+).*\n    return) a", r"\1 used_\2(a)", users)
    merges = []

    def counted(here: Version, there: Version) -> list[Meeting]:
        merges.append((here, there))
        return meet(here, there)

    monkeypatch.setattr(rule, "meet", counted)
    found = merged({"app.py": used + users}, {"app.py": used + ours}, {"app.py": used.replace("(a)", "(a, b)") + users})
    assert [broken.symbol for broken in found.here] == [f"used_{number}" for number in range(30)]
    assert len(merges) == 2
