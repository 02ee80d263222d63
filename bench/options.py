"""What a run of the bench was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`folder` is for fixtures, `histories` are repositories whose merges are replayed beside the generated ones."""

    folder: Path
    quick: bool = False
    histories: Sequence[Path] = ()
