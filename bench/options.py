"""The options of a run of the benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The options with which a part of the table is measured."""

    folder: Path  # an empty folder for fixtures
    quick: bool = False  # fewer repetitions, smaller fixtures
    histories: Sequence[Path] = ()  # repositories whose merges are replayed beside the generated ones
