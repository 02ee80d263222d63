"""The semantic rule on Python: each case is what we add, what they change, and what is found."""

import pytest
from bench.semantic.programs.sides import Files

from tests.overlaps.semantic.break_facts import Facts, check_found, check_silent
from tests.overlaps.semantic.python_base import BASE, CHARGE, TOTAL, app, util

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
def test_is_found(ours: Files, theirs: Files, expected: Facts) -> None:
    check_found(BASE, ours, theirs, expected)


@pytest.mark.parametrize(("ours", "theirs"), SILENT.values(), ids=SILENT)
def test_is_silent(ours: Files, theirs: Files) -> None:
    check_silent(BASE, ours, theirs)
