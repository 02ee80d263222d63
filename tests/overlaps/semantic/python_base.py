"""A Python program of two files in which the tests of the semantic rule break things."""

from textwrap import dedent

from bench.semantic.programs.sides import Files

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
    """A side that replaced one text by another in `util.py`."""
    assert dedent(old) in BASE["util.py"] or old in BASE["util.py"], old
    return {"util.py": BASE["util.py"].replace(old, new)}


def app(line: str, *, head: str = "") -> Files:
    """A side with a line of its own in `main` of `app.py`, and in front of the file."""
    return {"app.py": head + BASE["app.py"].replace("    return 1\n", f"    {line}\n")}


CHARGE = 'def charge(amount, currency="EUR"):'
TOTAL = "def total(self, tax):"
