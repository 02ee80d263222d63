"""Threads that run the newest request for each key, when its time has come."""

import threading
import time
from collections.abc import Callable


class Worker:
    """Runs `work(key)` for every key that was requested, at most `threads` keys at a time and each key once at a time.

    A new request replaces one that still waits. `failed(key, error)` hears of an exception; the thread lives on.
    """

    def __init__(
        self, name: str, work: Callable[[str], None], failed: Callable[[str, Exception], None], *, threads: int = 1
    ) -> None:
        self._work = work
        self._failed = failed
        self._condition = threading.Condition()
        self._due: dict[str, float] = {}
        self._running: set[str] = set()
        self._closed = False
        for _ in range(threads):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def request(self, key: str, delay: float = 0.0) -> None:
        """Work on this key in `delay` seconds, and not before."""
        with self._condition:
            self._due[key] = time.monotonic() + delay
            self._condition.notify_all()

    def hurry(self, key: str) -> None:
        """If this key waits for its time, work on it now."""
        with self._condition:
            if key in self._due:
                self._due[key] = 0.0
                self._condition.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is due or under way, `timeout` seconds at most. Whether that came about."""
        with self._condition:
            return self._condition.wait_for(
                lambda: self._closed or not (self._running or self._next() <= time.monotonic()), timeout
            )

    def close(self) -> None:
        """Run nothing any more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _next(self) -> float:
        """When the first key is due that is not being worked on."""
        return min((due for key, due in self._due.items() if key not in self._running), default=float("inf"))

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._closed and (wait := self._next() - time.monotonic()) > 0:
                    self._condition.wait(None if wait == float("inf") else wait)
                if self._closed:
                    return
                key = min(self._due.keys() - self._running, key=self._due.__getitem__)
                del self._due[key]
                self._running.add(key)
            try:
                self._work(key)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next key still gets its turn
                self._failed(key, error)
            finally:
                with self._condition:
                    self._running.remove(key)
                    self._condition.notify_all()
