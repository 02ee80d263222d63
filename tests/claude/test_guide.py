"""The article's five mistakes, each caught, and how forks land: docs/guide.md is acted out with the real Claude Code, and prints what it says.

So are docs/json.md, what scripts get, and docs/agents.md. FORKSIGHT_GUIDE=write puts what the commands print now into them.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.claude import guide
from tests.claude.fixtures import install
from tests.claude.guide import Act, Box
from tests.claude.model import Reader
from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.rigs import ROOT

pytestmark = [pytest.mark.claude, pytest.mark.timeout(900)]

FILES = {
    "CLAUDE.md": "Prices are Decimals, in euros. Never floats.\n",
    "shop/basket.py": '"""What a customer wants to buy."""\n\nLIMIT = 99\n',
    "shop/gateway.py": '"""The bank."""\n\nTIMEOUT = 30\n',
    "shop/till.py": '''\
"""Take a basket to the till."""

from shop import gateway

VAT = "0.19"


def pay(basket):
    for attempt in range(3):
        if gateway.charge(total(basket)):
            return True
    return False


def total(basket):
    return sum(line.price for line in basket)
''',
}
HOME = "/home/ada"
TRY = "for attempt in range(3):"
QUESTION = "what happens when the bank does not answer?"
FINDINGS = """\
## Found
- `pay` asks three times, at once (`shop/till.py:9`), and returns False after that.
- Nobody looks at `TIMEOUT` (`shop/gateway.py:3`).

## Tried in vain
- A longer `TIMEOUT`: it changes nothing, for it is not used.

## Open
- Whether the bank charges twice if its answer is lost.
"""


@dataclass(frozen=True)
class Shop:
    """A repository in the home of somebody who works with Claude Code, and a shell in it."""

    repo: Checkout
    claude: Claude

    def shell(self, command: str) -> str:
        """What a command prints on a screen."""
        names = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
        path = f"{Path(sys.executable).parent}:{self.claude.env['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.repo.path,
            env={**names, **self.claude.env, "PATH": path, "FORKSIGHT_CLAUDE": "claude"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert "Traceback" not in done.stdout
        here = {
            str(self.claude.path): f"{HOME}/.local/bin/claude",
            str(self.claude.home): HOME,
            str(ROOT): f"{HOME}/forksight",
            re.sub(r"[^a-zA-Z0-9]", "-", str(self.claude.home)): HOME.replace("/", "-"),  # a project folder's name
        }
        for place, said in here.items():
            done.stdout = done.stdout.replace(place, said)
        return done.stdout

    def work(self, branch: str, *steps: str) -> None:
        """Start the fork of a branch as its terminal would, and let it do something."""
        launch = json.loads(self.shell(f"forksight resume {branch} --print --json"))["launch"]
        place = Path(launch["cwd"].replace(HOME, str(self.claude.home)))
        prompt = "\n".join(step.replace("./", f"{place}/") for step in steps)
        self.claude.run(place, *launch["argv"][1:], "-p", "--dangerously-skip-permissions", "--", prompt)


def configure(shop: Shop) -> None:
    """Claude Code has settings of its own."""
    shop.claude.config.mkdir(exist_ok=True)
    (shop.claude.config / "settings.json").write_text('{\n  "model": "opus"\n}\n')


def explore(shop: Shop) -> None:
    """A fork has looked for something in a worktree of its own."""
    parent = shop.claude.start(shop.repo.path, f"READ {shop.repo.path}/CLAUDE.md", "--name", "know the shop")
    place = shop.repo.worktree("explore", "explore/till").path
    shop.claude.fork(place, parent, f"READ {place}/shop/till.py", "--name", "the till")


def debug(shop: Shop) -> None:
    """A session in which things failed and were changed."""
    till = f"{shop.repo.path}/shop/till.py"
    steps = [f"READ {till}", "BASH python -m pytest shop", f"EDIT {till} 0.19=>0.07", "BASH python -m pytest shop"]
    shop.claude.start(
        shop.repo.path,
        "\n".join([*steps, f"EDIT {till} 0.07=>0.19", "SAY VAT is 0.19 again."]),
        "--name",
        "fix the rounding",
    )


def learn(shop: Shop) -> None:
    """A session that has only read."""
    reads = [f"READ {shop.repo.path}/{name}" for name in FILES]
    shop.claude.start(shop.repo.path, "\n".join([*reads, "SAY I know the shop now."]), "--name", "learn the shop")


def pay(shop: Shop) -> None:
    """The fork for payments tries harder to reach the bank."""
    shop.work(
        "feature/pay",
        "READ ./shop/till.py",
        f"EDIT ./shop/till.py {TRY}=>for delay in backoff(times=5):",
        "SAY The till asks the bank five times, and waits longer each time.",
    )


def discount(shop: Shop) -> None:
    """The fork for discounts changes the same line, and one more."""
    shop.work(
        "feature/discount",
        "READ ./shop/till.py",
        f"EDIT ./shop/till.py {TRY}=>for attempt in range(gateway.TRIES):",
        "EDIT ./shop/till.py line.price=>line.price * line.rate",
        "SAY Every line has a rate now. Which discounts shall the shop begin with?",
    )


def move_on(shop: Shop) -> None:
    """Some weeks of work on the main branch."""
    for number in range(20):
        shop.repo.commit({"shop/prices.py": f"VERSION = {number}\n"}, f"Publish price list {number}")
    shop.repo.commit({"CLAUDE.md": FILES["CLAUDE.md"] + "Every price has a currency.\n"}, "Say how prices are written")
    shop.repo.commit({"shop/basket.py": None, "shop/cart.py": FILES["shop/basket.py"]}, "Call the basket a cart")
    shop.repo.commit({"stock/__init__.py": '"""What is left."""\n'}, "Begin with the stock")


def five_more(shop: Shop) -> None:
    """Five more tasks, each with a fork that has begun."""
    for name in ("refunds", "receipts", "taxes", "vouchers", "stock"):
        shop.shell(f"forksight fork feature/{name} --print")
        shop.work(f"feature/{name}", f"WRITE ./shop/{name}.py # {name}", f"SAY The {name} are done.")


def land_discount(shop: Shop) -> None:
    """The discounts are committed, and squashed into main."""
    fork = Checkout(shop.repo.path / ".claude/worktrees/feature-discount")
    fork.commit(message="Give discounts")
    shop.repo.git("merge", "--squash", "--quiet", "feature/discount")
    shop.repo.git("commit", "--quiet", "--message", "Give discounts (#12)")


def three_done(shop: Shop) -> None:
    """The work of three forks is committed."""
    for name in ("refunds", "receipts", "pay"):
        commit(shop, name)


def gifts_done(shop: Shop) -> None:
    """A new fork has done its work and committed it, and so has the one for payments."""
    shop.shell("forksight fork feature/gifts --print")
    shop.work("feature/gifts", "WRITE ./shop/gifts.py # gifts", "SAY The gifts are done.")
    for name in ("gifts", "pay"):
        commit(shop, name)


def commit(shop: Shop, name: str) -> None:
    """A fork's work is committed."""
    Checkout(shop.repo.path / f".claude/worktrees/feature-{name}").commit(message=f"Do {name}")


ACTS: Mapping[str, Callable[[Shop], None]] = {
    "Claude Code is configured": configure,
    "a fork explores the till": explore,
    "a session fixes a bug": debug,
    "a session reads the project": learn,
    "the fork of feature/pay begins": pay,
    "the fork of feature/discount begins": discount,
    "the project moves on": move_on,
    "five more forks begin": five_more,
    "feature/discount is merged": land_discount,
    "three forks are done": three_done,
    "feature/gifts and feature/pay are done": gifts_done,
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    model = Reader()
    model.known = {QUESTION: FINDINGS}
    claude = install("claude", tmp_path.resolve() / "home", model)
    repo = Checkout(claude.home / "shop")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    repo.commit(FILES, "Open the shop")
    claude.trust(repo.path)
    yield Shop(repo, claude)
    claude.stop_daemon()
    model.close()


@pytest.mark.parametrize("page", ["guide.md", "json.md", "agents.md"])
def test_a_page_says_what_is_printed(shop: Shop, page: str) -> None:
    parts = guide.read(page)
    seen: list[str | Act | Box] = []
    for part in parts:
        if isinstance(part, Act):
            ACTS[part.name](shop)
        seen.append(
            Box(tuple((command, shop.shell(command)) for command, _ in part.commands))
            if isinstance(part, Box)
            else part
        )
    if os.environ.get("FORKSIGHT_GUIDE") == "write":
        new = [then if guide.steady(now) == guide.steady(then) else now for now, then in zip(seen, parts, strict=True)]
        guide.write(page, new)
    else:
        for here, there in zip(seen, parts, strict=True):
            assert guide.steady(here) == guide.steady(there)
