"""Somebody who may push: writes to a remote whatever git can store."""

import hashlib
import json
import struct
import subprocess
import zlib
from collections.abc import Mapping

from tests.conftest import Checkout

REFS = "refs/forksight/v1/m/"
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # the tree without files
WHO = "Eve <eve@example.org> 1767225600 +0000"


class Stranger:
    """Writes to the remote whatever git can store, past every check of a client's."""

    def __init__(self, remote: Checkout) -> None:
        self.remote = remote
        self.base = remote.git("rev-parse", "main").strip()
        self.count = 0

    def store(self, kind: str, data: bytes) -> str:
        asked = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
        done = subprocess.run(asked, cwd=self.remote.path, input=data, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def promise(self, size: int) -> str:
        """The id of a blob that is said to have so many bytes, in a pack of a host that lies."""
        oid = bytes([0xEE]) * 20
        head, left = [0x30 | size & 15], size >> 4
        while left:
            head[-1] |= 0x80
            head.append(left & 0x7F)
            left >>= 7
        entry = bytes(head) + zlib.compress(b"a few")
        pack = b"PACK" + struct.pack(">II", 2, 1) + entry
        trailer = hashlib.sha1(pack).digest()
        fanout = struct.pack(">256I", *(int(first >= oid[0]) for first in range(256)))
        index = b"\377tOc" + struct.pack(">I", 2) + fanout + oid + struct.pack(">II", zlib.crc32(entry), 12) + trailer
        place = self.remote.path / f"objects/pack/pack-{trailer.hex()}"
        place.with_suffix(".pack").write_bytes(pack + trailer)
        place.with_suffix(".idx").write_bytes(index + hashlib.sha1(index).digest())
        return oid.hex()

    def damage(self, oid: str) -> str:
        """Lose the end of what the host has of an object."""
        path = self.remote.path / "objects" / oid[:2] / oid[2:]
        data = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(data[: len(data) // 2])
        return oid

    def tree(self, entries: Mapping[bytes, tuple[bytes, str]]) -> str:
        data = (mode + b" " + name + b"\0" + bytes.fromhex(oid) for name, (mode, oid) in sorted(entries.items()))
        return self.store("tree", b"".join(data))

    def file(self, path: bytes, data: bytes = b"theirs\n", mode: bytes = b"100644") -> str:
        """A tree with one file, in folders or not."""
        *folders, name = path.split(b"/")
        tree = self.tree({name: (mode, self.store("blob", data))})
        for folder in reversed(folders):
            tree = self.tree({folder: (b"40000", tree)})
        return tree

    def commit(self, tree: str, message: object, *parents: str) -> str:
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        head = "".join([f"tree {tree}\n", *(f"parent {parent}\n" for parent in parents)])
        return self.store("commit", f"{head}author {WHO}\ncommitter {WHO}\n\n".encode() + text)

    def snapshot(self, tree: str, *parents: str, **more: object) -> str:
        said = {"v": 1, "label": "main", "branch": "main", "gone": [], "since": {}, "unmerged": [], "left_out": 0}
        return self.commit(tree, {**said, **more}, *(parents or (self.base,)))

    def publish(self, *snapshots: str, user: object = "Eve", message: object = None, name: str = "") -> str:
        """A machine with these snapshots; the start of its id, as problems name it."""
        self.count += 1
        machine = name or f"{self.count:08x}" + "e" * 24
        said = {"v": 1, "user": user, "host": "evil", "at": 1767225600}
        roster = self.commit(EMPTY, said if message is None else message, *snapshots)
        self.remote.git("update-ref", f"{REFS}{machine}", roster)
        return machine[:8]
