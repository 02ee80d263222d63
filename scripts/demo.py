"""`make demo`: the main job on a real repository with three worktrees, through the real server over stdio.

Everything happens in a temporary folder that is gone afterwards.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
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
EDITORS = (
    ("VS Code", "install editors/vscode; it finds the server, or offers to install it"),
    ("Neovim", "vim.opt.runtimepath:append('…/editors/neovim'); vim.lsp.enable('forksight')"),
    ("Helix", 'languages.toml: [language-server.forksight] command = "forksight", args = ["server"]'),
    ("Emacs", '(add-to-list \'eglot-server-programs \'(prog-mode "forksight" "server"))'),
)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


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


async def warnings(path: Path, text: str) -> list[types.Diagnostic]:
    """What the real server says of a text that is nowhere saved."""
    client = LanguageClient("demo", "1")
    told: asyncio.Future[list[types.Diagnostic]] = asyncio.get_running_loop().create_future()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        if params.uri == path.as_uri() and not told.done():
            told.set_result(list(params.diagnostics))

    await client.start_io(sys.executable, "-m", "forksight", "server")
    capabilities = types.ClientCapabilities()
    await client.initialize_async(types.InitializeParams(capabilities=capabilities, process_id=os.getpid()))
    client.initialized(types.InitializedParams())
    document = types.TextDocumentItem(path.as_uri(), "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    try:
        return await asyncio.wait_for(told, 20)
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()


def frame(console: Console, text: str, diagnostics: list[types.Diagnostic]) -> None:
    """The buffer as an editor shows it, with each warning below its lines."""
    below: dict[int, list[types.Diagnostic]] = {}
    for diagnostic in diagnostics:
        below.setdefault(diagnostic.range.end.line, []).append(diagnostic)
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    body = Text()
    lines = text.splitlines()
    for number in range(9, len(lines)):
        conflict = any(each.severity == types.DiagnosticSeverity.Warning for each in below.get(number, ()))
        body.append("▲ " if conflict else "  ", "yellow").append(f"{number + 1:>3}  ", "dim")
        code = syntax.highlight(lines[number])
        code.rstrip()
        if number in below:
            code.stylize("underline")
        body.append_text(code).append("\n")
        for each in below.get(number, ()):
            style = "yellow" if each.severity == types.DiagnosticSeverity.Warning else "cyan"
            body.append(f"       └── {each.message}\n", style)
    body.rstrip()
    console.print(
        Panel(body, title=Text("shop (main) · checkout.py, not saved"), title_align="left", border_style="dim")
    )


def main() -> None:
    console = Console(highlight=False)
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
    with tempfile.TemporaryDirectory(prefix="forksight-demo-") as folder:
        shop = build(Path(folder).resolve())
        console.print(
            "\n[bold]You type in main; nothing is saved. feature/pay has uncommitted work in the same file.[/]\n"
        )
        text = CHECKOUT.replace(NET, QUANTITY).replace(LOOP, TYPED)
        frame(console, text, asyncio.run(warnings(shop / "checkout.py", text)))
        (shop / "checkout.py").write_text(text)
        for command, told in (
            ("overlaps", "The same for scripts and CI, once it is saved"),
            ("matrix", "All worktrees"),
        ):
            console.print(f"\n[bold]{told}:[/] forksight {command}\n")
            sys.stdout.flush()
            subprocess.run([sys.executable, "-m", "forksight", "-C", str(shop), command], check=False)
    console.print("\n[bold]In your editor:[/]\n")
    for editor, how in EDITORS:
        console.print(f"  {editor:<8} ", end="", style="bold")
        console.print(how, markup=False, soft_wrap=True)
    console.print("\nMore in docs/editors.md. The demo's repository is gone again.\n", style="dim")


if __name__ == "__main__":
    main()
