"""The time."""

import time


class SystemClock:
    """The system's clock (`core.ports.system.Clock`)."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
