"""Tests about what may not be read: they are marked with `permissions`, and obey permissions even if root runs them."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Linux's numbers: <linux/capability.h>, <linux/prctl.h> and <linux/securebits.h>.
_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_GET_SECUREBITS, _SET_SECUREBITS = 27, 28
_NO_ROOT = 1 << 0  # programs that root starts get no capabilities
_NO_SETUID_FIXUP = 1 << 2  # access(2) goes by the effective capabilities, as open(2) does

_obeyed = False


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Within the block nobody may read this file or folder; afterwards it looks as before."""
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        yield
    finally:
        path.chmod(mode)


def are_obeyed() -> bool:
    """Whether this is within a block of `obeyed` that takes root's right to ignore permissions away."""
    return _obeyed


def are_ignored() -> bool:
    """Whether this thread reads what nobody may read."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        return os.access(file.name, os.R_OK)


def can_be_obeyed() -> bool:
    """Whether root can give up the right to ignore permissions for a while: on Linux, unless a container forbids it."""
    try:
        with obeyed():
            return not are_ignored()
    except OSError:
        return False


@contextmanager
def obeyed() -> Iterator[None]:
    """Within the block root has to obey permissions in this thread, and in threads and programs that are started meanwhile.

    Raises OSError if this user or system can't.
    """
    global _obeyed  # noqa: PLW0603  # it says what is true of this process
    if sys.platform != "linux":
        raise OSError(0, "only Linux takes single rights from a thread")
    libc = ctypes.CDLL(None, use_errno=True)
    before = _Capabilities.of_this_thread(libc)
    fewer = _Capabilities.from_buffer_copy(before)
    fewer.effective_low &= ~(1 << _CAP_DAC_OVERRIDE | 1 << _CAP_DAC_READ_SEARCH)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    bits = _checked(libc.prctl(_GET_SECUREBITS, 0, 0, 0, 0))
    _checked(libc.prctl(_SET_SECUREBITS, bits | _NO_ROOT | _NO_SETUID_FIXUP, 0, 0, 0))
    try:
        fewer.apply(libc)
        _obeyed = True
        yield
    finally:
        _obeyed = False
        before.apply(libc)
        _checked(libc.prctl(_SET_SECUREBITS, bits, 0, 0, 0))


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Capabilities(ctypes.Structure):
    """The capability sets of a thread, as capget(2) fills them in; `low` are the first 32."""

    _fields_ = [
        (f"{kind}_{half}", ctypes.c_uint32)
        for half in ("low", "high")
        for kind in ("effective", "permitted", "inheritable")
    ]
    effective_low: int

    @classmethod
    def of_this_thread(cls, libc: ctypes.CDLL) -> "_Capabilities":
        capabilities = cls()
        _checked(libc.capget(ctypes.byref(_Header(_VERSION_3, 0)), ctypes.byref(capabilities)))
        return capabilities

    def apply(self, libc: ctypes.CDLL) -> None:
        """Have this thread have these. Raises OSError."""
        _checked(libc.capset(ctypes.byref(_Header(_VERSION_3, 0)), ctypes.byref(self)))


def _checked(result: int) -> int:
    """What a system call returned. Raises OSError if it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
