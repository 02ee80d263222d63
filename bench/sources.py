"""Makes Python source files, and edits such as people and agents make, from a given random generator.

The files can be parsed, also after edits and after a line was replaced by an indented statement: each line is complete by itself, the
second line is the first `def`, and a statement follows each `def`.
"""

import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # of the project

_NAMES = ("user", "order", "total", "cart", "token", "retry", "config", "event", "price", "stock", "session", "report")
_VERBS = ("load", "save", "check", "merge", "send", "parse", "build", "apply", "fetch", "round")
_COMMON = (
    "",
    "    pass",
    "    assert result",
    "    return None",
    "    result = None",
    "    raise KeyError",
    "    return result",
)


def source(rng: random.Random, count: int) -> list[str]:
    """`count` lines of functions. Most lines are unique; some are common ones that recur."""
    lines: list[str] = []
    while len(lines) < count:
        verb, noun = rng.choice(_VERBS), rng.choice(_NAMES)
        option = rng.choice([name for name in _NAMES if name != noun])
        lines += ["", f"def {verb}_{noun}_{rng.randrange(10_000)}({noun}, {option}=None):"]
        for number in range(rng.randint(3, 14)):
            common = _COMMON if number else _COMMON[1:]
            lines.append(rng.choice(common) if rng.random() < 0.25 else statement(rng))
    if _is_def(lines[count - 1]):
        lines[count - 1] = statement(rng)
    return lines[:count]


def statement(rng: random.Random) -> str:
    """A line that is almost certainly unique."""
    left, right, verb = rng.choice(_NAMES), rng.choice(_NAMES), rng.choice(_VERBS)
    return f"    {left} = {verb}({right}, limit={rng.randrange(100_000)})"


def edited(rng: random.Random, lines: list[str], count: int, first: int = 0, last: int | None = None) -> list[str]:
    """The lines after `count` edits in lines `first` to `last` (0-based, half-open): each replaces, adds or removes one to three lines.

    The first two lines stay, and a statement still follows each `def`.
    """
    result = list(lines)
    first, end = max(first, 2), len(lines) if last is None else last
    # from the bottom up, so that an edit does not change the numbers of the lines that are edited after it
    for at in sorted(rng.sample(range(first, end), min(count, end - first)), reverse=True):
        removed, added = rng.choice(((1, 1), (1, 1), (1, 2), (2, 3), (0, 1), (0, 3), (1, 0)))
        kept = 1 if _is_def(lines[at - 1]) else 0
        result[at : at + removed] = [statement(rng) for _ in range(max(added, kept))]
    return result


def _is_def(line: str) -> bool:
    return line.startswith("def ")


def encode(lines: list[str]) -> bytes:
    """The content of a file with these lines."""
    return "".join(f"{line}\n" for line in lines).encode()
