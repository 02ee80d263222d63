"""What a run of the bench was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What a part of the table is measured with."""

    folder: Path  # for fixtures
    quick: bool = False
    histories: Sequence[Path] = ()  # repositories whose merges are replayed beside the generated ones
