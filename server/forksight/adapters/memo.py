"""A bounded cache for answers that never change, such as the difference of two trees or the merge bases of two commits."""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Caches the last `limit` answers. Thread-safe; two threads that need the same answer at once both compute it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: dict[K, V] = {}

    def get(self, keys: Iterable[K], ask: Callable[[Sequence[K]], Mapping[K, V]]) -> Mapping[K, V]:
        """Key -> answer, for all keys that have one. `ask` is called once with the keys that are not cached."""
        distinct = list(dict.fromkeys(keys))
        answered = {key: self._known[key] for key in distinct if key in self._known}
        unknown = [key for key in distinct if key not in answered]
        if unknown:
            answers = ask(unknown)
            answered.update(answers)
            with self._lock:
                self._known.update(answers)
                forget_oldest(self._known, self._limit)
        return answered


def forget_oldest(answers: dict[K, V], limit: int) -> None:
    """Drop the oldest answers, down to `limit`. Thread-safe."""
    if len(answers) > limit:
        for key in list(answers)[: len(answers) - limit]:
            answers.pop(key, None)
