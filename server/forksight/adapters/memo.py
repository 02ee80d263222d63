"""A bounded cache of answers that never change, such as the difference of two trees or the merge bases of two commits."""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """The last `limit` answers. May be used from any thread; two threads that want the same at once both ask."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: dict[K, V] = {}

    def get(self, keys: Iterable[K], ask: Callable[[Sequence[K]], Mapping[K, V]]) -> Mapping[K, V]:
        """The answers to all keys that have one; `ask` is called once, for those that are not known."""
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
    """Drop what was remembered first, down to `limit`. Several threads may do it at once."""
    if len(answers) > limit:
        for key in list(answers)[: len(answers) - limit]:
            answers.pop(key, None)
