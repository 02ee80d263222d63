"""Determines which scope binds a name in Python."""

from typing import TYPE_CHECKING

from forksight.core.syntax.nodes import ancestors, field, same, text_of, within
from forksight.core.syntax.scopes import Names

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_COMPREHENSIONS = {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
_FUNCTIONS = {"function_definition", "lambda"}
_SCOPES = {*_FUNCTIONS, *_COMPREHENSIONS, "class_definition"}
_PATTERNS = {
    "pattern_list",
    "tuple_pattern",
    "list_pattern",
    "list_splat_pattern",
    "dictionary_splat_pattern",
    "tuple",
    "list",
    "parenthesized_expression",
}
_BINDING = {  # whose children are bound
    "parameters",
    "lambda_parameters",
    "as_pattern_target",
    "type_parameter",
    "delete_statement",
    "splat_pattern",
    "case_pattern",
}
_BINDING_FIELD = {  # of which one child is bound
    "function_definition": "name",
    "class_definition": "name",
    "default_parameter": "name",
    "typed_default_parameter": "name",
    "named_expression": "name",
    "assignment": "left",
    "for_statement": "left",
    "for_in_clause": "left",
    "aliased_import": "alias",
}
_DECLARED = {"global_statement", "nonlocal_statement"}


def scope_of(node: "Node") -> "Node | None":
    """The innermost function, lambda, comprehension or class around a name; None is the file.

    The name of a function or class belongs to the enclosing scope.
    """
    for outer in ancestors(node):
        if outer.type in _SCOPES:
            name = field(outer, "name") if outer.type in ("function_definition", "class_definition") else None
            if name is not None and name.id == node.id:
                continue
            if outer.type == "class_definition" and not within(node, field(outer, "body")):
                continue
            return outer
    return None


def binds(node: "Node") -> bool:
    """Whether an identifier is a binding occurrence."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _PATTERNS:
        child, parent = parent, parent.parent
    if parent is None:
        return False
    kind = parent.type
    if kind == "dotted_name":
        return _imported(child, parent)
    if kind == "typed_parameter":
        return same(parent.named_children[0], child)
    return kind in _BINDING or (kind in _BINDING_FIELD and same(field(parent, _BINDING_FIELD[kind]), child))


def _imported(name: "Node", path: "Node") -> bool:
    """Whether the first word of a dotted name is bound by an import or a pattern."""
    outer = path.parent
    if outer is None or path.named_children[0].id != name.id:
        return False
    if outer.type == "case_pattern":
        return len(path.named_children) == 1
    return outer.type in ("import_statement", "import_from_statement") and not same(field(outer, "module_name"), path)


NAMES = Names(("identifier",), binds, scope_of)


def local_scope(source: bytes, tree: "Tree", node: "Node") -> "Node | None":
    """The enclosing function, lambda, comprehension or class that binds an identifier; None if the file does."""
    name = text_of(node)
    innermost = True
    scope = scope_of(node)
    while scope is not None:
        if scope.type in _FUNCTIONS and _declares(source, tree, name, scope):
            return None
        sees = scope.type != "class_definition" or innermost
        if sees and NAMES.bound_in(source, tree, name, scope):
            return scope
        innermost = False
        scope = scope_of(scope)
    return None


def _declares(source: bytes, tree: "Tree", name: str, scope: "Node") -> bool:
    """Whether a function declares `global name`."""
    return any(
        node.parent is not None and node.parent.type == "global_statement"
        for node in NAMES.called(source, tree, name, scope)
    )


def declared(node: "Node") -> bool:
    """Whether an identifier is in a `global` or `nonlocal` statement."""
    return node.parent is not None and node.parent.type in _DECLARED
