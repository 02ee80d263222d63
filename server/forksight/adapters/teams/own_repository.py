"""The folder in the user's data folder that holds everything about sharing one repository: JSON files and a git repository."""

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
    """The folder for the user's repository with this common dir. "Ours" is the git repository in it. Any thread may use it."""

    def __init__(self, common_dir: str) -> None:
        self.common_dir = common_dir
        self.configs = Configs(common_dir)
        self.seal = Seal(common_dir)
        self._person: tuple[Config, str] | None = None  # the configuration, and the identity in it

    @cached_property
    def folder(self) -> str:
        """The folder's path, which is also our repository's git directory. It need not exist."""
        return os.path.join(self.seal.folder, "team")

    @cached_property
    def objects(self) -> Objects:
        """Reads the objects of our repository."""
        return Objects(self.folder, self.reading_ours)

    def prepare(self, *, trusted: bool) -> None:
        """Create our repository, or update it to the user's as that is now. Raises `TeamError`.

        `trusted`: programs that the configuration of the user's repository names may run.
        """
        try:
            prepare(self.folder, self.common_dir, self.configs.shared(), trusted=trusted)
        except OSError as error:
            raise TeamError(f"{self.folder} can't be used: {error.strerror or error}", fix="move it away") from error

    def repaired(self, work: Callable[[], T], *, trusted: bool, again: bool = True) -> T:
        """Prepare our repository (see `prepare`), do `work` in it, and return its result.

        If `work` fails because the repository is damaged, it is deleted and created anew: later exchanges fetch and publish its
        contents again. `work` is then repeated, unless it needs what was deleted (not `again`). Raises `GitError`, `TeamError`.
        """
        self.prepare(trusted=trusted)
        try:
            return work()
        except (NotARepositoryError, DamagedStoreError):
            if not self._is_damaged():
                raise
        except GitError as error:
            if not (is_ours_damaged(str(error)) and self._is_damaged()):
                raise
        self.objects.close()
        with self.writing_files():
            discard(self.folder)
        if not again:
            raise TeamError(
                "Forksight's own data about sharing was damaged, and is made again",
                fix="try again, or wait for the next exchange",
            )
        self.prepare(trusted=trusted)
        return work()

    def _is_damaged(self) -> bool:
        """Whether git, asked here without any remote, finds the repository damaged: a ref can't be read, or its commit is missing."""
        try:
            self.ask_ours("rev-list", "--no-walk", "--quiet", "--all")
        except NotARepositoryError:
            return True
        except GitError as error:
            return is_ours_damaged(str(error)) or "bad object" in str(error)
        return False

    def is_there(self) -> bool:
        """Whether our repository exists: something was shared or fetched before."""
        return os.path.exists(self.path("HEAD"))

    def path(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name: str, text: str) -> None:
        """Write a file in the folder. Raises `TeamError`."""
        with self.writing_files():
            write_whole(self.path(name), text)

    def read_sealed(self, name: str) -> dict[str, Any]:
        """The JSON object that `write_sealed` wrote. Raises `OSError` if anybody else wrote the file, or for another repository."""
        path = self.path(name)
        body = unsealed(self.seal, name, read_own(path), path)
        if body["born"] != born(self.seal.common_dir):  # a new folder can get the inode number of a deleted one
            raise OSError(0, f"{path} is of a repository that was at this path before")
        return body

    def write_sealed(self, name: str, body: dict[str, Any]) -> None:
        """Write a JSON object with a seal that is valid for this user, machine and repository only. Raises `TeamError`."""
        with self.writing_files():
            body_with_birth = {**body, "born": born(self.seal.common_dir)}
            write_whole(self.path(name), sealed(self.seal, name, body_with_birth))

    @contextmanager
    def writing_files(self) -> Iterator[None]:
        """Create the folder if need be, and turn every `OSError` of the block into a `TeamError`."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            yield
        except OSError as error:
            raise TeamError(
                f"{self.folder} can't be written: {error.strerror or error}", fix="check its owner and the disk"
            ) from error

    def person(self) -> str:
        """`NAME <EMAIL>`: the author that git would give the person's commits. Raises `TeamError` if none is configured."""
        config = self.configs.shared()
        config_and_person = self._person
        if config_and_person is None or config_and_person[0] is not config:
            try:
                ident = self.ask("var", "GIT_AUTHOR_IDENT")
            except GitError as error:
                raise TeamError("git does not know who you are", fix="set user.name and user.email") from error
            config_and_person = self._person = config, ident.rpartition(">")[0] + ">"
        return config_and_person[1]

    def ask(self, *arguments: str) -> str:
        """The output of a git command that reads the user's repository. Raises `GitError`."""
        env = {**self.configs.shared().environment, "GIT_DIR": self.common_dir}
        return os.fsdecode(process.run(arguments, cwd=self.common_dir, env=env))

    def ask_ours(self, *arguments: str) -> str:
        """The output of a git command that reads our repository. Raises `GitError`."""
        return os.fsdecode(process.run(arguments, cwd=self.folder, env=self.reading_ours()))

    def reading_ours(self) -> Mapping[str, str]:
        """The environment for git commands that read our repository."""
        return environment(self.folder)

    def writing_ours(self) -> Mapping[str, str]:
        """The environment for git commands that write to our repository."""
        return {**environment(self.folder), "GIT_OPTIONAL_LOCKS": "1"}

    def point(self, ref: str, commit: str | None) -> None:
        """Set a ref of our repository to a commit, or delete it (None). Raises `GitError`."""
        arguments = ["update-ref", ref, commit] if commit is not None else ["update-ref", "-d", ref]
        process.run(arguments, cwd=self.folder, env=self.writing_ours())
