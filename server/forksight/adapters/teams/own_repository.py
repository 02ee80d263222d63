"""Where this user keeps what is shared of one repository: a folder in their own data folder, and the git repository in it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from forksight.adapters.git import process
from forksight.adapters.git.config import Config, Configs
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.store.own_files import read_own, write_whole
from forksight.adapters.store.seal import Seal, sealed, unsealed
from forksight.adapters.system.disk.birth import born
from forksight.adapters.teams.object_store import discard, environment, prepare
from forksight.adapters.teams.remote_git import DamagedStoreError
from forksight.core.problems import GitError, NotARepositoryError, TeamError
from forksight.core.teams.failures import is_ours_damaged

T = TypeVar("T")


class OwnRepository:
    """The folder and the repository for one repository of the user's, by its common dir. Any thread may use it."""

    def __init__(self, common_dir: str) -> None:
        self.common_dir = common_dir
        self.configs = Configs(common_dir)
        self.seal = Seal(common_dir)
        self._person: tuple[Config, str] | None = None  # as that configuration has them

    @cached_property
    def folder(self) -> str:
        """The folder, which is the repository's too. It need not exist."""
        return os.path.join(self.seal.folder, "team")

    @cached_property
    def objects(self) -> Objects:
        """What is in the repository."""
        return Objects(self.folder, self.reading_ours)

    def prepare(self, *, trusted: bool) -> None:
        """Make the repository, or bring it up to what the user's is now. `trusted`: what the configuration of the user's repository
        names may run. Raises `TeamError`."""
        try:
            prepare(self.folder, self.common_dir, self.configs.shared(), trusted=trusted)
        except OSError as error:
            raise TeamError(f"{self.folder} can't be used: {error.strerror or error}", fix="move it away") from error

    def repaired(self, work: Callable[[], T], *, trusted: bool, again: bool = True) -> T:
        """The result of work in the repository, which is prepared for it: made anew where git can't work with it. What is lost then is
        fetched or published again. `again`: the work needs nothing that was there. Raises `GitError`, `TeamError`."""
        self.prepare(trusted=trusted)
        try:
            return work()
        except (NotARepositoryError, DamagedStoreError):
            pass
        except GitError as error:
            if not is_ours_damaged(str(error)):
                raise
        self.objects.close()
        with self.writing_files():
            discard(self.folder)
        if not again:
            raise TeamError("what is kept of sharing was damaged, and is made anew", fix="it is tried again")
        self.prepare(trusted=trusted)
        return work()

    def is_there(self) -> bool:
        """Whether anything was ever shared or fetched here."""
        return os.path.exists(self.path("HEAD"))

    def path(self, name: str) -> str:
        """A file in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name: str, text: str) -> None:
        """Write a file in the folder. Raises `TeamError`."""
        with self.writing_files():
            write_whole(self.path(name), text)

    def read_sealed(self, name: str) -> dict[str, Any]:
        """A file that `write_sealed` wrote of this very folder. Raises `OSError`, also if somebody else did, or of another."""
        path = self.path(name)
        body = unsealed(self.seal, name, read_own(path), path)
        if body["born"] != born(self.seal.common_dir):  # an inode's number may be another folder's later
            raise OSError(0, f"{path} is of a repository that was at this path before")
        return body

    def write_sealed(self, name: str, body: dict[str, Any]) -> None:
        """Write a JSON document in the folder that counts for this user, machine and repository alone. Raises `TeamError`."""
        with self.writing_files():
            whole = {**body, "born": born(self.seal.common_dir)}
            write_whole(self.path(name), sealed(self.seal, name, whole))

    @contextmanager
    def writing_files(self) -> Iterator[None]:
        """What is done inside writes to our folder, which is there. Raises `TeamError`."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            yield
        except OSError as error:
            raise TeamError(
                f"{self.folder} can't be written: {error.strerror or error}", fix="check its owner and the disk"
            ) from error

    def person(self) -> str:
        """`NAME <EMAIL>` as git has the person's commits. Raises `TeamError`."""
        config = self.configs.shared()
        known = self._person
        if known is None or known[0] is not config:
            try:
                ident = self.ask("var", "GIT_AUTHOR_IDENT")
            except GitError as error:
                raise TeamError("git does not know who you are", fix="set user.name and user.email") from error
            known = self._person = config, ident.rpartition(">")[0] + ">"
        return known[1]

    def ask(self, *arguments: str) -> str:
        """What git prints in the user's repository, which is only read. Raises `GitError`."""
        env = {**self.configs.shared().environment, "GIT_DIR": self.common_dir}
        return os.fsdecode(process.run(arguments, cwd=self.common_dir, env=env))

    def ask_ours(self, *arguments: str) -> str:
        """What git prints in our repository, which is only read. Raises `GitError`."""
        return os.fsdecode(process.run(arguments, cwd=self.folder, env=self.reading_ours()))

    def reading_ours(self) -> Mapping[str, str]:
        """The environment of reads in our repository."""
        return environment(self.folder)

    def writing_ours(self) -> Mapping[str, str]:
        """The environment of writes in it."""
        return {**environment(self.folder), "GIT_OPTIONAL_LOCKS": "1"}

    def point(self, ref: str, commit: str | None) -> None:
        """Let a ref of our repository point at a commit, or (None) be gone."""
        asked = ["update-ref", ref, commit] if commit is not None else ["update-ref", "-d", ref]
        process.run(asked, cwd=self.folder, env=self.writing_ours())
