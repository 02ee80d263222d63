"""Finds out which user is at the other end of a local connection."""

import ipaddress
import os
import socket
import struct
import sys

_PEERCRED = struct.Struct("3i")  # pid, uid, gid: `struct ucred` of unix(7)


def is_same_user(connection: socket.socket) -> bool | None:
    """Whether the other end belongs to our user; None if this system can't tell.

    On Linux it is known for unix sockets by SO_PEERCRED, and for TCP on loopback by the owner of the other end in
    `/proc/net/tcp`. An end that is no longer listed there belongs to nobody.
    """
    if not sys.platform.startswith("linux"):
        return None
    if connection.family == socket.AF_UNIX:
        _, uid, _ = _PEERCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEERCRED.size))
    else:
        ours, theirs = _as_in_proc(connection.getsockname()), _as_in_proc(connection.getpeername())
        uid = _owner(theirs, ours, "tcp6" if connection.family == socket.AF_INET6 else "tcp")
    return bool(uid == os.geteuid())


def _owner(local: str, remote: str, protocol: str) -> int | None:
    """The id of the user who owns the socket with these ends (in Linux' notation); None if there is no such socket."""
    with open(f"/proc/net/{protocol}", encoding="ascii") as table:
        next(table, None)
        for line in table:
            fields = line.split()
            if fields[1] == local and fields[2] == remote:
                return int(fields[7])
    return None


def _as_in_proc(address: tuple[str, int]) -> str:
    """An address and port as in `/proc/net/tcp`: each 32 bits of the address as a hexadecimal number in host byte order."""
    packed = ipaddress.ip_address(address[0]).packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
