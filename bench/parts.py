"""The parts of the bench, by letter."""

import importlib

from bench.options import Options
from bench.table import Part

PARTS = {
    "a": "keystroke",
    "b": "matrix",
    "c": "saves",
    "d": "startup",
    "e": "quality",
    "f": "transcripts",
    "g": "drift",
    "h": "forks",
    "i": "scattered",
    "j": "agents",
    "k": "semantic",
    "l": "teams.part",
}


def measure(letter: str, options: Options) -> Part:
    """Run one part."""
    part: Part = importlib.import_module(f"bench.{PARTS[letter]}").part(options)
    return part
