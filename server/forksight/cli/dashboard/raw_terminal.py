"""Puts the terminal into raw mode, and restores it whatever happens."""

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
    """A terminal in raw mode: waits for keys, for a new size, and for `wake`."""

    def __init__(self, enter: Callable[[], None], leave: Callable[[], None]) -> None:
        """`enter` is called to take the screen and `leave` to restore it, also around a stop by Ctrl-Z."""
        self._enter = enter
        self._leave = leave
        self._input = sys.stdin.fileno()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def wake(self) -> None:
        """Make `wait` return. May be called from any thread, and from signal handlers."""
        with suppress(OSError):  # the pipe is full, so `wait` returns anyway
            os.write(self._waker, b"x")

    def wait(self) -> bytes:
        """Wait for bytes of pressed keys; b"" if woken, or if the size changed. Raises `EOFError` if the terminal is closed."""
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
        """A context manager for raw mode. Ctrl-C interrupts as usual; SIGTERM and SIGHUP end the process cleanly."""
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
