"""The results of the bench: rows of one table, on the screen and as JSON."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One measurement: Forksight's figure, what stands beside it, and the goal."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None  # None where there is no goal
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of the table."""

    title: str
    rows: Sequence[Row]
    legend: str = ""  # how it was measured
    # what stands in `ours`, `beside` and `ratio` of its rows
    columns: tuple[str, str, str] = ("Forksight", "beside it", "ratio")


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The percentile: the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def time(seconds: float) -> str:
    """A duration as text."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def fraction(ours: float, theirs: float) -> str:
    """The ratio of two figures as text."""
    return f"1/{theirs / ours:.3g}" if ours <= theirs else f"{ours / theirs:.3g}x"


def show(parts: Sequence[Part]) -> None:
    """Print the parts, those with the same columns as one table."""
    console = Console(highlight=False, width=None if os.isatty(1) else 132)
    for columns in dict.fromkeys(part.columns for part in parts):
        together = [part for part in parts if part.columns == columns]
        table = Table(box=SIMPLE, header_style="dim", pad_edge=False)
        for name in ("", *columns, "goal", ""):
            table.add_column(name, overflow="fold")
        for part in together:
            table.add_row(f"[bold]{part.title}[/]")
            for row in part.rows:
                met = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[row.met]
                table.add_row(f"  {row.what}", row.ours, row.beside, row.ratio, row.goal, met)
            table.add_section()
        console.print(table)
        for part in together:
            if part.legend:
                console.print(f"{part.title}: {part.legend}", style="dim")


def write(parts: Sequence[Part]) -> Path:
    """Write the numbers, with facts about this machine; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    machine = {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "git": subprocess.check_output(["git", "version"], text=True).strip(),
    }
    document = {
        "version": 1,
        "time": now.isoformat(timespec="seconds"),
        "machine": machine,
        "parts": [asdict(part) for part in parts],
    }
    path = RESULTS / f"{now:%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path
