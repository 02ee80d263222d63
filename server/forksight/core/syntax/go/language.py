"""Go for the semantic rule. A package is all files of a folder; its path is the folder's with a slash at the end."""

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

import tree_sitter_go
from tree_sitter import Language as Grammar
from tree_sitter import Parser, Tree

from forksight.core.syntax.facts import Definition, Outline, Span, Use
from forksight.core.syntax.go.modules import folder_of
from forksight.core.syntax.go.outline import outline_of
from forksight.core.syntax.go.uses import NAMES, local_scope, uses_of
from forksight.core.syntax.language import Paths
from forksight.core.syntax.nodes import lines_of

_COMMON_MEMBERS = {
    "Close", "Error", "Flush", "Format", "Less", "Lock", "Read", "ServeHTTP", "String", "Swap", "Unlock", "Unwrap", "Wait", "Write",
}  # fmt: skip
_CONSTRAINED = re.compile(rb"^//go:build |^// \+build |^package main\b", re.MULTILINE)
_SYSTEMS = {
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9", "solaris",
    "wasip1", "windows", "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
    "riscv64", "s390x", "wasm",
}  # fmt: skip
_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_LIBRARIES = ("golang.org", "google.golang.org", "gopkg.in", "go.uber.org", "k8s.io", "sigs.k8s.io")


class Go:
    """`Language`."""

    name = "go"
    packages = True
    defining_words = frozenset(("func", "type"))

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(tree_sitter_go.language())

    def parse(self, source: bytes, before: Tree | None = None) -> Tree:
        """See `Language`."""
        parser = Parser(self._grammar)
        return parser.parse(source, before) if before else parser.parse(source)

    def outline(self, tree: Tree) -> Outline:
        """See `Language`."""
        return outline_of(tree)

    def uses(self, source: bytes, tree: Tree, names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
        """See `Language`."""
        return uses_of(source, tree, names, lines)

    def mentions(self, source: bytes, tree: Tree, name: str) -> bool:
        """See `Language`."""
        return any(local_scope(source, tree, node) is None for node in NAMES.called(source, tree, name))

    def scopes_around(self, tree: Tree, line: int) -> Iterator[Span]:
        """See `Language`."""
        return NAMES.scopes_around(tree, line)

    def bound_around(self, source: bytes, tree: Tree, name: str, lines: Span) -> bool:
        """See `Language`."""
        return NAMES.bound_around(source, tree, name, lines)

    def mentions_member(self, source: bytes, name: str) -> bool:
        """See `Language`."""
        return re.search(rb"\.\s*%s\b" % re.escape(name.encode()), source) is not None

    def sets_member(self, source: bytes, name: str) -> bool:
        """See `Language`: nothing does."""
        return False

    def find_module(self, module: str, importer: str, paths: Paths) -> str | None:
        """See `Language`. `.` is the importer's own package.

        In a tree without go.mod, the longest matching end of an import path determines the folder. The part before it must be a
        possible module name: more than a host and, on a forge, an owner and a project. A path without a dot usually is of the
        standard library.
        """
        if module == ".":
            return f"{posixpath.dirname(importer)}/"
        if paths.modules:
            folder = folder_of(module, paths.modules)
            return f"{folder}/" if folder is not None and paths.in_folder(folder) else None
        host, *rest = module.split("/")
        if "." not in host or host in _LIBRARIES:
            return None
        folders = ("/".join(rest[start:]) for start in range(2 if host in _FORGES else 1, len(rest)))
        return next((f"{folder}/" for folder in folders if paths.in_folder(folder)), None)

    def submodule(self, module: str, name: str) -> str | None:
        """See `Language`."""
        return None

    def package(self, path: str, paths: Paths) -> Sequence[str]:
        """See `Language`. Test files are left out: no other file can use them."""
        return sorted(file for file in paths.in_folder(path.removesuffix("/")) if is_code(file))

    def joins_package(self, path: str, text: bytes) -> bool:
        """See `Language`. False for tests, for files with build constraints, and for one of several programs in a folder."""
        stem = path.removesuffix(".go").rpartition("/")[2]
        return is_code(path) and _CONSTRAINED.search(text) is None and not _SYSTEMS & set(stem.split("_")[1:])

    def module_names(self, path: str) -> tuple[str, ...]:
        """See `Language`: a file has none."""
        return ()

    def import_line(self, definition: Definition) -> str | None:
        """See `Language`."""
        if definition.source is None:
            return None
        path = definition.source.module
        alias = "" if path.rpartition("/")[2] == definition.name else f"{definition.name} "
        return f'import {alias}"{path}"'

    def import_places(self, tree: Tree, line: int) -> Sequence[int]:
        """See `Language`: imports come before everything else."""
        kinds = ("package_clause", "import_declaration")
        return [lines_of(node)[1] for node in reversed(tree.root_node.named_children) if node.type in kinds]

    def built_in(self, name: str) -> bool:
        """See `Language`."""
        return False  # who removes a definition of such a name gives uses of it another meaning, which is no error

    def common_member(self, name: str) -> bool:
        """See `Language`: the method of `error`, and those of the standard library's common interfaces."""
        return name in _COMMON_MEMBERS

    def known_base(self, base: str) -> bool:
        """See `Language`."""
        return False

    def instantiates(self, definition: Definition) -> str:
        """See `Language`: `T(x)` is a conversion."""
        return ""


def is_code(path: str) -> bool:
    """Whether a file is visible to the other files of its package."""
    return path.endswith(".go") and not path.endswith("_test.go")


GO = Go()
