"""The paths of a tree, indexed for the lookup of modules."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property


class PathIndex:
    """The paths of a tree. `modules`: Go's module paths, by the folder of their go.mod (see `core.syntax.language.Paths`)."""

    def __init__(self, paths: Iterable[str], modules: Mapping[str, str] | None = None) -> None:
        self._paths = frozenset(paths)
        self.modules = modules or {}

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        by_name: dict[str, list[str]] = {}
        for path in self._paths:
            by_name.setdefault(path.rpartition("/")[2], []).append(path)
        return by_name

    def ending(self, tail: str) -> Collection[str]:
        """The paths that are `tail`, or end in `/` and `tail`."""
        named = self._by_name.get(tail.rpartition("/")[2], ())
        return [path for path in named if path == tail or path.endswith(f"/{tail}")]

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        by_folder: dict[str, list[str]] = {}
        for path in self._paths:
            by_folder.setdefault(path.rpartition("/")[0], []).append(path)
        return by_folder

    def in_folder(self, folder: str) -> Collection[str]:
        """The files directly in a folder."""
        return self._by_folder.get(folder, ())

    def changed(self, gone: Iterable[str], new: Iterable[str]) -> "PathIndex":
        """The index without the paths `gone` and with the paths `new`."""
        return PathIndex((self._paths - set(gone)) | set(new), self.modules)
