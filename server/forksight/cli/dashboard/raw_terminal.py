"""A terminal that hands over each key at once, and is given back as it was whatever happens."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class RawTerminal:
    """Waits for keys, for a new size, and for whoever calls `wake`."""

    def __init__(self, enter: Callable[[], None], leave: Callable[[], None]) -> None:
        """`enter` takes the screen and `leave` gives it back: around a stop by Ctrl-Z, too."""
        self._enter = enter
        self._leave = leave
        self._input = sys.stdin.fileno()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def wake(self) -> None:
        """Let `wait` return now; from any thread, and from signal handlers."""
        with suppress(OSError):  # full: it returns anyway
            os.write(self._waker, b"x")

    def wait(self) -> bytes:
        """The bytes of keys that were pressed; none when it was woken or the size changed. Raises `EOFError` if the terminal has gone."""
        ready, _, _ = select.select([self._input, self._woken], [], [])
        if self._woken in ready:
            os.read(self._woken, 4096)
        if self._input not in ready:
            return b""
        try:
            data = os.read(self._input, 4096)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return data

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For the time of the block it is ours. Ctrl-C interrupts as everywhere; SIGTERM and SIGHUP end the process politely."""
        before = termios.tcgetattr(self._input)

        def stop(_: int, __: FrameType | None) -> None:
            self._leave()
            termios.tcsetattr(self._input, termios.TCSADRAIN, before)
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            # Here again after SIGCONT.
            signal.signal(signal.SIGTSTP, stop)
            tty.setcbreak(self._input)
            self._enter()
            self.wake()

        def resized(_: int, __: FrameType | None) -> None:
            self.wake()

        handlers = {signal.SIGTSTP: stop, signal.SIGWINCH: resized}
        handled = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            tty.setcbreak(self._input)
            self._enter()
            yield
        finally:
            self._leave()
            with suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._input, termios.TCSADRAIN, before)
            for number, handler in handled.items():
                signal.signal(number, handler)
