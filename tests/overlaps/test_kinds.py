"""What `forksight overlaps` prints of each kind. With FORKSIGHT_SCREENSHOTS=docs its screens become the documentation's pictures."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests import command_line
from tests.conftest import Checkout
from tests.rigs import ROOT

CHECKOUT = """\
from functools import cache


def total(basket):
    return sum(basket)


def pay(basket, card):
    for attempt in range(3):
        if card.charge(total(basket)):
            return True
    return False


@cache
def rates(country):
    return {"vat": 0.19}


class Receipt:
    def lines(self):
        return []
"""
RETRY = "    for attempt in range(3):\n"
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
LOGO = b"\0a logo\n"


def values(name: str, **changed: int) -> str:
    """A module of its own words."""
    return "".join(f"{name}_{word} = {changed.get(word, number)}\n" for number, word in enumerate(WORDS))


def picture(checkout: Checkout, name: str, title: str) -> str:
    """What a person reads on a terminal. It is kept for the documentation, if asked to."""
    done = command_line.run("overlaps", cwd=checkout.path, env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "130"})
    assert done.returncode == 1, done.stderr
    folder = os.environ.get("FORKSIGHT_SCREENSHOTS")
    if folder:
        command = [sys.executable, str(ROOT / "scripts/screenshot.py"), str(Path(folder, name).resolve()), title]
        subprocess.run(command, input=done.stdout, text=True, check=True)
    return re.sub(r"\x1b\[[\d;]*m", "", done.stdout)


def heads(shown: str) -> list[str]:
    """The place and kind of each overlap."""
    return [line for line in shown.splitlines() if line[:1].strip() and ":" in line and not line.endswith(".")]


def test_textual(checkout: Checkout) -> None:
    base = {f"shop/{name}.py": values(name) for name in ("mail", "prices", "stock", "terms")}
    checkout.commit({"shop/checkout.py": CHECKOUT, "logo.png": LOGO, **base}, "base")
    pay = checkout.worktree("feature-pay", "feature/pay")
    checkout.write(
        {
            "shop/checkout.py": CHECKOUT.replace(RETRY, RETRY.replace("3", "settings.RETRIES")),
            "shop/mail.py": values("mail", gamma=20),
            "shop/prices.py": values("prices", alpha=1),
            "shop/refunds.py": "def refund(order):\n    return order.total\n",
            "logo.png": LOGO + b"ours\n",
        }
    )
    checkout.git("rm", "--quiet", "shop/stock.py")
    checkout.git("mv", "shop/terms.py", "shop/conditions.py")
    pay.write(
        {
            "shop/checkout.py": CHECKOUT.replace(RETRY, "    for attempt in backoff(first=0.2, times=5):\n"),
            "shop/prices.py": values("prices", alpha=1),
            "shop/refunds.py": "def refund(order, reason):\n    return -order.total\n",
            "shop/stock.py": values("stock", zeta=6),
            "logo.png": LOGO + b"theirs\n",
        }
    )
    pay.git("rm", "--quiet", "shop/mail.py")
    pay.git("mv", "shop/terms.py", "shop/agreement.py")
    assert heads(picture(checkout, "overlaps-textual.png", "forksight overlaps")) == [
        "logo.png:1  binary",
        "shop/checkout.py:9  conflict",
        "shop/conditions.py:1  rename",
        "shop/mail.py:1  modify-delete",
        "shop/prices.py:1  identical",
        "shop/refunds.py:1  add-add",
        "shop/stock.py:1  delete-modify",
    ]


def test_semantic(checkout: Checkout) -> None:
    shape = "from abc import ABC, abstractmethod\n\n\nclass Shape(ABC):\n    def area(self):\n        return 0\n"
    checkout.commit({"shop/__init__.py": "", "shop/checkout.py": CHECKOUT, "shop/shape.py": shape}, "base")
    pay = checkout.worktree("feature-pay", "feature/pay")
    mine = f"{CHECKOUT}\n    @cache\n    def number(self):\n        return 1\n"
    checkout.write(
        {
            "shop/checkout.py": mine.replace(
                "class Receipt:", "def refund(order):\n    return -order.total\n\n\nclass Receipt:"
            ),
            "shop/label.py": "from shop.shape import Shape\n\n\nclass Label(Shape):\n    color = 'white'\n",
            "shop/report.py": "from shop.checkout import total\n\n\ndef report(baskets):\n    return map(total, baskets), total([])\n",
        }
    )
    refund = "def refund(order, reason):\n    return 0\n\n\n"
    theirs = CHECKOUT.replace("from functools import cache\n", "").replace("@cache\n", "")
    theirs = theirs.replace("def total(basket):", f"{refund}def total(basket, vat):")
    pay.write(
        {
            "shop/checkout.py": theirs.replace("total(basket)):", "total(basket, 0.19)):"),
            "shop/shape.py": shape + "\n    @abstractmethod\n    def border(self):\n        ...\n",
        }
    )
    assert heads(picture(checkout, "overlaps-semantic.png", "forksight overlaps")) == [
        "shop/checkout.py:20  semantic-twice",
        "shop/checkout.py:28  semantic-gone",
        "shop/label.py:4  semantic-abstract",
        "shop/report.py:5  semantic-signature",
    ]
