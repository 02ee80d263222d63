"""The semantic rule on Python's modules and packages: deleted, renamed, moved, made of one another."""

import pytest
from bench.semantic.programs.sides import Files, merged

from tests.overlaps.semantic.break_facts import facts_of

PACKAGE = {
    "src/shop/__init__.py": "",
    "src/shop/order.py": "class Order:\n    def total(self): return 1\n",
    "src/shop/mail.py": "from .order import Order\n\ndef send(order): return Order()\n",
    "app.py": "import shop.mail\n\n\ndef main():\n    return 1\n",
}

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
    moved: Files = {
        "tools/run.py": "import common\n\n\ndef run():\n    return 1\n",
        "tools/__init__.py": "",
        "scripts/__init__.py": None,
    }
    assert merged(beside, moved, {"scripts/common.py": None, "tools/common.py": ""}).here == ()


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
