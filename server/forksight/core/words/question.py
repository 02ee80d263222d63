"""A question left open, as data: the edge that can asks it, the others show the command that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST = 4  # choices; more do not fit into a notification


@dataclass(frozen=True, slots=True)
class Choice:
    """One complete answer. `command` is the use case to go on with (`fork`, `resume`), `arguments` all that it needs."""

    title: str
    command: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, and at most `MOST` choices, the best first. `hint` is the command line that answers it by hand."""

    message: str
    choices: tuple[Choice, ...]
    hint: str

    def __post_init__(self) -> None:
        assert len(self.choices) <= MOST
