"""Reads the functions, classes and constants of TypeScript files with tree-sitter."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from bench.semantic.programs.definition import Definition
from forksight.core.syntax.language import language_of
from forksight.core.syntax.nodes import field, lines_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

ENDINGS: Collection[str] = (".ts",)
IMPORTS = r"^import \{ (?P<name>\w+) \} from ['\"]\S+['\"];?\n"  # of one name
LANGUAGE = "a.ts"
_DECLARED = {
    "function_declaration": "function", "class_declaration": "class", "abstract_class_declaration": "class",
}  # fmt: skip
_NAMES = {"identifier", "type_identifier", "shorthand_property_identifier"}
_BOUND = {"identifier", "type_identifier", "property_identifier", "shorthand_property_identifier_pattern"}
_READ = {  # nodes whose children are read, but for the field that binds a name
    "variable_declarator": "name", "required_parameter": "pattern", "optional_parameter": "pattern",
    "function_declaration": "name", "arrow_function": "parameter",
}  # fmt: skip
_BINDING = {  # where the field of a node binds a name or a member
    **_READ, "class_declaration": "name", "abstract_class_declaration": "name", "interface_declaration": "name",
    "type_alias_declaration": "name", "enum_declaration": "name", "method_definition": "name", "method_signature": "name",
    "abstract_method_signature": "name", "public_field_definition": "name", "property_signature": "name", "pair": "key",
    "function_signature": "name", "function_expression": "name", "internal_module": "name", "type_parameter": "name",
    "for_in_statement": "left", "catch_clause": "parameter", "pair_pattern": "value",
}  # fmt: skip
_PATTERNS = {"object_pattern", "array_pattern", "rest_pattern", "enum_body", "formal_parameters"}


def definitions(path: str, text: str) -> Iterator[Definition]:
    """All functions, classes and constants at the top of a file, and all methods."""
    root = _root(text)
    end = len(text.splitlines())
    for statement in root.named_children:
        node = field(statement, "declaration") or statement
        kind = _DECLARED.get(node.type)
        if kind:
            yield _definition(path, statement, node, kind, end)
        body = field(node, "body") if kind == "class" else None
        for method in body.named_children if body is not None else ():
            if method.type == "method_definition" and _plain(method):
                yield _definition(path, method, method, "method", lines_of(node)[1] - 1)
        for declarator in node.named_children if node.type == "lexical_declaration" else ():
            name = field(declarator, "name")
            if name is not None and name.type == "identifier":
                yield Definition(path, text_of(name), "constant", lines_of(statement))


def bound(text: str) -> Iterator[str]:
    """Every name that a file binds anywhere, other than by importing it; also members, keys and the contents of strings."""
    for node in _below(_root(text)):
        parent = node.parent
        if parent is None:
            continue
        named = field(parent, _BINDING[parent.type]) if parent.type in _BINDING else None
        assigned = parent.type == "member_expression" and parent.parent is not None and parent.parent.type == "assignment_expression" and field(parent.parent, "left") == parent  # fmt: skip
        if (
            node.type in _BOUND
            and (named == node or parent.type in _PATTERNS or (assigned and node.type == "property_identifier"))
        ) or node.type == "string_fragment":
            yield text_of(node)


def _definition(path: str, whole: "Node", node: "Node", kind: str, end: int) -> Definition:
    lines = lines_of(whole)
    # a copy at the end would touch a definition that ends there, which the other side may change
    copied = kind in ("function", "method") and lines[1] < end
    return Definition(
        path, text_of(field(node, "name")), kind, lines, frozenset(_names_read(node)) if copied else frozenset(), end
    )


def _plain(method: "Node") -> bool:
    """Whether a method is an ordinary one: no constructor, getter or setter."""
    return text_of(field(method, "name")) != "constructor" and not {"get", "set"} & {
        child.type for child in method.children
    }


def _names_read(function: "Node") -> Iterator[str]:
    for node in _below(function):
        parent = node.parent
        if parent is None or (parent.type in _BINDING and field(parent, _BINDING[parent.type]) == node):
            continue
        if node.type in _NAMES and parent.type not in _PATTERNS:
            yield text_of(node)
        elif parent.type == "member_expression" and field(parent, "property") == node:
            yield f".{text_of(node)}"


def _below(node: "Node") -> Iterator["Node"]:
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting += inner.named_children


def _root(text: str) -> "Node":
    language = language_of(LANGUAGE)
    assert language is not None
    return language.parse(text.encode()).root_node
