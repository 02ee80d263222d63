"""An open question, as data. An edge that can ask asks it; others show the command that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST = 4  # choices; more do not fit into a notification


@dataclass(frozen=True, slots=True)
class Choice:
    """One complete answer."""

    title: str
    command: str  # the use case to go on with (`fork`, `resume`)
    arguments: Mapping[str, Any] = field(default_factory=dict)  # all that it needs


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask."""

    message: str
    choices: tuple[Choice, ...]  # at most `MOST`, the best first
    hint: str  # the command line that answers it by hand

    def __post_init__(self) -> None:
        assert len(self.choices) <= MOST
