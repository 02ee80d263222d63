"""What the tests of bare editors share: the lines that docs/editors.md tells a person to write, and a clean home."""

import os
import re
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import MOMENT
from tests.neovim import shop as shops
from tests.neovim.rig import Screen
from tests.neovim.shop import Shop
from tests.patient import make_program
from tests.rigs import ROOT

MESSAGE = rf"feature/pay changed these lines too \(uncommitted, since {MOMENT}\): merging will conflict"
MINE = "    for attempt in range(settings.RETRIES):"


def documented(chapter: str, language: str) -> list[str]:
    """The code of a chapter."""
    text = (ROOT / "docs/editors.md").read_text().partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@dataclass(frozen=True)
class Setting:
    """A home of its own, and the shop with a session's uncommitted edit in another worktree."""

    home: Path
    shop: Shop

    def write(self, name: str, text: str) -> None:
        """A file of the home folder."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @contextmanager
    def run(self, command: Sequence[str], **env: str) -> Iterator[Screen]:
        """The editor runs in a terminal until the block ends."""
        clean = {
            "PATH": f"{self.home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **env,
        }
        screen = Screen(f"forksight-{uuid.uuid4().hex[:8]}", clean)
        try:
            screen.start(self.shop.main, list(command), (110, 40))
            yield screen
        finally:
            screen.end()


def setting_in(folder: Path) -> Setting:
    """Everything made anew in a folder."""
    shop = shops.make(folder)
    shop.edit_pay()
    home = folder / "home"
    home.mkdir()
    make_program(home / "bin")
    return Setting(home, shop)


def row_of(shown: str, pattern: str) -> int:
    """The row of the screen that matches."""
    return next(number for number, line in enumerate(shown.splitlines()) if re.search(pattern, line))
