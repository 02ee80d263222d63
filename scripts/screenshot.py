"""Renders a terminal's screen as a PNG for the documentation: `tmux capture-pane -p -e | screenshot.py OUT.png [TITLE]`.

Uses a headless Chromium; looks best with the font JetBrains Mono installed.
"""

import html
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
SCALE = 2  # device pixels per CSS pixel: sharp on dense screens
CELL = (8.4, 20)  # CSS pixels of one character at 14 px
MARGIN, PADDING, TITLE = 24, 14, 36

# the sixteen colours of a terminal (Catppuccin Mocha), the cube and the greys are computed
BASE = (
    "#45475a",
    "#f38ba8",
    "#a6e3a1",
    "#f9e2af",
    "#89b4fa",
    "#f5c2e7",
    "#94e2d5",
    "#bac2de",
    "#585b70",
    "#f38ba8",
    "#a6e3a1",
    "#f9e2af",
    "#89b4fa",
    "#f5c2e7",
    "#94e2d5",
    "#a6adc8",
)
FOREGROUND, BACKGROUND = "#cdd6f4", "#1e1e2e"

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: {margin}px; background: linear-gradient(135deg, #b4befe, #89b4fa 45%, #94e2d5); }}
main {{ background: {background}; border-radius: 10px; box-shadow: 0 14px 34px rgba(17, 17, 27, .45); overflow: hidden; }}
header {{ height: {title}px; display: flex; align-items: center; gap: 8px; padding: 0 14px; background: #181825;
  color: #a6adc8; font: 13px "Inter", "DejaVu Sans", sans-serif; }}
header i {{ width: 12px; height: 12px; border-radius: 50%; }}
header b {{ flex: 1; text-align: center; font-weight: normal; padding-right: 52px; }}
pre {{ margin: 0; padding: {padding}px; color: {foreground}; font: 14px/{row}px "JetBrains Mono", "DejaVu Sans Mono", monospace;
  font-variant-ligatures: none; text-underline-offset: 3px; text-decoration-thickness: 1.5px; text-decoration-skip-ink: none; }}
span {{ display: inline-block; height: {row}px; vertical-align: top; white-space: pre; }}
</style><main><header><i style="background:#f38ba8"></i><i style="background:#f9e2af"></i><i style="background:#a6e3a1"></i>
<b>{name}</b></header><pre>{body}</pre></main>"""


@dataclass(frozen=True)
class Style:
    """How a character looks; colours as CSS has them."""

    foreground: str | None = None
    background: str | None = None
    line: str | None = None
    line_colour: str | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    reverse: bool = False
    strike: bool = False

    def css(self) -> str:
        """Its CSS declarations."""
        fore, back = self.foreground, self.background
        if self.reverse:
            fore, back = back or BACKGROUND, fore or FOREGROUND
        decoration = f"underline {self.line} {self.line_colour or ''}" if self.line else "line-through" * self.strike
        rules = {
            "color": fore,
            "background": back,
            "font-weight": "bold" if self.bold else None,
            "font-style": "italic" if self.italic else None,
            "opacity": ".6" if self.dim else None,
            "text-decoration": decoration or None,
        }
        return ";".join(f"{name}:{value}" for name, value in rules.items() if value)


class Change(TypedDict, total=False):
    """Fields of a style, and what an escape code makes of them."""

    foreground: str | None
    background: str | None
    line: str | None
    line_colour: str | None
    bold: bool
    dim: bool
    italic: bool
    reverse: bool
    strike: bool


def indexed(number: int) -> str:
    """One of the 256 colours."""
    if number < 16:
        return BASE[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    steps = (0, 95, 135, 175, 215, 255)
    red, rest = divmod(number - 16, 36)
    return "#" + "".join(f"{steps[step]:02x}" for step in (red, *divmod(rest, 6)))


TARGETS: dict[str, Callable[[str], Change]] = {
    "38": lambda colour: {"foreground": colour},
    "48": lambda colour: {"background": colour},
    "58": lambda colour: {"line_colour": colour},
}
CODES: dict[str, Change] = {
    "1": {"bold": True},
    "2": {"dim": True},
    "3": {"italic": True},
    "4": {"line": "solid"},
    "7": {"reverse": True},
    "9": {"strike": True},
    "22": {"bold": False, "dim": False},
    "23": {"italic": False},
    "24": {"line": None},
    "27": {"reverse": False},
    "29": {"strike": False},
    "39": {"foreground": None},
    "49": {"background": None},
    "59": {"line_colour": None},
    **{
        f"4:{number}": {"line": line}
        for number, line in enumerate((None, "solid", "double", "wavy", "dotted", "dashed"))
    },
    **{str(30 + n): {"foreground": BASE[n]} for n in range(8)},
    **{str(40 + n): {"background": BASE[n]} for n in range(8)},
    **{str(90 + n): {"foreground": BASE[8 + n]} for n in range(8)},
    **{str(100 + n): {"background": BASE[8 + n]} for n in range(8)},
}


def styled(style: Style, codes: str) -> Style:
    """The style after an escape sequence's codes."""
    pattern = r"([345]8)[;:](?:5[;:](\d+)|2[;:]{1,2}(\d+)[;:](\d+)[;:](\d+))|(4:\d|\d*)(?:;|$)"
    for target, number, red, green, blue, code in re.findall(pattern, codes):
        if target:
            colour = indexed(int(number)) if number else f"rgb({red},{green},{blue})"
            style = replace(style, **TARGETS[target](colour))
        elif code in {"", "0"}:
            style = Style() if code or not codes else style
        else:
            style = replace(style, **CODES.get(code, {}))
    return style


def width(text: str) -> int:
    """How many cells a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def markup(screen: str, columns: int) -> str:
    """The screen as HTML, one line of it for each line."""
    style, lines = Style(), []
    for line in screen.split("\n"):
        spans, used = [], 0
        for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([\d;:]*)m", line):
            if not text:
                style = styled(style, codes)
                continue
            cells = width(text)
            used += cells
            spans.append(f'<span style="width:{cells * CELL[0]:.1f}px;{style.css()}">{html.escape(text)}</span>')
        rest = f'<span style="width:{(columns - used) * CELL[0]:.1f}px;{style.css()}"></span>' if used < columns else ""
        lines.append("".join(spans) + rest)
    return "\n".join(lines)


def shoot(screen: str, target: Path, title: str = "") -> None:
    """Write a terminal's screen, as escape sequences, to a PNG. Raises CalledProcessError if the browser fails."""
    screen = re.sub(r"\x1b\][^\x07\x1b]*(\x07|\x1b\\)", "", screen).rstrip("\n")  # links
    plain = [re.sub(r"\x1b\[[\d;:]*m", "", line) for line in screen.split("\n")]
    columns = max(map(width, plain))
    page = PAGE.format(
        name=html.escape(title),
        body=markup(screen, columns),
        margin=MARGIN,
        padding=PADDING,
        title=TITLE,
        row=CELL[1],
        foreground=FOREGROUND,
        background=BACKGROUND,
    )
    size = (
        round(columns * CELL[0] + 2 * (PADDING + MARGIN)) + 1,
        len(plain) * CELL[1] + TITLE + 2 * (PADDING + MARGIN),
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "screen.html")
        source.write_text(page, "utf-8")
        options = (
            f"--user-data-dir={folder}/profile",
            f"--screenshot={target.resolve()}",
            f"--window-size={size[0]},{size[1]}",
            f"--force-device-scale-factor={SCALE}",
        )
        subprocess.run([*CHROMIUM, *options, source.as_uri()], check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    shoot(sys.stdin.read(), Path(sys.argv[1]), " ".join(sys.argv[2:]))
