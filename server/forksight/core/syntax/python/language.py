"""Python, as the semantic rule sees it."""

import builtins
import io
import re
import sys
from collections.abc import Collection, Iterator, Sequence

import tree_sitter_python
from tree_sitter import Language as Grammar
from tree_sitter import Parser, Tree

from forksight.core.syntax.facts import Definition, Outline, Span, Use
from forksight.core.syntax.language import Paths
from forksight.core.syntax.nodes import ancestors, lines_of
from forksight.core.syntax.python.outline import outline_of
from forksight.core.syntax.python.scope import NAMES, binds, local_scope
from forksight.core.syntax.python.uses import uses_of

_GRAMMAR = Grammar(tree_sitter_python.language())
_BUILT_IN = frozenset(dir(builtins)) | {"__file__", "__path__", "__builtins__", "reveal_type"}
_COMMON_MEMBERS = frozenset(
    name for module in (builtins, io) for kind in vars(module).values() if isinstance(kind, type) for name in dir(kind)
)
_PLAIN_BASES = {"object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic", "typing.Generic"}
_IMPORTS = {"import_statement", "import_from_statement"}


class Python:
    """`Language`, of `.py` and `.pyi` files."""

    name = "python"
    packages = False
    defining_words = frozenset(("def", "class"))

    def parse(self, source: bytes, before: Tree | None = None) -> Tree:
        """See `Language`."""
        parser = Parser(_GRAMMAR)
        return parser.parse(source, before) if before else parser.parse(source)

    def outline(self, tree: Tree) -> Outline:
        """See `Language`."""
        return outline_of(tree)

    def uses(self, source: bytes, tree: Tree, names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
        """See `Language`."""
        return uses_of(source, tree, names, lines)

    def mentions(self, source: bytes, tree: Tree, name: str) -> bool:
        """See `Language`."""
        for node in NAMES.called(source, tree, name):
            parent = node.parent
            if parent is None or any(ancestor.type in _IMPORTS for ancestor in ancestors(node)):
                continue
            member = parent.type == "attribute" and parent.named_children[0].id != node.id
            keyword = parent.type == "keyword_argument" and parent.named_children[0].id == node.id
            if not member and not keyword and not binds(node) and local_scope(source, tree, node) is None:
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
        return re.search(rb"\.\s*%s\b|[\"']%s[\"']" % (word, word), source) is not None

    def sets_member(self, source: bytes, name: str) -> bool:
        """See `Language`."""
        word = re.escape(name.encode())
        return re.search(rb"\.\s*%s\s*(:[^=\n]+)?=[^=]|[\"']%s[\"']" % (word, word), source) is not None

    def find_module(self, module: str, importer: str, paths: Paths) -> str | None:
        """See `Language`."""
        name = module.lstrip(".")
        tail = name.replace(".", "/")
        dots = len(module) - len(name)
        if dots:
            folder = importer
            for _ in range(dots):
                if not folder:
                    return None
                folder = folder.rpartition("/")[0]
            stem = "/".join(part for part in (folder, tail) if part)
            return next((path for path in _files(stem, with_file=bool(tail)) if path in paths), None)
        candidates = [path for file in _files(tail) for path in paths.ending(file) if _is_root(path, file, paths)]
        beside = importer.rpartition("/")[0]
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None
        if len(candidates) > 1:
            near = [path for path in candidates if path in (f"{beside}/{file}".lstrip("/") for file in _files(tail))]
            top = [path for path in candidates if path.removeprefix("src/") in _files(tail)]
            candidates = near or top
        return candidates[0] if len(candidates) == 1 else None

    def submodule(self, module: str, name: str) -> str | None:
        """See `Language`."""
        return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"

    def package(self, path: str, paths: Paths) -> Sequence[str]:
        """See `Language`."""
        return ()

    def joins_package(self, path: str, text: bytes) -> bool:
        """See `Language`."""
        return False

    def module_names(self, path: str) -> tuple[str, ...]:
        """See `Language`."""
        folder, _, file = path.rpartition("/")
        stem = file.rpartition(".")[0]
        return (folder.rpartition("/")[2],) if stem == "__init__" else (stem,)

    def import_line(self, definition: Definition) -> str | None:
        """See `Language`."""
        source = definition.source
        if source is None:
            return None
        if source.name is None:
            return f"import {source.module}" + (f" as {definition.name}" if "." in source.module else "")
        alias = f" as {definition.name}" if definition.name != source.name else ""
        return f"from {source.module} import {source.name}{alias}"

    def import_places(self, tree: Tree, line: int) -> Sequence[int]:
        """See `Language`: after the imports at the top, or before the statement."""
        after = 0
        before = line
        for statement in tree.root_node.named_children:
            first, end = lines_of(statement)
            if statement.type in _IMPORTS:
                after = end
            elif statement.type not in ("expression_statement", "comment"):
                break
        for statement in tree.root_node.named_children:
            first, end = lines_of(statement)
            if first <= line < end:
                before = first
        return after, before

    def built_in(self, name: str) -> bool:
        """See `Language`."""
        return name in _BUILT_IN

    def common_member(self, name: str) -> bool:
        """See `Language`."""
        return name in _COMMON_MEMBERS

    def known_base(self, base: str) -> bool:
        """See `Language`."""
        return base in _PLAIN_BASES

    def instantiates(self, definition: Definition) -> str:
        """See `Language`."""
        return "__init__"


def _files(stem: str, *, with_file: bool = True) -> list[str]:
    """The files that may hold a module, by its path without an ending."""
    packages = [f"{stem}/__init__.py", f"{stem}/__init__.pyi"] if stem else ["__init__.py"]
    return [f"{stem}.py", *packages, f"{stem}.pyi"] if with_file else packages


def _is_root(path: str, file: str, paths: Paths) -> bool:
    """Whether imports may begin in the folder that is left of a path without its module: no package is."""
    root = path[: len(path) - len(file)].rstrip("/")
    return not root or f"{root}/__init__.py" not in paths


PYTHON = Python()
