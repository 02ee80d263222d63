"""What the semantic rule asks of a language, and which file is in which. A language loads at its first file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from forksight.core.syntax.facts import Definition, Outline, Span, Use

if TYPE_CHECKING:
    from tree_sitter import Tree

_LANGUAGES = {  # by a file's ending: the package, and the name of the language in it
    "py": ("python", "PYTHON"),
    "pyi": ("python", "PYTHON"),
    "go": ("go", "GO"),
    "ts": ("typescript", "TYPESCRIPT"),
    "mts": ("typescript", "TYPESCRIPT"),
    "cts": ("typescript", "TYPESCRIPT"),
    "tsx": ("typescript", "TSX"),
    "js": ("typescript", "JAVASCRIPT"),
    "jsx": ("typescript", "JAVASCRIPT"),
    "mjs": ("typescript", "JAVASCRIPT"),
    "cjs": ("typescript", "JAVASCRIPT"),
}
_OF_PACKAGES = ("go", "GO")  # the one whose packages are folders, with paths that end in a slash
_LARGEST = 2_000_000  # bytes; what is larger was made by a program


class Language(Protocol):
    """The facts of one language's files. Pure; may be called from any thread.

    A file is handed in as its bytes and the tree that `parse` made of them.
    """

    name: str
    packages: bool  # the files of a folder see each other's names, and others import the folder
    defining_words: Collection[str]  # without one of these on a line, it defines no function and no class

    def __hash__(self) -> int:
        """There is one of each language."""

    def parse(self, source: bytes, before: "Tree | None" = None) -> "Tree":
        """The syntax tree, with error nodes where the text does not parse. `before` is one that was edited to fit the text."""

    def outline(self, tree: "Tree") -> Outline:
        """The names that the file binds; the tree is one without errors."""

    def uses(self, source: bytes, tree: "Tree", names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
        """Where those lines use any of the names; what can't be told is left out."""

    def mentions(self, source: bytes, tree: "Tree", name: str) -> bool:
        """Whether the file uses a name that no function around it binds."""

    def scopes_around(self, tree: "Tree", line: int) -> Iterator[Span]:
        """The lines of the functions, and of whatever else has names of its own, around a line, from the inside out."""

    def bound_around(self, source: bytes, tree: "Tree", name: str, lines: Span) -> bool:
        """Whether a function (or whatever has names of its own) that one of these lines is in binds this name."""

    def mentions_member(self, source: bytes, name: str) -> bool:
        """Whether the file uses any member of this name, or says it in a string."""

    def sets_member(self, source: bytes, name: str) -> bool:
        """Whether the file gives any object a member of this name outside the class's own list."""

    def find_module(self, module: str, importer: str, paths: "Paths") -> "str | None":
        """The path of a module as `importer` (a path) writes it; None if it is not in the tree, or can't be told."""

    def submodule(self, module: str, name: str) -> str | None:
        """How the module `name` of a package is written; None where packages are no modules."""

    def package(self, path: str, paths: "Paths") -> Sequence[str]:
        """The files of the package whose path is that of a folder and a slash, in order; none where a file is a module."""

    def joins_package(self, path: str, text: bytes) -> bool:
        """Whether what a file defines is in its package wherever that is built."""

    def module_names(self, path: str) -> tuple[str, ...]:
        """The last words by which imports name a file."""

    def import_line(self, definition: Definition) -> str | None:
        """A line without its ending that imports what an import binds, and nothing else; None if there is none."""

    def import_places(self, tree: "Tree", line: int) -> Sequence[int]:
        """The lines before which an import for a use on `line` may stand, the best first."""

    def built_in(self, name: str) -> bool:
        """Whether the name means something though nobody binds it."""

    def common_member(self, name: str) -> bool:
        """Whether values of the language's own types have a member of this name."""

    def known_base(self, base: str) -> bool:
        """Whether a class outside the tree brings no members that a program would call by chance."""

    def instantiates(self, definition: Definition) -> str:
        """The member whose signature a call of this class must fit."""


class Paths(Protocol):
    """The paths of a tree."""

    modules: Mapping[str, str]  # in Go: the modules' paths, by the folder of their go.mod ("" for the root)

    def __contains__(self, path: object) -> bool:
        """Whether there is such a file."""

    def ending(self, tail: str) -> Collection[str]:
        """The paths that are `tail`, or end in `/` and `tail`."""

    def in_folder(self, folder: str) -> Collection[str]:
        """The files right in a folder."""


def language_of(path: str) -> Language | None:
    """The language of a file by its name, or of a package by its path; None if we know none."""
    file = path.rpartition("/")[2]
    name = _LANGUAGES.get(file.rpartition(".")[2]) if file else _OF_PACKAGES
    return _load(*name) if name else None


@cache
def _load(package: str, name: str) -> Language | None:
    """A language; None where its grammar is not installed (it is a compiled one)."""
    try:
        return cast("Language", getattr(import_module(f"forksight.core.syntax.{package}.language"), name))
    except ImportError:
        return None


@lru_cache(maxsize=4)  # the trees of large files are large; the uses in one file are asked for one after the other
def parsed(language: Language, source: bytes) -> "Tree | None":
    """The syntax tree of a text; None if it is too large to look at."""
    return language.parse(source) if len(source) <= _LARGEST else None


def forget_trees() -> None:
    """Forget the trees that `parsed` made: nothing is asked about their texts for a while."""
    parsed.cache_clear()
