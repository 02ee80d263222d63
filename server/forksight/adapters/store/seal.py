"""Seals records in a repository's folder, so that those that this user wrote on this machine can be told from all others.

The files in `<git common dir>/forksight/` are copied along with an archive, a backup or a shared clone of the repository. Each
record in them therefore has a seal: an HMAC (SHA-256) under a key in the user's data folder, one key for each repository. The
key is valid for one folder, identified by its inode and creation time (device numbers change from mount to mount), even after
it was moved. In a copy or a restored backup no seal is valid until the person adopts the records.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

from forksight.adapters.store.own_files import exclusively, read_own, write_whole
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.birth import born
from forksight.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class _Key:
    stamp: tuple[int, int]  # inode and modification time (ns) of the file that it was read from
    secret: bytes


class Seal:
    """Makes and checks the seals of one repository. Thread-safe."""

    def __init__(self, common_dir: str) -> None:
        self.common_dir = os.path.realpath(common_dir)
        self._key: _Key | None = None  # as last read

    @cached_property
    def folder(self) -> str:
        """The folder of the key and of other files about this repository, in the user's data folder. It need not exist.

        If the repository was moved, the files kept under its former path are moved here first.
        """
        from platformdirs import user_data_dir

        name = hashlib.sha256(os.fsencode(self.common_dir)).hexdigest()[:32]
        repositories = os.path.join(user_data_dir("forksight", appauthor=False), "repositories")
        folder = os.path.join(repositories, name)
        if is_absent(f"{folder}/key"):
            with suppress(OSError):
                self._follow(repositories, folder)
        return folder

    def _follow(self, repositories: str, folder: str) -> None:
        """Move the files here that were kept for this repository under a path at which it no longer is. Raises `OSError`."""
        for name in os.listdir(repositories):
            former = os.path.join(repositories, name)
            with suppress(OSError, ValueError, KeyError, TypeError):
                body = json.loads(read_own(f"{former}/key"))
                if self._is_ours(body) and not _leads_to(body["path"], body["inode"]):
                    os.makedirs(folder, mode=0o700, exist_ok=True)
                    with exclusively(f"{folder}/key.lock"):
                        for entry in sorted(os.listdir(former)):
                            if not entry.startswith("key"):
                                os.replace(os.path.join(former, entry), os.path.join(folder, entry))
                        write_whole(f"{folder}/key", json.dumps({**body, "path": self.common_dir}))
                        os.unlink(f"{former}/key")
                    return

    def _is_ours(self, body: Any) -> bool:
        """Whether a key, given as its file's JSON, was made for this very common dir, whatever path that had."""
        birth = born(self.common_dir)
        return birth != 0 and (body["inode"], body["born"]) == (os.stat(self.common_dir).st_ino, birth)

    def make(self, kind: str, body: str) -> str:
        """The seal of a record, in hexadecimal. `kind` says what the record is. Creates the key if there is none.

        Raises `OSError` if the key can't be created, or if it exists and can't be read: a new one would invalidate all seals.
        """
        return _digest(self._secret() or self._new_secret(), kind, body)

    def is_whole(self, kind: str, body: str, mark: object) -> bool:
        """Whether `mark` is the valid seal of a record. Raises `OSError` as `checker` does."""
        return self.checker()(kind, body, mark)

    def checker(self) -> Callable[[str, str, object], bool]:
        """`is_whole` with the present key, for many records at once. Raises `OSError` if there is a key that can't be read."""
        secret = self._secret()
        if secret is None:
            return lambda *_: False
        return lambda kind, body, mark: isinstance(mark, str) and _same(_digest(secret, kind, body), mark)

    def _secret(self) -> bytes | None:
        """The key, read again if its file changed; None if there is none. Raises `OSError` if it can't be read."""
        path = f"{self.folder}/key"
        try:
            facts = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        stamp = facts.st_ino, facts.st_mtime_ns
        key = self._key
        if key is None or key.stamp != stamp:
            secret = self._read(path)
            if secret is None:
                return None
            key = self._key = _Key(stamp, secret)
        return key.secret

    def _read(self, path: str) -> bytes | None:
        """The key in a file; None if there is no file, if it is damaged, or if it is another folder's. Raises `OSError`."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            body = json.loads(read_own(path))
            if body["path"] == self.common_dir and body["inode"] == os.stat(self.common_dir).st_ino:
                return bytes.fromhex(body["key"])
        return None

    def _new_secret(self) -> bytes:
        """Create a key, unless another process just did; returns it. Raises `OSError`."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        path = os.path.join(self.folder, "key")
        with exclusively(f"{path}.lock"):
            secret = self._read(path)
            if secret is None:
                secret = secrets.token_bytes(32)
                inode, birth = os.stat(self.common_dir).st_ino, born(self.common_dir)
                body = {"path": self.common_dir, "inode": inode, "born": birth, "key": secret.hex()}
                write_whole(path, json.dumps(body))
        return secret


def sealed(seal: Seal, kind: str, body: dict[str, Any]) -> str:
    """The JSON of `body` with its seal as the member `seal`. It is ASCII, so that lone surrogates (paths that are not UTF-8) survive."""
    return json.dumps({**body, "seal": seal.make(kind, _canonical(body))})


def unsealed(seal: Seal, kind: str, text: str | bytes, path: str) -> dict[str, Any]:
    """The inverse of `sealed`. Raises `OSError`, which names `path`, if the document is damaged or its seal is not valid."""
    try:
        body = parsed(text)
        mark = body.pop("seal", None)
    except (ValueError, AttributeError, TypeError) as error:
        raise OSError(0, f"{path} is damaged ({error})") from error
    if not seal.is_whole(kind, _canonical(body), mark):
        raise OSError(0, f"{path} was not written by you on this machine, or it is damaged")
    assert isinstance(body, dict)
    return body


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text from any source. Raises `ValueError`, also if it is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _leads_to(path: str, inode: int) -> bool:
    """Whether the folder with that inode is at a path."""
    try:
        return os.stat(path).st_ino == inode
    except OSError:
        return False


def _canonical(body: object) -> str:
    """The JSON that is sealed, which does not depend on the order of members."""
    return json.dumps(body, sort_keys=True)


def _digest(secret: bytes, kind: str, body: str) -> str:
    return hmac.digest(secret, f"{kind}\0{body}".encode(), "sha256").hex()  # no kind has a NUL


def _same(digest: str, other: str) -> bool:
    return hmac.compare_digest(digest.encode(), other.encode(errors="replace"))
