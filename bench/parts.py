"""The table of the bench's parts, by their letter."""

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
    """Run one part."""
    part: Part = importlib.import_module(f"bench.{PARTS[letter]}").part(options)
    return part
