"""`make demo`: shows overlaps and the fork tree of a real repository with three worktrees, through the real server over stdio.

Everything is in a temporary folder with its own home, which is removed afterwards. Only the Claude Code sessions are made up:
three transcripts in Claude Code's format.
"""

import json
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.client import Client
from bench.repositories import git, isolate
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

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
    raise Declined(basket)


def total(basket: Basket) -> Decimal:
    """What the customer pays, in euros."""
    net = sum(line.price for line in basket.lines)
    return round(net * (1 + VAT), 2)
'''
LOOP, NET = "    for attempt in range(3):", "    net = sum(line.price for line in basket.lines)"
QUANTITY = "    net = sum(line.price * line.quantity for line in basket.lines)"
TYPED = "    for attempt in range(settings.RETRIES):"
SHOWN = CHECKOUT.splitlines().index("def pay(basket: Basket, gateway: Gateway) -> str:")  # the first line of the frame
EDITORS = (
    ("VS Code", "make vsix; code --install-extension editors/vscode/dist/forksight-*.vsix"),
    ("Neovim", "vim.opt.runtimepath:append('…/editors/neovim'); vim.lsp.enable('forksight')"),
    ("Helix", 'languages.toml: [language-server.forksight] command = "forksight", args = ["server"]'),
    ("Emacs", '(add-to-list \'eglot-server-programs \'(prog-mode "forksight" "server"))'),
)

Json = dict[str, Any]


def build(top: Path) -> Path:
    """A shop with three worktrees: the main one, `feature/pay` with uncommitted work, `feature/quantity` with a commit."""
    shop = top / "shop"
    shop.mkdir()
    git(shop, "init", "--quiet", "--initial-branch", "main")
    (shop / "checkout.py").write_text(CHECKOUT)
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Open the shop")
    for branch in ("pay", "quantity"):
        git(shop, "worktree", "add", "--quiet", "-b", f"feature/{branch}", str(top / branch))
    pay = CHECKOUT.replace(LOOP, "    for delay in backoff(first=0.2, times=5):").replace(NET, QUANTITY)
    (top / "pay/checkout.py").write_text(pay)
    (top / "quantity/checkout.py").write_text(CHECKOUT.replace(NET, QUANTITY))
    git(top / "quantity", "commit", "--quiet", "--all", "--message", "Count how many of each")
    (shop / "checkout.py").write_text(CHECKOUT.replace(NET, QUANTITY))
    return shop


def sessions(top: Path) -> str:
    """Write a session that has read the shop, and a fork of it in each other worktree. Returns the id of the first."""
    now = datetime.now(UTC)
    baseline = session(
        top, "main", "Read the shop, and how it takes money.", now - timedelta(hours=5), read="checkout.py"
    )
    session(
        top,
        "feature/quantity",
        "Count how many of each the customer buys.",
        now - timedelta(minutes=90),
        parent=baseline,
    )
    session(
        top, "feature/pay", "Wait a little longer before paying again.", now - timedelta(minutes=25), parent=baseline
    )
    return str(baseline[0]["sessionId"])


def session(
    top: Path, branch: str, prompt: str, moment: datetime, *, parent: Sequence[Json] = (), read: str = ""
) -> list[Json]:
    """Write a transcript: the rows of the session that it was forked from, a prompt, a file that was read, an answer."""
    name, place = str(uuid.uuid4()), top / ("shop" if branch == "main" else branch.rpartition("/")[2])
    facts = {"cwd": str(place), "gitBranch": branch, "version": "2.1.330", "sessionId": name}
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    rows: list[Json] = []
    for row in parent:  # an inherited answer names the session that paid for it
        payer = {"requestSessionId": row["sessionId"]} if row["type"] == "assistant" else {}
        rows.append({**row, **facts, **payer})

    def add(kind: str, message: Json, **more: object) -> None:
        above = rows[-1]["uuid"] if rows else None
        row = {"parentUuid": above, "isSidechain": False, "type": kind, "message": {"role": kind, **message}, **more}
        rows.append({**row, "uuid": str(uuid.uuid4()), "timestamp": stamp, **facts})

    def answer(block: Json) -> None:
        usage = {"input_tokens": 12, "output_tokens": 640, "cache_creation_input_tokens": 1_800 if parent else 24_000}
        usage["cache_read_input_tokens"] = 52_000 if parent else 14_000
        message = f"msg_{uuid.uuid4().hex}"
        add(
            "assistant",
            {"id": message, "type": "message", "model": "claude-opus-5-5", "content": [block], "usage": usage},
        )

    add("user", {"content": prompt})
    if read:
        answer({"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": str(place / read)}})
        text = (place / read).read_text()
        result = {"tool_use_id": "toolu_1", "type": "tool_result", "content": text}
        file = {"filePath": str(place / read), "content": text, "startLine": 1}
        file |= {"numLines": text.count("\n"), "totalLines": text.count("\n")}
        add("user", {"content": [result]}, toolUseResult={"type": "text", "file": file})
    answer({"type": "text", "text": "Done."})
    title = {"type": "custom-title", "customTitle": branch if parent else "shop-core", "sessionId": name}
    folder = top / "claude" / "projects" / "".join(char if char.isalnum() else "-" for char in str(place))
    folder.mkdir(parents=True)
    (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, title]))
    return rows


def frame(text: str, diagnostics: Sequence[Json]) -> Panel:
    """The buffer as an editor shows it, with each warning below its lines."""
    below: dict[int, list[Json]] = {}
    for diagnostic in diagnostics:
        below.setdefault(diagnostic["range"]["end"]["line"], []).append(diagnostic)
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    body = Table.grid(padding=(0, 1))
    for number, line in list(enumerate(text.splitlines()))[SHOWN:]:
        warnings = below.get(number, [])
        code = syntax.highlight(line)
        code.rstrip()
        if warnings:
            code.stylize("underline", len(line) - len(line.lstrip()))
        sign = "▲" if any(warning["severity"] == 2 for warning in warnings) else ""
        body.add_row(Text(sign, "yellow"), Text(f"{number + 1:>2}", "dim"), code)
        for warning in warnings:
            body.add_row("", "└─", Text(warning["message"], "yellow" if warning["severity"] == 2 else "cyan"))
    return Panel(body, title=Text("shop (main) · checkout.py, not saved"), title_align="left", border_style="dim")


def main() -> None:
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="forksight-demo-") as folder:
        top = Path(folder).resolve()
        isolate(top / "home", CLAUDE_CONFIG_DIR=str(top / "claude"))
        shop = build(top)
        baseline = sessions(top)
        text = CHECKOUT.replace(NET, QUANTITY).replace(LOOP, TYPED)
        console.print(
            "\n[bold]You type in main; nothing is saved. feature/pay has uncommitted work in the same file.[/]\n",
            soft_wrap=True,
        )
        with Client(shop) as client:
            client.open(shop / "checkout.py", text)
            diagnostics, _ = client.diagnostics(shop / "checkout.py")
        console.print(frame(text, diagnostics))
        (shop / "checkout.py").write_text(text)
        forksight = [sys.executable, "-m", "forksight", "-C", str(shop)]
        for command, caption in (
            (["overlaps"], "The same for scripts and CI, once it is saved"),
            (["matrix"], "All worktrees"),
            (
                ["baseline", "set", baseline, "--name", "shop-core"],
                "Mark the session to fork from",
            ),
            (["tree"], "Whose fork is whose, and what each has cost"),
        ):
            asked = ["shop-core" if word == baseline else word for word in command]
            console.print(f"\n[bold]{caption}:[/] forksight {' '.join(asked)}\n", soft_wrap=True)
            subprocess.run([*forksight, *command], check=False)
    console.print("\n[bold]In your editor:[/]\n")
    for editor, how in EDITORS:
        console.print(f"  {editor:<8} ", end="", style="bold")
        console.print(how, markup=False, soft_wrap=True)
    console.print("\nMore in docs/editors.md. The demo's repository has been removed.\n", style="dim")


if __name__ == "__main__":
    main()
