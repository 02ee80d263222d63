"""The parts of the benchmark by their letters, and the modules that measure them."""

import importlib

from bench.options import Options
from bench.table import Part

PARTS = {
    "a": "overlaps.keystroke",
    "b": "overlaps.matrix",
    "c": "overlaps.saves",
    "d": "startup",
    "e": "overlaps.quality",
    "f": "sessions.transcripts",
    "g": "drift",
    "h": "forks",
    "i": "overlaps.scattered",
    "j": "agents",
    "k": "semantic.part",
    "l": "teams.part",
}


def measure(letter: str, options: Options) -> Part:
    """Measure one part: `part` of its module."""
    part: Part = importlib.import_module(f"bench.{PARTS[letter]}").part(options)
    return part
