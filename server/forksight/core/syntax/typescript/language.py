"""TypeScript and JavaScript, as the semantic rule sees them. JavaScript is read with TypeScript's grammar."""

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

import tree_sitter_typescript
from tree_sitter import Language as Grammar
from tree_sitter import Parser, Tree

from forksight.core.syntax.facts import Definition, Outline, Span, Use
from forksight.core.syntax.language import Paths
from forksight.core.syntax.nodes import ancestors, lines_of
from forksight.core.syntax.typescript.globals import COMMON_MEMBERS, GLOBALS
from forksight.core.syntax.typescript.outline import outline_of
from forksight.core.syntax.typescript.uses import NAMES, binds, local_scope, uses_of
from forksight.core.syntax.words import words

_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
# The endings of what is compiled to files of each ending.
_SOURCES = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


class TypeScript:
    """`Language`, of files with types or without."""

    packages = False
    defining_words = frozenset(
        ("function", "class", "const", "let", "var", "static", "async", "public", "private", "protected")
    )

    def __init__(self, name: str, *, jsx: bool) -> None:
        self.name = name
        self._jsx = jsx

    @cached_property
    def _grammar(self) -> Grammar:
        load = tree_sitter_typescript.language_tsx if self._jsx else tree_sitter_typescript.language_typescript
        return Grammar(load())

    def parse(self, source: bytes, before: Tree | None = None) -> Tree:
        """See `Language`."""
        parser = Parser(self._grammar)
        return parser.parse(source, before) if before else parser.parse(source)

    def outline(self, tree: Tree) -> Outline:
        """See `Language`."""
        return outline_of(tree, typed=self.name == "typescript")

    def uses(self, source: bytes, tree: Tree, names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
        """See `Language`."""
        return uses_of(source, tree, names, lines)

    def mentions(self, source: bytes, tree: Tree, name: str) -> bool:
        """See `Language`."""
        for node in NAMES.called(source, tree, name):
            imported = any(outer.type == "import_statement" for outer in ancestors(node))
            if not imported and not binds(node) and local_scope(source, tree, node) is None:
                return True
        return False

    def scopes_around(self, tree: Tree, line: int) -> Iterator[Span]:
        """See `Language`."""
        return NAMES.scopes_around(tree, line)

    def bound_around(self, source: bytes, tree: Tree, name: str, lines: Span) -> bool:
        """See `Language`."""
        return NAMES.bound_around(source, tree, name, lines)

    def mentions_member(self, source: bytes, name: str) -> bool:
        """See `Language`."""
        word = re.escape(name.encode())
        return re.search(rb"\.\s*%s\b|[\"'`]%s[\"'`]" % (word, word), source) is not None

    def sets_member(self, source: bytes, name: str) -> bool:
        """See `Language`."""
        word = re.escape(name.encode())
        return re.search(rb"\.\s*%s\s*=[^=]|[\"'`]%s[\"'`]" % (word, word), source) is not None

    def find_module(self, module: str, importer: str, paths: Paths) -> str | None:
        """See `Language`: only relative paths say where a module is; aliases and packages are somebody else's business."""
        if not module.startswith("."):
            return None
        stem = posixpath.normpath(posixpath.join(posixpath.dirname(importer), module))
        base, ending = posixpath.splitext(stem)
        sources = [base + source for source in _SOURCES.get(ending, ())]
        files = [stem + ending for ending in _ENDINGS] + [f"{stem}/index{ending}" for ending in _ENDINGS]
        return next((path for path in (stem, *sources, *files) if path in paths), None)

    def submodule(self, module: str, name: str) -> str | None:
        """See `Language`."""
        return None

    def package(self, path: str, paths: Paths) -> Sequence[str]:
        """See `Language`."""
        return ()

    def joins_package(self, path: str, text: bytes) -> bool:
        """See `Language`."""
        return False

    def module_names(self, path: str) -> tuple[str, ...]:
        """See `Language`."""
        folder, _, file = path.rpartition("/")
        stem = file.partition(".")[0]
        name = folder.rpartition("/")[2] if stem == "index" else stem
        return tuple(word.decode() for word in words([name.encode()]))

    def import_line(self, definition: Definition) -> str | None:
        """See `Language`."""
        source, name = definition.source, definition.name
        if source is None:
            return None
        if source.name is None:
            return f"import * as {name} from '{source.module}';"
        if source.name == "default":
            return f"import {name} from '{source.module}';"
        alias = f" as {name}" if name != source.name else ""
        return f"import {{ {source.name}{alias} }} from '{source.module}';"

    def import_places(self, tree: Tree, line: int) -> Sequence[int]:
        """See `Language`: after the imports at the top, or before the statement."""
        after, before = 0, line
        for statement in tree.root_node.named_children:
            first, end = lines_of(statement)
            if statement.type == "import_statement":
                after = end
            if first <= line < end:
                before = first
        return after, before

    def built_in(self, name: str) -> bool:
        """See `Language`."""
        return name in GLOBALS

    def common_member(self, name: str) -> bool:
        """See `Language`."""
        return name in COMMON_MEMBERS or name in GLOBALS

    def known_base(self, base: str) -> bool:
        """See `Language`."""
        return base == "Object"

    def instantiates(self, definition: Definition) -> str:
        """See `Language`."""
        return "constructor"


TYPESCRIPT = TypeScript("typescript", jsx=False)
TSX = TypeScript("typescript", jsx=True)
JAVASCRIPT = TypeScript("javascript", jsx=True)
