"""The repository of the stories: a small shop, with a person in the main worktree and a session at work in another."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = '''\
"""Take a basket to the till."""

from decimal import Decimal

from shop import settings
from shop.basket import Basket
from shop.gateway import Declined, Gateway

VAT = Decimal("0.19")


def pay(basket: Basket, gateway: Gateway) -> str:
    """Charge the customer; the gateway's receipt number."""
    for attempt in range(3):
        try:
            return gateway.charge(total(basket))
        except Declined:
            continue
    raise Declined(basket.customer)


def total(basket: Basket) -> Decimal:
    """What the customer pays, in euros."""
    net = sum(line.price * line.quantity for line in basket.lines)
    return round(net * (1 + VAT), 2)


def refund(receipt: str, gateway: Gateway) -> None:
    """Give the customer the money back, once."""
    if not gateway.refunded(receipt):
        gateway.refund(receipt)
'''

LOOP = CHECKOUT.splitlines().index("    for attempt in range(3):")  # the line that both sides edit, 0-based

# what the session in the other worktree makes of pay(), and does not commit
THEIRS = "    for delay in backoff(first=0.2, times=5):"
EDITS = {"    for attempt in range(3):": THEIRS, "            continue": "            sleep(delay)"}


@dataclass(frozen=True)
class Shop:
    """The repository of the stories."""

    main: Path  # the main worktree
    pay: Path  # a linked one on feature/pay

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Run git in the main worktree, or elsewhere."""
        who = {
            f"GIT_{role}_{part}": f"shop{'@example.org' if part == 'EMAIL' else ''}"
            for role in ("AUTHOR", "COMMITTER")
            for part in ("NAME", "EMAIL")
        }
        env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(["git", *args], cwd=cwd or self.main, env=env, check=True, capture_output=True, text=True)
        return done.stdout

    def edit_pay(self) -> None:
        """The session edits the loop of `pay()`, on disk and uncommitted."""
        path = self.pay / "shop" / "checkout.py"
        lines = path.read_text().splitlines()
        path.write_text("".join(f"{EDITS.get(line, line)}\n" for line in lines))

    def revert_pay(self) -> None:
        """The session takes its edit back."""
        self.git("checkout", "--", "shop/checkout.py", cwd=self.pay)


def make(folder: Path) -> Shop:
    """The shop with a clean worktree for feature/pay."""
    shop = Shop(folder / "shop", folder / "shop-pay")
    (shop.main / "shop").mkdir(parents=True)
    shop.git("init", "--quiet", "--initial-branch", "main")
    (shop.main / "shop" / "checkout.py").write_text(CHECKOUT)
    (shop.main / "NOTES").write_text("Prices are net of VAT.\n")
    shop.git("add", ".")
    shop.git("commit", "--quiet", "--message", "Open the shop")
    shop.git("worktree", "add", "--quiet", "-b", "feature/pay", str(shop.pay))
    return shop
