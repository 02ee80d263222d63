"""A main checkout beside a worktree that edits the same line of the same file."""

import re
from dataclasses import dataclass

import pytest

from tests.conftest import MOMENT, Checkout

# What an agent is told of line 5 of the main checkout's `app.py`.
SINCE = rf"\(uncommitted, since {MOMENT}\)"
SEEN = re.compile(rf"app.py:5 is also changed in feature/pay {SINCE}:\n  \| five of pay")


@dataclass(frozen=True)
class Checkouts:
    """The main checkout, and a worktree on feature/pay that has changed line 5 of app.py."""

    main: Checkout
    pay: Checkout


@pytest.fixture
def checkouts(repo: Checkout) -> Checkouts:
    """`app.py` of nine lines in both; `line 5` is `five of pay` in the other."""
    pay = repo.worktree("pay", "feature/pay")
    pay.write({"app.py": lines(five="five of pay")})
    return Checkouts(repo, pay)


def lines(**changed: str) -> str:
    """`app.py`, with some lines changed: `lines(five="…")`."""
    names = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return "".join(f"{changed.get(name, f'line {number}')}\n" for number, name in enumerate(names, 1))
