"""The interface of a language for the semantic rule, and the language of each file. A language is loaded at its first file."""

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
    """Extracts facts from files of one language. Pure and thread-safe.

    A file is given as its bytes and the tree that `parse` made of them.
    """

    name: str
    packages: bool  # the files of a folder see each other's names, and others import the folder
    defining_words: Collection[str]  # without one of these on a line, it defines no function and no class

    def __hash__(self) -> int:
        """There is one instance of each language."""

    def parse(self, source: bytes, before: "Tree | None" = None) -> "Tree":
        """The syntax tree, with error nodes where the text does not parse. `before`: a previous tree, edited to fit the text."""

    def outline(self, tree: "Tree") -> Outline:
        """The names that the file binds. The tree must have no errors."""

    def uses(self, source: bytes, tree: "Tree", names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
        """The uses of any of the names on these lines. Undecidable ones are left out."""

    def mentions(self, source: bytes, tree: "Tree", name: str) -> bool:
        """Whether the file uses the name where no enclosing function binds it."""

    def scopes_around(self, tree: "Tree", line: int) -> Iterator[Span]:
        """The lines of the functions and other scopes around a line, innermost first."""

    def bound_around(self, source: bytes, tree: "Tree", name: str, lines: Span) -> bool:
        """Whether a function or other scope around any of these lines binds this name."""

    def mentions_member(self, source: bytes, name: str) -> bool:
        """Whether the file uses any member of this name, or has the name in a string."""

    def sets_member(self, source: bytes, name: str) -> bool:
        """Whether the file may add a member of this name to an object outside of its class's definition."""

    def find_module(self, module: str, importer: str, paths: "Paths") -> "str | None":
        """The path of the module that the file `importer` (a path) names; None if it is not in the tree, or unknown."""

    def submodule(self, module: str, name: str) -> str | None:
        """The full name of the submodule `name` of a package; None in languages whose packages are no modules."""

    def package(self, path: str, paths: "Paths") -> Sequence[str]:
        """The files of the package with this path (a folder and a slash), in order; none in languages whose files are modules."""

    def joins_package(self, path: str, text: bytes) -> bool:
        """Whether a file's definitions are in its package on every system and in every build."""

    def module_names(self, path: str) -> tuple[str, ...]:
        """The last components of the names by which imports refer to a file."""

    def import_line(self, definition: Definition) -> str | None:
        """A line, without its ending, that imports exactly what an import binds; None if that can't be written as one line."""

    def import_places(self, tree: "Tree", line: int) -> Sequence[int]:
        """The lines before which an import for a use on `line` may be inserted, the best first."""

    def built_in(self, name: str) -> bool:
        """Whether the name is built in."""

    def common_member(self, name: str) -> bool:
        """Whether values of the language's built-in types have a member of this name."""

    def known_base(self, base: str) -> bool:
        """Whether a base class outside of the tree is known to bring no members that matter."""

    def instantiates(self, definition: Definition) -> str:
        """The member whose signature a call of this class must fit: its constructor."""


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
