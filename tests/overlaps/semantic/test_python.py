"""The semantic rule on Python: each case is a base, what we add, what they change, and what is found."""

import re
from textwrap import dedent

import pytest
from bench.programs.sides import Files, merged

from forksight.core.merge.three_way import Meeting, Version, meet
from forksight.core.overlaps.semantic import rule
from tests.overlaps.semantic.break_facts import facts_of

Expected = list[tuple[str, str, str, int]]

UTIL = """\
    import os
    from functools import wraps

    LIMIT = 3

    def charge(amount, currency="EUR"):
        return os.path.join(str(amount), currency)

    def refund(amount):
        return wraps(amount)

    class Order:
        def __init__(self, number):
            self.number = number

        def total(self, tax):
            return self.number * tax

        @classmethod
        def load(cls, number):
            return cls(number)

        @property
        def paid(self):
            return True

    class Gift(Order):
        def wrap(self):
            return self.total(1)
    """
APP = """\
    from util import charge, Order, refund
    import util

    def main():
        return 1


    def last():
        return 2
    """
BASE = {"util.py": dedent(UTIL), "app.py": dedent(APP)}


def util(old: str, new: str) -> Files:
    assert dedent(old) in BASE["util.py"] or old in BASE["util.py"], old
    return {"util.py": BASE["util.py"].replace(old, new)}


def app(line: str, *, head: str = "") -> Files:
    """Our side: a line of ours in `main`, and in front of the file."""
    return {"app.py": head + BASE["app.py"].replace("    return 1\n", f"    {line}\n")}


CHARGE = 'def charge(amount, currency="EUR"):'
TOTAL = "def total(self, tax):"

PACKAGE = {
    "src/shop/__init__.py": "",
    "src/shop/order.py": "class Order:\n    def total(self): return 1\n",
    "src/shop/mail.py": "from .order import Order\n\ndef send(order): return Order()\n",
    "app.py": "import shop.mail\n\n\ndef main():\n    return 1\n",
}

BROKEN = {
    "import dropped": (
        util("def wrap(self):", "def wrap(self):\n        wraps(self)"),
        {
            "util.py": BASE["util.py"]
            .replace("from functools import wraps\n", "")
            .replace("return wraps(amount)", "return amount")
        },
        [("gone", "wraps", "util.py", 29)],
    ),
    "import dropped from a file that answers for other names": (
        util("def wrap(self):", "def wrap(self):\n        wraps(self)"),
        {
            "util.py": BASE["util.py"]
            .replace("from functools import wraps\n", "")
            .replace("return wraps(amount)", "return amount")
            + "\ndef __getattr__(name): return 1\n"
        },
        [("gone", "wraps", "util.py", 29)],
    ),
    "constant removed": (
        util(CHARGE, CHARGE + "\n    amount += LIMIT"),
        util("LIMIT = 3\n", ""),
        [("gone", "LIMIT", "util.py", 7)],
    ),
    "function removed, newly imported": (
        app("return 1", head="from util import LIMIT\n"),
        util("LIMIT = 3\n", ""),
        [("gone", "LIMIT", "app.py", 1)],
    ),
    "function renamed, used through its module": (
        app("return util.refund(3)"),
        util("def refund", "def give_back"),
        [("gone", "refund", "app.py", 5)],
    ),
    "parameter added": (
        app("return charge(3)"),
        util(CHARGE, 'def charge(amount, account, currency="EUR"):'),
        [("signature", "charge", "app.py", 5)],
    ),
    "parameter removed": (
        app("return charge(3, 'USD')"),
        util(CHARGE, "def charge(amount):\n    currency = 'EUR'"),
        [("signature", "charge", "app.py", 5)],
    ),
    "keyword renamed": (
        app("return charge(3, currency='USD')"),
        util(CHARGE, "def charge(amount, unit='EUR'):\n    currency = unit"),
        [("signature", "charge", "app.py", 5)],
    ),
    "parameters swapped": (
        app("return charge(3, 'USD')"),
        util(CHARGE, 'def charge(currency, amount="EUR"):'),
        [("signature", "charge", "app.py", 5)],
    ),
    "constructor": (
        app("return Order(3)"),
        util("def __init__(self, number):", "def __init__(self, number, owner):"),
        [("signature", "Order", "app.py", 5)],
    ),
    "method of a class it was made of": (
        app("order = Order(3)\n    return order.total(2)"),
        util(TOTAL, "def total(self, tax, discount):"),
        [("signature", "Order.total", "app.py", 6)],
    ),
    "method renamed everywhere": (
        {"app.py": BASE["app.py"].replace("def main():\n", "def main(order: Order):\n    order.total(2)\n")},
        {"util.py": BASE["util.py"].replace("total(", "sum(")},
        [("gone", "Order.total", "app.py", 5)],
    ),
    "a method that is called in a new one at the end of its class": (
        util("        return True\n", "        return True\n\n    def due(self):\n        return self.total(1)\n"),
        {"util.py": BASE["util.py"].replace("total(", "sum(")},
        [("gone", "Order.total", "util.py", 28)],
    ),
    "inherited method, through self": (
        util("def wrap(self):", "def wrap(self):\n        self.load(1)"),
        {"util.py": BASE["util.py"].replace("def load(", "def fetch(")},
        [("gone", "Order.load", "util.py", 29)],
    ),
    "class method": (
        app("return Order.load(3)"),
        util("def load(cls, number):", "def load(cls, number, owner):"),
        [("signature", "Order.load", "app.py", 5)],
    ),
    "both define a function": (
        util("class Order:", "def ship(order):\n    return 1\n\nclass Order:"),
        util("LIMIT = 3\n", "LIMIT = 3\n\ndef ship(order, to):\n    return 2\n"),
        [("twice", "ship", "util.py", 12)],
    ),
    "both define a method": (
        util(TOTAL, "def ship(self):\n        return 1\n\n    " + TOTAL),
        util("@property\n", "def ship(self):\n        return 2\n\n    @property\n"),
        [("twice", "Order.ship", "util.py", 16)],
    ),
    "abstract method": (
        {"app.py": BASE["app.py"] + "\n\nclass Mine(Order):\n    pass\n"},
        util(TOTAL, "@abstractmethod\n    def ship(self):\n        ...\n\n    " + TOTAL),
        [("abstract", "Order.ship", "app.py", 12)],
    ),
    "abstract method below all others of its class": (
        {"app.py": BASE["app.py"] + "\n\nclass Mine(Order):\n    pass\n"},
        util("class Gift(Order):", "    @abstractmethod\n    def ship(self):\n        ...\n\nclass Gift(Order):"),
        [("abstract", "Order.ship", "app.py", 12)],
    ),
}

SILENT = {
    "bound by the function": (util(CHARGE, CHARGE + "\n    LIMIT = 4\n    amount += LIMIT"), util("LIMIT = 3\n", "")),
    "a parameter": (util(CHARGE, "def charge(amount, currency='EUR', LIMIT=3):\n    amount += LIMIT"), util("LIMIT = 3\n", "")),
    "a keyword": (app("return dict(refund=3)"), util("def refund", "def give_back")),
    "an import moved into the function": (
        util("return wraps(amount)", "kept = wraps(amount)\n    return wraps(amount)"),
        {"util.py": BASE["util.py"].replace("from functools import wraps\n", "").replace("def refund(amount):", "def refund(amount):\n    from functools import wraps\n")},
    ),
    "a string": (app("return 'refund'"), util("def refund", "def give_back")),
    "they do not parse": (app("return util.refund(3)"), util("def refund(amount)", "def give_back(amount")),
    "they import everything": (
        app("return util.refund(3)"),
        {"util.py": "from other import *\n" + BASE["util.py"].replace("def refund", "def give_back")},
    ),
    "their module makes names": (
        app("return util.refund(3)"),
        {"util.py": BASE["util.py"].replace("def refund", "def give_back") + "\ndef __getattr__(name): return 1\n"},
    ),
    "they still use it": (util(CHARGE, CHARGE + "\n    amount += LIMIT"), util("LIMIT = 3\n", "def g():\n    global LIMIT\n    LIMIT = 3\n")),
    "guarded import": (
        app("return 1", head="try:\n    from util import LIMIT\nexcept ImportError:\n    LIMIT = 1\n"),
        util("LIMIT = 3\n", ""),
    ),
    "guarded attribute": (
        app("try:\n        return util.refund(3)\n    except AttributeError:\n        return 1"),
        util("def refund", "def give_back"),
    ),
    "unpacked arguments": (app("return charge(*[1])"), util(CHARGE, 'def charge(amount, account, currency="EUR"):')),
    "call still fits": (app("return charge(3)"), util(CHARGE, 'def charge(amount, currency="EUR", account=None):')),
    "call fits neither": (app("return charge()"), util(CHARGE, 'def charge(amount, account):')),
    "unknown decorator": (app("return charge(3)"), util(CHARGE, "@app.command\n" + 'def charge(amount, account):')),
    "moved and imported back": (
        app("return charge(3)"),
        {"util.py": "from payment import charge\n" + BASE["util.py"].replace(CHARGE, "def _charge(amount, currency):"),
         "payment.py": 'def charge(amount, currency="EUR"):\n    return 1\n'},
    ),
    "a class that nobody can list": (
        {"app.py": BASE["app.py"].replace("def main():\n", "def main(order: Order):\n    order.total(2)\n")},
        {"util.py": BASE["util.py"].replace("total(", "sum(").replace("class Order:", "class Order:\n    def __getattr__(self, name): return 1\n")},
    ),
    "their module says it in a string": (
        app("return util.refund(3)"),
        {"util.py": BASE["util.py"].replace("def refund", "def give_back") + "\nrename({'refund': give_back})\n"},
    ),
    "a new base class that is not written yet": (
        app("return Order(1).total(1)"),
        {"util.py": BASE["util.py"].replace("total(", "sum(").replace("class Order:", "class Order(Priced):").replace("import os\n", "import os\nfrom priced import Priced\n")},
    ),
    "a new base class that sets it": (
        app("return Order(1).total(1)"),
        {
            "util.py": BASE["util.py"].replace("total(", "sum(").replace("class Order:", "class Order(Priced):").replace("import os\n", "import os\nfrom priced import Priced\n", 1),
            "priced.py": "class Priced:\n    def __init__(self):\n        self.total = str\n",
        },
    ),
    "arguments called like the parameters that they will reach": (
        app("return charge(currency, 3)"),
        util(CHARGE, "def charge(currency, amount):"),
    ),
    "a parameter renamed, its old name kept": (
        app("return refund(3)"),
        util("def refund(amount):", "def refund(value, amount=None):"),
    ),
    "textual conflict": (
        util("def refund(amount):", "def refund(amount, x=LIMIT):"),
        {"util.py": BASE["util.py"].replace("LIMIT = 3\n", "").replace("def refund(amount):", "def refund(amounts):")},
    ),
    "overloads": (
        util("class Order:", "@overload\ndef ship(order):\n    return 1\n\nclass Order:"),
        util("LIMIT = 3\n", "LIMIT = 3\n\ndef ship(order, to):\n    return 2\n"),
    ),
    "in a branch": (
        util("class Order:", "if LIMIT:\n    def ship(order):\n        return 1\n\nclass Order:"),
        util("LIMIT = 3\n", "LIMIT = 3\n\ndef ship(order, to):\n    return 2\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "expected"), BROKEN.values(), ids=BROKEN)
def test_is_found(ours: Files, theirs: Files, expected: Expected) -> None:
    assert [facts_of(broken) for broken in merged(BASE, ours, theirs).here] == expected


@pytest.mark.parametrize(("ours", "theirs", "expected"), BROKEN.values(), ids=BROKEN)
def test_is_found_from_the_other_side(ours: Files, theirs: Files, expected: Expected) -> None:
    breaks = merged(BASE, theirs, ours)
    twice = [facts for facts in expected if facts[0] == "twice"]
    assert len(breaks.here) == len(twice)  # both define it: said at one's own definition
    assert [facts_of(broken) for broken in breaks.there] == [facts for facts in expected if facts not in twice]


@pytest.mark.parametrize(("ours", "theirs"), SILENT.values(), ids=SILENT)
def test_is_silent(ours: Files, theirs: Files) -> None:
    for breaks in (merged(BASE, ours, theirs), merged(BASE, theirs, ours)):
        assert (breaks.here, breaks.there) == ((), ())


MODULES = {
    "module deleted": ("from shop import mail", {"src/shop/mail.py": None}, ["shop.mail"]),
    "module renamed": (
        "import shop.mail as mail",
        {"src/shop/mail.py": None, "src/shop/post.py": PACKAGE["src/shop/mail.py"]},
        ["shop.mail"],
    ),
    "module made a package": (
        "from shop.mail import send",
        {"src/shop/mail.py": None, "src/shop/mail/__init__.py": PACKAGE["src/shop/mail.py"]},
        [],
    ),
    "module under another root": (
        "from shop.mail import send",
        {"src/shop/mail.py": None, "lib/shop/__init__.py": "", "lib/shop/mail.py": PACKAGE["src/shop/mail.py"]},
        [],
    ),
    "name moved out of a module": (
        "from shop.mail import send",
        {"src/shop/mail.py": "from .order import Order\n", "src/shop/post.py": PACKAGE["src/shop/mail.py"]},
        ["send"],
    ),
    "name through a module's full name": (
        "shop.mail.send(1)",
        {"src/shop/mail.py": PACKAGE["src/shop/mail.py"].replace("send", "post")},
        ["send"],
    ),
    "of no package": (
        "from mail import send",
        {"src/shop/mail.py": None},
        [],
    ),
}


@pytest.mark.parametrize(("line", "theirs", "symbols"), MODULES.values(), ids=MODULES)
def test_modules(line: str, theirs: Files, symbols: list[str]) -> None:
    ours = {"app.py": PACKAGE["app.py"].replace("    return 1", f"    {line}")}
    assert [broken.symbol for broken in merged(PACKAGE, ours, theirs).here] == symbols


def test_a_module_that_we_make_a_package_of_is_there() -> None:
    ours = {
        "app.py": PACKAGE["app.py"].replace("return 1", "from shop.mail import send"),
        "src/shop/mail/__init__.py": "def send(): ...\n",
    }
    assert merged(PACKAGE, ours, {"src/shop/mail.py": None}).here == ()
    beside = {"scripts/run.py": "def run():\n    return 1\n", "scripts/common.py": "", "scripts/__init__.py": ""}
    ours = {
        "tools/run.py": "import common\n\n\ndef run():\n    return 1\n",
        "tools/__init__.py": "",
        "scripts/__init__.py": None,
    }
    assert merged(beside, ours, {"scripts/common.py": None, "tools/common.py": ""}).here == ()


def test_a_file_that_they_renamed_is_followed() -> None:
    ours = {"app.py": PACKAGE["app.py"].replace("return 1", "return shop.mail")}
    theirs: Files = {"app.py": None, "application.py": PACKAGE["app.py"].replace("import shop.mail", "import os")}
    renamed = {"app.py": "application.py"}
    breaks = merged(PACKAGE, ours, {"application.py": theirs["application.py"]}, renamed)
    assert [facts_of(broken) for broken in breaks.here] == [("gone", "shop", "app.py", 5)]
    theirs = {"application.py": PACKAGE["app.py"] + "\n"}
    assert merged(PACKAGE, ours, theirs, renamed).here == ()


def test_a_module_of_a_package_that_answers_for_other_names_is_that_module() -> None:
    base = {
        **PACKAGE,
        "src/shop/__init__.py": "def __getattr__(name):\n    return 1\n",
        "app.py": PACKAGE["app.py"].replace("import shop.mail", "from shop import mail"),
    }
    ours = {"app.py": base["app.py"].replace("return 1", "return mail.send(1)")}
    theirs = {"src/shop/mail.py": base["src/shop/mail.py"].replace("send", "post")}
    assert [facts_of(broken) for broken in merged(base, ours, theirs).here] == [("gone", "send", "app.py", 5)]


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
