"""Reads the gitattributes of paths with `git check-attr`, which is only started if there are attribute files."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.memo import forget_oldest
from forksight.core.git.snapshot import Attribute, Attributes

_NAMES = ("text", "eol", "crlf", "ident", "filter", "working-tree-encoding", "merge")
_MOST = 5_000  # paths whose attributes are remembered, the last ones read
_NONE = Attributes()
_NO_INDEX = "/dev/no-index"  # for git, a file that does not exist is an empty index
_STATES = {"unspecified": Attribute.UNSPECIFIED, "set": Attribute.SET, "unset": Attribute.UNSET}

_Signature = tuple[tuple[str, int, int, int], ...]  # the attribute files that say something of a path, and their state


class AttributeReader:
    """Reads attributes, and caches them until a file that they came from changes. Thread-safe."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._known: dict[tuple[str, str], tuple[_Signature, Attributes]] = {}

    def read(self, worktree: str, config: Config, paths: Sequence[str]) -> Mapping[str, Attributes]:
        """The attributes of each path, which may be a folder or missing. Raises `GitError`."""
        everywhere = tuple(_signature(file) for file in self._shared_files(config) if os.path.exists(file))
        folders: dict[str, _Signature] = {}
        signatures = {path: _along(worktree, path, everywhere, folders) for path in paths}
        # The index stands in for a .gitattributes that the sparse checkout leaves out, unseen here.
        sparse = config.flag("core.sparsecheckout", default=False)
        attributes: dict[str, Attributes] = {}
        unknown = []
        for path, signature in signatures.items():
            cached = self._known.get((worktree, path))
            if not sparse and not signature:
                attributes[path] = _NONE
            elif not sparse and cached is not None and cached[0] == signature:
                attributes[path] = cached[1]
            else:
                unknown.append(path)
        if unknown:
            answers = _check(worktree, config, unknown, with_index=sparse)
            attributes.update(answers)
            self._known.update(((worktree, path), (signatures[path], answer)) for path, answer in answers.items())
            forget_oldest(self._known, max(_MOST, len(paths)))
        return attributes

    def forget(self, worktrees: Iterable[str]) -> None:
        """Drop what is cached about these removed worktrees."""
        gone = set(worktrees)
        for key in list(self._known):
            if key[0] in gone:
                self._known.pop(key, None)

    def _shared_files(self, config: Config) -> Iterable[str]:
        yield os.path.join(self._common_dir, "info", "attributes")
        yield from _SYSTEM_FILES
        home = os.path.expanduser("~")
        default = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git", "attributes")
        yield os.path.expanduser(config.values.get("core.attributesfile") or default)


def merge_driver(attribute: Attribute | str, config: Config) -> Attribute | str:
    """The `merge` attribute as git applies it: merge.default if it is unspecified, and only configured drivers."""
    name = attribute
    if name is Attribute.UNSPECIFIED:
        name = config.values.get("merge.default", name)
    if not isinstance(name, str) or name in ("text", "binary", "union"):
        return name
    configured = any(f"merge.{name}.{part}" in config.values for part in ("driver", "name", "recursive"))
    return name if configured else Attribute.UNSPECIFIED


def _system_files() -> tuple[str, ...]:
    """Candidates for the system-wide attributes file. git only tells its path since 2.41; a wrong candidate costs nothing."""
    binary = shutil.which("git") or "/usr/bin/git"
    prefixes = {os.path.dirname(os.path.dirname(name)) for name in (binary, os.path.realpath(binary))}
    return tuple({"/etc/gitattributes", *(os.path.join(prefix, "etc", "gitattributes") for prefix in prefixes)})


_SYSTEM_FILES = _system_files()


def _along(worktree: str, path: str, everywhere: _Signature, folders: dict[str, _Signature]) -> _Signature:
    """The states of all attribute files that may apply to a path: the shared ones, and those in each folder down to it."""
    folder = path.rpartition("/")[0]
    signature = folders.get(folder)
    if signature is None:
        above = _along(worktree, folder, everywhere, folders) if folder else everywhere
        file = f"{worktree}/{folder}/.gitattributes" if folder else f"{worktree}/.gitattributes"
        signature = folders[folder] = (*above, _signature(file)) if os.path.lexists(file) else above
    return signature


def _signature(file: str) -> tuple[str, int, int, int]:
    try:
        stat = os.stat(file)
    except OSError:
        return file, 0, 0, 0
    return file, stat.st_mtime_ns, stat.st_size, stat.st_ino


def _check(worktree: str, config: Config, paths: Sequence[str], *, with_index: bool) -> dict[str, Attributes]:
    environment = process.confined(config.environment, worktree)
    if not with_index:  # a deleted .gitattributes is recorded as deleted first: no index may stand in for it
        environment = {**environment, "GIT_INDEX_FILE": _NO_INDEX}
    output = process.run(
        ["check-attr", "-z", "--stdin", *_NAMES],
        cwd=worktree,
        env=environment,
        stdin=os.fsencode("\0".join(paths)) + b"\0",
    )
    words = os.fsdecode(output).split("\0")
    values: dict[str, dict[str, Attribute | str]] = {path: {} for path in paths}
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=False):
        values[path][name.replace("-", "_")] = _STATES.get(value, value)
    return {path: Attributes(**read) for path, read in values.items()}
