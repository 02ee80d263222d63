"""The price table that the user provides. Forksight has no prices of its own: they would go stale and still look right."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forksight.core.problems import UsageError
from forksight.core.savings.spending import Bill, Spent
from forksight.core.words.terminal import printable_json

KINDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million tokens."""

    # Only shown.
    currency: str
    # By model, then by `KINDS`.
    models: Mapping[str, Mapping[str, float]]

    def cost(self, spent: Spent) -> float | None:
        """The cost of a session; None if one of its models has no price."""
        costs = [self._cost(model, bill) for model, bill in spent.models.items()]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def _cost(self, model: str, bill: Bill) -> float | None:
        price = self.models.get(model)
        if price is None:
            return None
        tokens = bill.tokens
        counts = tokens.input, tokens.output, tokens.cache_read, tokens.cache_write - bill.hour, bill.hour
        return sum(price[kind] * count for kind, count in zip(KINDS, counts, strict=True)) / _MILLION


def read_prices(text: str) -> Prices:
    """The prices in a TOML text. Raises `UsageError`."""
    try:
        return prices_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the price table is not TOML ({error})", fix=_FIX) from None


_FIX = "`forksight savings --print-prices` shows what it looks like"


def prices_of(table: Mapping[str, Any]) -> Prices:
    """The prices in a table as data. Raises `UsageError` if a model lacks a price."""
    models = table.get("models")
    if not isinstance(models, Mapping) or not models:
        raise UsageError("the price table names no models", fix=_FIX)
    for model, price in models.items():
        for kind in KINDS:
            value = price.get(kind) if isinstance(price, Mapping) else None
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise UsageError(f"the price table has no {kind} price for {model}", fix=_FIX)
    return Prices(str(table.get("currency", "")), models)


def template(models: Iterable[str]) -> str:
    """A TOML table for these models, to fill in."""
    lines = [
        "# Prices of a million tokens, as your provider lists them. cache_write is the price for 5 minutes.",
        'currency = "USD"',
    ]
    for model in sorted(models):
        quoted = printable_json(json.dumps(model, ensure_ascii=False))
        lines += ["", f"[models.{quoted}]", *(f"{kind} = # fill in" for kind in KINDS)]
    return "\n".join([*lines, ""])
