"""Converts between file URIs and paths. Bytes of a path that are no UTF-8 are surrogate escapes, and %-escapes in the URI."""

import os
import sys
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_ESCAPED = "file:"


def path_of(uri: str) -> str | None:
    """The absolute path of a URI; None for anything but a local file."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme.lower() != "file" or parts.netloc.lower() not in ("", "localhost"):
        return None
    # `?` and `#` begin no query in a file's URI as some clients write it.
    written = uri[uri.index(":") + 1 :]
    if written.startswith("//"):
        written = written[2 + len(parts.netloc) :]
    path = os.fsdecode(unquote_to_bytes(written))
    return os.path.normpath(path) if path.startswith("/") and "\0" not in path else None


def uri_of(path: str) -> str:
    """The URI of an absolute path."""
    return "file://" + quote_from_bytes(os.fsencode(path), safe="/-._~!$&'()*+,;=:@")


def sendable(name: str) -> str:
    """A path or branch as any client's JSON can carry it: as `file:` with %-escapes if some bytes are no UTF-8. See `sent`."""
    plain = name.isascii() or not any("\udc80" <= char <= "\udcff" for char in name)
    return name if plain and not name.startswith(_ESCAPED) else _ESCAPED + quote_from_bytes(os.fsencode(name))


def sent(name: str) -> str:
    """The inverse of `sendable`."""
    return os.fsdecode(unquote_to_bytes(name.removeprefix(_ESCAPED))) if name.startswith(_ESCAPED) else name


def real_path(path: str) -> str:
    """The path by which git knows a file: symlinks resolved, with the case that the file system has."""
    resolved = os.path.realpath(path)
    return _as_kept(resolved) if sys.platform == "darwin" else resolved


def _as_kept(path: str) -> str:
    """A path with the case that a case-insensitive file system has. A path that does not exist is unchanged."""
    if sys.platform != "darwin":
        return path
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        folder, name = os.path.split(path)
        return os.path.join(_as_kept(folder), name) if name else path
    try:
        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    finally:
        os.close(descriptor)
