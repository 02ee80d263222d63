"""Computes the ids of git objects. An algorithm is `sha1` or `sha256`."""

import hashlib


def object_id(data: bytes, algorithm: str, kind: str = "blob") -> str:
    """The id of an object with these bytes; `kind` is blob, tree, commit or tag."""
    return hashlib.new(algorithm, b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()


def algorithm_of(oid: str) -> str:
    """The hash algorithm of an id, by its length."""
    return "sha1" if len(oid) == 40 else "sha256"
