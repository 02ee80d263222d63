"""The benchmark's made-up sources are Python, whatever was edited in them."""

import random

import pytest
from bench.sources import edited, encode, source, statement


@pytest.mark.parametrize("seed", range(6))
def test_made_up_sources_are_python(seed: int) -> None:
    rng = random.Random(seed)
    base = source(rng, rng.randint(30, 300))
    text = base
    for _ in range(10):  # up to a third of the lines at once, again and again
        at = rng.randrange(3, len(text) - 3)
        compile(encode([*text[:at], statement(rng), *text[at + 1 :]]), "made-up.py", "exec")
        text = edited(rng, text, rng.randint(1, len(text) // 3))
        compile(encode(text), "made-up.py", "exec")
    assert not set(text) >= set(base)
