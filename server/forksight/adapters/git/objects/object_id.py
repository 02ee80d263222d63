"""The ids that git gives to objects, by their contents. An algorithm is `sha1` or `sha256`."""

import hashlib


def object_id(data: bytes, algorithm: str, kind: str = "blob") -> str:
    """The id of an object of this kind: blob, tree, commit or tag."""
    return hashlib.new(algorithm, b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()


def algorithm_of(oid: str) -> str:
    """The algorithm that made an id."""
    return "sha1" if len(oid) == 40 else "sha256"
