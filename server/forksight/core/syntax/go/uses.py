"""Finds uses of names in Go: a name that no enclosing function binds is the package's, unless the file imports it."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Call, MemberUse, NameUse, Owner, Span, Through, Use
from forksight.core.syntax.go.outline import imports_of, made_by, named, receiver_of
from forksight.core.syntax.nodes import ancestors, field, identifiers, line_of, node_at, same, text_of
from forksight.core.syntax.scopes import Names
from forksight.core.syntax.words import occurrences_on

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_NAMES = ("identifier", "type_identifier", "package_identifier")
_SCOPES = {
    "function_declaration", "method_declaration", "func_literal", "block", "if_statement", "for_statement",
    "expression_switch_statement", "type_switch_statement", "select_statement", "expression_case", "type_case", "default_case",
    "communication_case", "function_type", "type_spec", "method_elem",
}  # fmt: skip
_BINDING_FIELDS = {
    "short_var_declaration": "left", "range_clause": "left", "type_switch_statement": "alias", "receive_statement": "left",
    "var_spec": "name", "const_spec": "name", "type_spec": "name", "type_alias": "name", "parameter_declaration": "name",
    "variadic_parameter_declaration": "name", "type_parameter_declaration": "name", "function_declaration": "name",
}  # fmt: skip


def uses_of(source: bytes, tree: "Tree", names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
    """The uses of these names on these lines. Undecidable ones are left out."""
    if _external_test(tree):
        return
    for span in occurrences_on(source, names, lines):
        node = node_at(tree, *span)
        if node is None or any(outer.is_error for outer in ancestors(node)):
            continue
        use = _use(source, tree, node)
        if use is not None:
            yield use


def _external_test(tree: "Tree") -> bool:
    """Whether a file is of the external test package (`x_test`) in the folder."""
    clause = next((node for node in tree.root_node.named_children if node.type == "package_clause"), None)
    return clause is None or text_of(clause).endswith("_test")


def _use(source: bytes, tree: "Tree", node: "Node") -> Use | None:
    parent = node.parent
    if node.type == "field_identifier" and parent is not None:
        return _selected(source, tree, node, parent)
    if node.type == "type_identifier" and parent is not None and parent.type == "qualified_type":
        package = field(parent, "package")
        free = package is not None and local_scope(source, tree, package) is None
        return MemberUse(text_of(node), line_of(node), Owner(text_of(package), Through.OWNER)) if free else None
    return _name(source, tree, node)


def _name(source: bytes, tree: "Tree", node: "Node") -> Use | None:
    if node.type not in _NAMES or binds(node) or _is_key(node) or local_scope(source, tree, node) is not None:
        return None
    if _imports(tree, text_of(node)):
        return NameUse(text_of(node), line_of(node))
    if node.type == "package_identifier":
        return None
    return MemberUse(text_of(node), line_of(node), Owner(".", Through.OWNER), call_of(node))


def _imports(tree: "Tree", name: str) -> bool:
    return any(definition.source is not None for definition in imports_of(tree).get(name, ()))


def _is_key(node: "Node") -> bool:
    """Whether an identifier is, or may be, a field's name in a literal."""
    inner, outer = node, node.parent
    if outer is not None and outer.type == "literal_element":
        inner, outer = outer, outer.parent
    return outer is not None and outer.type == "keyed_element" and same(outer.named_children[0], inner)


def _selected(source: bytes, tree: "Tree", node: "Node", whole: "Node") -> Use | None:
    if whole.type != "selector_expression" or not same(field(whole, "field"), node):
        return None
    owner = _owner(source, tree, field(whole, "operand")) or Owner("", Through.UNKNOWN)
    return MemberUse(text_of(node), line_of(node), owner, call_of(whole))


def _owner(source: bytes, tree: "Tree", node: "Node | None") -> Owner | None:
    """The dotted name through which a member is used, and what that is; None if undecidable."""
    while node is not None and (node.type == "parenthesized_expression" or text_of(node)[:1] == "&"):
        node = node.named_children[0] if node.named_children else None
    if node is None:
        return None
    if node.type == "composite_literal":
        name = named(field(node, "type"))
        return Owner(name, Through.INSTANCE) if name else None
    return _variable(source, tree, node) if node.type == "identifier" else None


def _variable(source: bytes, tree: "Tree", node: "Node") -> Owner | None:
    scope = local_scope(source, tree, node)
    if scope is None:
        name = text_of(node)
        return Owner(name if _imports(tree, name) else f".{name}", Through.OWNER)
    bound = NAMES.bound_in(source, tree, text_of(node), scope)
    made = _type_of(bound[0]) if len(bound) == 1 else None
    return Owner(made, Through.INSTANCE, line_of(bound[0])) if made else None


def _type_of(bound: "Node") -> str | None:
    """The type of a local variable: as written, or that of its literal or of the receiver."""
    parent = bound.parent
    outer = parent.parent if parent is not None else None
    if parent is None or outer is None:
        return None
    if parent.type == "expression_list":
        is_only = outer.type == "short_var_declaration" and len(parent.named_children) == 1
        return made_by(outer) if is_only else None
    if parent.type not in ("parameter_declaration", "var_spec"):
        return None
    method = outer.parent
    if method is not None and method.type == "method_declaration" and same(field(method, "receiver"), outer):
        owner = receiver_of(method)
        return f".{owner}" if owner else None
    return made_by(parent)


def call_of(function: "Node") -> Call | None:
    """The arguments with which an expression is called; None if it is not. (A single call as argument may yield several.)"""
    call = function.parent
    arguments = field(call, "arguments") if call is not None and call.type == "call_expression" else None
    if call is None or arguments is None or arguments.has_error or not same(field(call, "function"), function):
        return None
    given = [child for child in arguments.named_children if child.type != "comment"]
    spread = [child for child in given if child.type == "variadic_argument"]
    several = len(given) == 1 and given[0].type == "call_expression"
    places = 0 if several else len(given) - len(spread)
    return Call(places, more=bool(spread) or several, names=identifiers(given[:places]))


# ---------------------------------------------------------------------------------------------- scopes


def binds(node: "Node") -> bool:
    """Whether an identifier is a binding occurrence."""
    child, parent = node, node.parent
    if parent is not None and parent.type == "expression_list":
        child, parent = parent, parent.parent
    if parent is None or parent.type not in _BINDING_FIELDS:
        return parent is not None and parent.type in ("import_spec", "package_clause", "labeled_statement")
    return any(same(known, child) for known in parent.children_by_field_name(_BINDING_FIELDS[parent.type]))


def _scope_of(node: "Node") -> "Node | None":
    """The innermost scope around a name; None is the package."""
    for outer in ancestors(node):
        if outer.type in _SCOPES and not (
            outer.type in ("function_declaration", "type_spec") and same(field(outer, "name"), node)
        ):
            return outer
    return None


NAMES = Names(_NAMES, binds, _scope_of)


def local_scope(source: bytes, tree: "Tree", node: "Node") -> "Node | None":
    """The enclosing scope that binds an identifier; None if the package or an import binds it."""
    scope = _scope_of(node)
    while scope is not None:
        if NAMES.bound_in(source, tree, text_of(node), scope):
            return scope
        scope = _scope_of(scope)
    return None
