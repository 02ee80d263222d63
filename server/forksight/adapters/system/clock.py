"""The time."""

import time


class SystemClock:
    """The system's clock (`core.ports.system.Clock`)."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def awake(self) -> float:
        """Seconds that the machine was awake: neither Linux nor macOS counts sleep here."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
