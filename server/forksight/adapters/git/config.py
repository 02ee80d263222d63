"""Reads a repository's configuration, and reads it again only when one of its files changes."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping

from forksight.adapters.git import process
from forksight.adapters.system.disk.file_state import FileState, file_state
from forksight.core.frozen import dataclass
from forksight.core.git.paths import c_quoted


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration at one place, and the environment in which git may read there."""

    values: Mapping[str, str]  # the last value of each key: section and name in lower case, the subsection as written
    environment: Mapping[str, str]  # overrides every configured filter driver by name, so that no read runs one
    borrowed: str  # an object directory to read from besides the repository's own; "" for none
    per_worktree: bool  # other worktrees may have another configuration
    files: Mapping[str, FileState]  # the files that it came from, or would

    def flag(self, key: str, default: bool) -> bool:
        """A boolean value, parsed as git does."""
        value = self.values.get(key)
        if value is None:
            return default
        return value.lower() in ("true", "yes", "on") or (value.lstrip("+-").isdigit() and int(value) != 0)

    @property
    def partial(self) -> bool:
        """Whether this is a partial clone, in which objects may be missing."""
        return "extensions.partialclone" in self.values or any(
            key.startswith("remote.") and key.endswith((".promisor", ".partialclonefilter")) for key in self.values
        )

    @property
    def renormalizes(self) -> bool:
        """Whether merge.renormalize is on."""
        return self.flag("merge.renormalize", default=False)

    @property
    def current(self) -> bool:
        """Whether none of the files that it was read from has changed since."""
        return all(file_state(path) == stat for path, stat in self.files.items())


class Configs:
    """The configurations of one repository, by place. Thread-safe."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._lock = threading.Lock()
        self._known: dict[str, Config] = {}
        self._borrowed = ""

    def shared(self) -> Config:
        """The configuration in force in the common dir."""
        with self._lock:
            return self._at(self._common_dir, {"GIT_DIR": self._common_dir})

    def at(self, worktree: str, git_dir: str) -> Config:
        """The configuration in a worktree: the shared one, unless that has conditional includes, or worktrees have their own."""
        config = self.shared()
        if not config.per_worktree:
            return config
        with self._lock:
            cached = self._known.get(worktree)
        # An include on a branch's name follows HEAD.
        config = cached if cached and cached.current else self._read(worktree, {}, (os.path.join(git_dir, "HEAD"),))
        with self._lock:
            self._known[worktree] = config
        return config

    def borrow(self, folder: str) -> bool:
        """Let git read objects from another object directory, too; returns whether that is new."""
        with self._lock:
            news, self._borrowed = folder != self._borrowed, folder
            if news:
                self._known.clear()
        return news

    def forget(self, worktrees: Iterable[str]) -> None:
        """Drop what is cached about these removed worktrees."""
        with self._lock:
            for worktree in worktrees:
                self._known.pop(worktree, None)

    def _at(self, place: str, variables: Mapping[str, str]) -> Config:
        cached = self._known.get(place)
        if cached is None or not cached.current:
            cached = self._known[place] = self._read(place, variables, (os.path.join(place, "config"),))
        return cached

    def _read(self, place: str, variables: Mapping[str, str], watched: tuple[str, ...]) -> Config:
        return _read(place, variables, watched, self._borrowed)


def _read(place: str, variables: Mapping[str, str], watched: tuple[str, ...], borrowed: str) -> Config:
    environment = {**process.quiet(), **variables}
    tokens = process.run(["config", "--list", "--show-origin", "-z"], cwd=place, env=environment).split(b"\0")
    values: dict[str, str] = {}
    files = set(watched) | set(_personal_files())
    for origin, entry in zip(tokens[::2], tokens[1::2], strict=False):
        key, valued, value = os.fsdecode(entry).partition("\n")
        values[key] = value if valued else "true"
        if origin.startswith(b"file:"):
            source = os.path.join(place, os.fsdecode(origin.removeprefix(b"file:")))
            files.add(source)
            if key.startswith(("include.", "includeif.")):  # perhaps of a file that does not exist yet
                files.add(os.path.join(os.path.dirname(source), os.path.expanduser(value)))
    per_worktree = values.get("extensions.worktreeconfig") is not None or any(
        key.startswith("includeif.") for key in values
    )
    return Config(
        values=values,
        environment={
            **process.quiet(_switched_off(values)),
            **({"GIT_ALTERNATE_OBJECT_DIRECTORIES": c_quoted(borrowed)} if borrowed else {}),
        },
        borrowed=borrowed,
        per_worktree=per_worktree,
        files={path: file_state(path) for path in files},
    )


def _switched_off(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    drivers = {
        key.rpartition(".")[0]
        for key in values
        if key.startswith("filter.") and key.endswith((".clean", ".smudge", ".process", ".required"))
    }
    for driver in sorted(drivers):
        yield from ((f"{driver}.{command}", "") for command in ("clean", "smudge", "process"))
        yield f"{driver}.required", "false"


def _personal_files() -> Iterator[str]:
    """The configuration files that git reads for every repository. They need not exist, and may appear."""
    home = os.path.expanduser("~")
    yield os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig")
    if "GIT_CONFIG_GLOBAL" in os.environ:
        yield os.environ["GIT_CONFIG_GLOBAL"]
        return
    yield os.path.join(home, ".gitconfig")
    yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git", "config")
