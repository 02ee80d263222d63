"""Reads the functions, classes and constants of Python files with Python's own parser."""

import ast
from collections.abc import Collection, Iterator

from bench.semantic.programs.definition import Definition

ENDINGS: Collection[str] = (".py",)
IMPORTS = r"^(?:from \S+ )?import (?P<name>\w+)\n"  # of one name
LANGUAGE = "a.py"


def definitions(path: str, text: str) -> Iterator[Definition]:
    """All functions, classes and constants at the top of a file, and all methods."""
    yield from _definitions(path, ast.parse(text))


def bound(text: str) -> Iterator[str]:
    """Every name that a file binds anywhere, other than by importing it; also attributes that it sets, and keywords."""
    yield from _bound(ast.parse(text))


def _definitions(path: str, tree: ast.Module) -> Iterator[Definition]:
    end = tree.body[-1].end_lineno or 0 if tree.body else 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _definition(path, node, "function", end)
        elif isinstance(node, ast.ClassDef):
            yield _definition(path, node, "class", end)
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield _definition(path, inner, "method", node.end_lineno or 0)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield Definition(path, node.targets[0].id, "constant", (node.lineno - 1, node.end_lineno or 0))


def _definition(
    path: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, kind: str, end: int
) -> Definition:
    first, stop = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1, node.end_lineno or 0
    # a copy at the end would touch a definition that ends there, which the other side may change
    copied = kind != "class" and not node.decorator_list and stop < end
    return Definition(
        path, node.name, kind, (first, stop), frozenset(_names_read(node)) if copied else frozenset[str](), end
    )


def _names_read(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield from (node.attr, f".{node.attr}")


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg is not None:  # `**keywords` has none
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
