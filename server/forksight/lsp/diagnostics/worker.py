"""Worker threads that run the newest request for each key when it is due."""

import threading
import time
from collections.abc import Callable

_NEVER = float("inf")


class Worker:
    """Runs `work(key)` for every requested key, for at most `threads` keys in parallel and never twice in parallel for one key.

    A new request replaces a pending one for the same key. An exception is passed to `failed(key, error)`; the thread continues.
    """

    def __init__(
        self, name: str, work: Callable[[str], None], failed: Callable[[str, Exception], None], *, threads: int = 1
    ) -> None:
        self._work = work
        self._failed = failed
        lock = threading.Lock()
        self._asked = threading.Condition(lock)  # of the threads that wait for work; each notice is for one of them
        self._rested = threading.Condition(lock)  # of those who wait until there is none
        self._due: dict[str, float] = {}
        self._running: set[str] = set()
        self._wakes = _NEVER  # when a thread that waits looks again by itself
        self._closed = False
        for _ in range(threads):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def request(self, key: str, delay: float = 0.0) -> None:
        """Request work on this key, to be done no earlier than in `delay` seconds."""
        with self._asked:
            self._due[key] = time.monotonic() + delay
            self._wake()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is due or running, at most `timeout` seconds; returns whether that was reached."""
        with self._rested:
            return self._rested.wait_for(
                lambda: self._closed or not (self._running or self._next() <= time.monotonic()), timeout
            )

    def close(self) -> None:
        """Stop the threads."""
        with self._asked:
            self._closed = True
            self._asked.notify_all()
            self._rested.notify_all()

    def _next(self) -> float:
        """When the next key is due, of those that are not being worked on."""
        return min((due for key, due in self._due.items() if key not in self._running), default=_NEVER)

    def _wake(self) -> None:
        """Wake one thread to look for work, unless one wakes in time anyway: waking threads slow down the working ones."""
        if self._next() < self._wakes:
            self._asked.notify()

    def _taken(self) -> str | None:
        """Wait for the next key to work on; None after `close`."""
        with self._asked:
            while not self._closed and (wait := (due := self._next()) - time.monotonic()) > 0:
                self._wakes = due
                self._asked.wait(None if due == _NEVER else wait)
                self._wakes = _NEVER
            if self._closed:
                return None
            key = min(self._due.keys() - self._running, key=self._due.__getitem__)
            del self._due[key]
            self._running.add(key)
            self._wake()  # for the next key
            return key

    def _run(self) -> None:
        while (key := self._taken()) is not None:
            try:
                self._work(key)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next key still gets its turn
                self._failed(key, error)
            finally:
                with self._asked:
                    self._running.remove(key)
                    self._rested.notify_all()
