"""File URIs and paths. A path may hold bytes that are no text: they are surrogate escapes here and %-escapes in the URI."""

import os
import sys
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_ESCAPED = "file:"


def path_of(uri: str) -> str | None:
    """The absolute path that a URI names; None for anything but a local file."""
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
    """A path or branch as any client's JSON can carry it, for `sent`: `file:` and %-escapes if some of its bytes are no text."""
    plain = name.isascii() or not any("\udc80" <= char <= "\udcff" for char in name)
    return name if plain and not name.startswith(_ESCAPED) else _ESCAPED + quote_from_bytes(os.fsencode(name))


def sent(name: str) -> str:
    """What `sendable` was given."""
    return os.fsdecode(unquote_to_bytes(name.removeprefix(_ESCAPED))) if name.startswith(_ESCAPED) else name


def real_path(path: str) -> str:
    """The path that git knows a file by: symlinks resolved, and in the case that the file system keeps."""
    resolved = os.path.realpath(path)
    return _as_kept(resolved) if sys.platform == "darwin" else resolved


def _as_kept(path: str) -> str:
    """How a file system that ignores case writes a path; what does not exist stays as it is."""
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
