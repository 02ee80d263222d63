"""Answers that never change (what two trees differ in, where two commits meet), remembered up to a limit."""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """The last `limit` answers. May be used from any thread; two that ask the same at once both ask git."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: dict[K, V] = {}

    def get(self, keys: Iterable[K], ask: Callable[[Sequence[K]], Mapping[K, V]]) -> Mapping[K, V]:
        """The answers to all keys that have one; `ask` is called once, for those that are not known."""
        wanted = list(dict.fromkeys(keys))
        found = {key: self._known[key] for key in wanted if key in self._known}
        unknown = [key for key in wanted if key not in found]
        if unknown:
            answers = ask(unknown)
            found.update(answers)
            with self._lock:
                self._known.update(answers)
                for key in list(self._known)[: max(0, len(self._known) - self._limit)]:
                    del self._known[key]
        return found
