"""The results of the benchmark: rows of tables, printed and written as JSON."""

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
    """One measurement: Forksight's figure, the figure that it is compared with, their ratio, and the goal."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None  # whether the goal is met; None without a goal
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of the table."""

    title: str
    rows: Sequence[Row]
    legend: str = ""  # how it was measured
    # The headings of `ours`, `beside` and `ratio` of its rows.
    columns: tuple[str, str, str] = ("Forksight", "beside it", "ratio")


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share (0 to 1) of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def time(seconds: float) -> str:
    """A duration in seconds as text."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def fraction(ours: float, theirs: float) -> str:
    """The ratio of two figures as text: `1/4` if ours is a quarter of theirs, `4x` if it is four times theirs."""
    return f"1/{theirs / ours:.3g}" if ours <= theirs else f"{ours / theirs:.3g}x"


def show(parts: Sequence[Part]) -> None:
    """Print the parts; those with the same columns are in one table."""
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
    """Write the results and facts about this machine to a JSON file in `RESULTS`; returns its path."""
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
