"""Pages of docs/ as scripts: what happens between their boxes, and the commands in them with what they print.

`<!-- meanwhile: NAME -->` is something that people and agents do; a box of `console` holds commands (`$ …`) and their output.
"""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_PART = re.compile(r"<!-- meanwhile: (?P<act>[^\n]+?) -->|```console\n(?P<box>.*?)```", re.DOTALL)
_COUNTED = "input|output|cache_read|cache_write|context|work|apart|forked|saved|share|reads|[a-z_]*read|again|first|size|[a-z_]*seconds|own|inherited"
_STEADY = (  # what differs from run to run
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{8}\b|\b[0-9a-f]{10}\b|\b[0-9a-f]{40}\b"), "ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "MOMENT"),
    (re.compile(rf'("(?:{_COUNTED})": )[\d.]+'), r"\1COUNT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\bjust now\b|\b\d+ (?:s|min|h) ago\b"), "AGE"),
    (re.compile(r"\(rows [\d, ]+\)"), "(rows)"),  # Claude Code writes more bookkeeping rows now and then
    (re.compile(r"\b[\d.,]+[kM]?(?= (?:own|inherited|tokens|of them)\b)|\b[\d.]+[kM]\b|\b\d+(?=%)|█+"), "COUNT"),
    (re.compile(r" {2,}"), "  "),  # columns are as wide as the counts
)


@dataclass(frozen=True)
class Act:
    """What happens meanwhile, by its name."""

    name: str


@dataclass(frozen=True)
class Box:
    """Commands in their order, each with the lines that it prints."""

    commands: tuple[tuple[str, str], ...]


def read(name: str) -> list[str | Act | Box]:
    """A page of docs/: its prose as it stands, and what is acted out."""
    text, end = (DOCS / name).read_text(), 0
    parts: list[str | Act | Box] = []
    for match in _PART.finditer(text):
        parts.append(text[end : match.start()])
        parts.append(Act(match["act"]) if match["act"] else Box(tuple(_commands(match["box"]))))
        end = match.end()
    return [*parts, text[end:]]


def write(name: str, parts: list[str | Act | Box]) -> None:
    """Put a page together again."""
    (DOCS / name).write_text("".join(map(written, parts)))


def steady(part: str | Act | Box) -> str:
    """A part as it is written, less what differs from run to run."""
    text = written(part)
    for pattern, word in _STEADY:
        text = pattern.sub(word, text)
    return text


def _commands(box: str) -> list[tuple[str, str]]:
    boxes = []
    for part in re.split(r"^\$ ", box, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        boxes.append((command, printed))
    return boxes


def written(part: str | Act | Box) -> str:
    """A part as it stands in the page."""
    if isinstance(part, str):
        return part
    if isinstance(part, Act):
        return f"<!-- meanwhile: {part.name} -->"
    return "```console\n" + "".join(f"$ {command}\n{printed}" for command, printed in part.commands) + "```"
