"""Tells what this user wrote on this machine from what merely lies in a repository's folder.

Whatever is in `<git common dir>/forksight/` comes along with an archive, a backup or a shared clone. So each record there
carries a seal: an HMAC under a key that is in the user's own data folder, one for each repository. The key counts for
the folder that it was made for (inode and birth; device numbers change from mount to mount), also after it was moved: in a
copy, and in what came back from a backup, no seal is whole until the person adopts what is there.
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
    """The seal of one repository. Every method may be called from any thread."""

    def __init__(self, common_dir: str) -> None:
        self.common_dir = os.path.realpath(common_dir)
        self._known: _Key | None = None

    @cached_property
    def folder(self) -> str:
        """Where the key is, and whatever else is kept of this repository for this user alone. It need not exist.

        What was kept of this very folder while it had another path is moved here first.
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
        """Move here what is kept of our folder under a path that does not lead to it any more. Raises `OSError`."""
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
        """Whether a key was made for this very folder, whatever path it had."""
        birth = born(self.common_dir)
        return birth != 0 and (body["inode"], body["born"]) == (os.stat(self.common_dir).st_ino, birth)

    def make(self, kind: str, body: str) -> str:
        """The seal of a record; `kind` says what it is. The first one makes the key.

        Raises `OSError` if that can't be done, or if there is a key that can't be read: another one would make strangers of all records.
        """
        return _digest(self._secret() or self._new_secret(), kind, body)

    def is_whole(self, kind: str, body: str, mark: object) -> bool:
        """Whether this user wrote a record, as it is, in this repository on this machine. Raises `OSError` as `checker` does."""
        return self.checker()(kind, body, mark)

    def checker(self) -> Callable[[str, str, object], bool]:
        """`is_whole` with the key of now: for many records at once. Raises `OSError` if there is a key that can't be read."""
        secret = self._secret()
        if secret is None:
            return lambda *_: False
        return lambda kind, body, mark: isinstance(mark, str) and _same(_digest(secret, kind, body), mark)

    def _secret(self) -> bytes | None:
        path = f"{self.folder}/key"
        try:
            facts = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        stamp = facts.st_ino, facts.st_mtime_ns
        known = self._known
        if known is None or known.stamp != stamp:
            secret = self._read(path)
            if secret is None:
                return None
            known = self._known = _Key(stamp, secret)
        return known.secret

    def _read(self, path: str) -> bytes | None:
        """The key in a file; None if there is none, or it is another folder's, or damaged. Raises `OSError`."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            body = json.loads(read_own(path))
            if body["path"] == self.common_dir and body["inode"] == os.stat(self.common_dir).st_ino:
                return bytes.fromhex(body["key"])
        return None

    def _new_secret(self) -> bytes:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        path = os.path.join(self.folder, "key")
        with exclusively(f"{path}.lock"):
            secret = self._read(path)  # another process may have been quicker
            if secret is None:
                secret = secrets.token_bytes(32)
                inode, birth = os.stat(self.common_dir).st_ino, born(self.common_dir)
                body = {"path": self.common_dir, "inode": inode, "born": birth, "key": secret.hex()}
                write_whole(path, json.dumps(body))
        return secret


def sealed(seal: Seal, kind: str, body: dict[str, Any]) -> str:
    """A JSON document with its seal. ASCII: bytes of a path that are not UTF-8 survive as lone surrogates."""
    return json.dumps({**body, "seal": seal.make(kind, _canonical(body))})


def unsealed(seal: Seal, kind: str, text: str | bytes, path: str) -> dict[str, Any]:
    """The document again. Raises `OSError` if it is damaged, or was not written by this user on this machine."""
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
    """The value of a JSON text that anybody may have written. Raises `ValueError`, also where it is nested too deep to read."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _leads_to(path: str, inode: int) -> bool:
    try:
        return os.stat(path).st_ino == inode
    except OSError:
        return False


def _canonical(body: object) -> str:
    return json.dumps(body, sort_keys=True)


def _digest(secret: bytes, kind: str, body: str) -> str:
    return hmac.digest(secret, f"{kind}\0{body}".encode(), "sha256").hex()  # no kind has a NUL


def _same(digest: str, other: str) -> bool:
    return hmac.compare_digest(digest.encode(), other.encode(errors="replace"))
