"""What agents are told of merges that are clean and break the code: before they write such lines, and once others make them so."""

import re

import pytest

from forksight.core.settings import read_settings
from tests.agents.checkouts import SINCE
from tests.agents.conftest import Employ
from tests.conftest import Checkout
from tests.waiting import wait_for

UTIL = "from functools import wraps\n\n\ndef charge(amount):\n    return amount\n\n\n\n\ndef refund(amount):\n    return amount\n"
APP = "import util\n\n\ndef pay():\n    return 1\n"
DROPPED = UTIL.removeprefix("from functools import wraps\n")
RENAMED = UTIL.replace("def charge", "def bill")
GONE = re.compile(
    rf"app\.py:5: feature/pay removes `charge` from util\.py {SINCE}: merging is clean, but this line will break"
)


@pytest.fixture
def shop(repo: Checkout) -> Checkout:
    repo.commit({"util.py": UTIL, "app.py": APP}, "shop")
    return repo


@pytest.fixture
def pay(shop: Checkout) -> Checkout:
    return shop.worktree("pay", "feature/pay")


def written(checkout: Checkout, name: str, text: str, ago: float = 60) -> None:
    """A file as another worktree wrote it a while ago."""
    checkout.write({name: text}, ago=ago)


def test_lines_that_would_break_are_refused_once(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED)
    agent = employ(shop)
    said = agent.edit("app.py", "return 1", "return util.charge(1)")
    assert said.startswith(
        "refused: Nothing was written, because git would merge it without a conflict and the merge would be broken. "
    )
    assert GONE.search(said)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    assert "util.charge(1)" in (shop.path / "app.py").read_text()


def test_parameters_are_told_with_the_new_definition(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", UTIL.replace("def charge(amount)", "def charge(amount, currency)"))
    said = employ(shop).edit("app.py", "return 1", "return util.charge(1)")
    assert "since it needs currency. Their version:\n  | def charge(amount, currency):" in said
    assert employ(shop, session="2").edit("app.py", "return 1", "return util.charge(1, currency=2)") == ""


def test_other_lines_of_the_file_go_through(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED)
    agent = employ(shop)
    assert agent.edit("app.py", "return 1", "return 2") == ""
    assert agent.edit("app.py", "def pay():", 'def pay():\n    """Not charge."""') == ""


def test_what_an_agent_takes_away_is_told_after_its_edit(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "app.py", APP.replace("return 1", "return util.charge(1)"))
    agent = employ(shop)
    said = agent.edit("util.py", "def charge", "def bill")
    assert re.fullmatch(
        rf"util\.py:4: feature/pay uses `charge` in app\.py, which is removed here {SINCE}: "
        r"merging is clean, but that line will break\.",
        said,
    )
    assert agent.edit("util.py", "return amount", "return 2 * amount") == "", "the same fact is told once"


def test_who_reads_a_file_hears_of_its_breaks(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED)
    (shop.path / "app.py").write_text(APP.replace("return 1", "return util.charge(1)"))
    agent = employ(shop)
    assert GONE.search(agent.read("app.py"))
    assert agent.read("app.py") == ""


def test_a_command_that_makes_a_break_is_told_of(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED)
    agent = employ(shop)
    assert GONE.search(agent.bash("sed -i 's/return 1/return util.charge(1)/' app.py"))
    assert agent.bash("true") == ""


def test_a_break_that_others_make_comes_with_the_next_prompt(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    agent = employ(shop)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    written(pay, "util.py", RENAMED)
    assert GONE.search(wait_for("the news", lambda: agent.context("UserPromptSubmit", prompt="go on")))


def test_what_others_have_written_just_now_comes_with_a_later_prompt(
    shop: Checkout, pay: Checkout, employ: Employ
) -> None:
    """Nothing else changes until then."""
    agent = employ(shop)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    written(pay, "util.py", RENAMED, ago=0)
    assert GONE.search(wait_for("the news", lambda: agent.context("UserPromptSubmit", prompt="go on")))
    assert agent.context("UserPromptSubmit", prompt="go on") == ""


def test_a_file_that_is_being_written_just_now_refuses_nothing(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED, ago=-3600)  # its clock goes wrong, so that this stays true
    agent = employ(shop)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    written(pay, "util.py", RENAMED + "\n")
    assert GONE.search(wait_for("the finding once it is quiet", lambda: agent.read("app.py")))


@pytest.mark.parametrize("mode", ["tell", "off"])
def test_the_setting_says_what_happens(shop: Checkout, pay: Checkout, employ: Employ, mode: str) -> None:
    written(pay, "util.py", RENAMED)
    settings, _ = read_settings({"agents": {"beforeEdit": mode}})
    said = employ(shop, settings=settings).edit("app.py", "return 1", "return util.charge(1)")
    assert not said.startswith("refused")
    assert GONE.match(said), "told before it is written, or of what is on disk"


def test_off_is_off(shop: Checkout, pay: Checkout, employ: Employ) -> None:
    written(pay, "util.py", RENAMED)
    settings, _ = read_settings({"overlaps": {"semantic": "off"}})
    agent = employ(shop, settings=settings)
    assert agent.edit("app.py", "return 1", "return util.charge(1)") == ""
    assert agent.bash("cat app.py") == ""
