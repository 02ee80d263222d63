"""Finds uses of names in a TypeScript or JavaScript file, and how they are qualified."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Call, ImportUse, MemberUse, NameUse, Owner, Span, Through, Use
from forksight.core.syntax.nodes import ancestors, field, identifiers, line_of, same, text_of, within
from forksight.core.syntax.scopes import Names
from forksight.core.syntax.typescript.outline import dotted, made_by, module_of
from forksight.core.syntax.words import occurrences_on

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_NAMES = {"identifier", "type_identifier", "shorthand_property_identifier"}
_SCOPES = {
    "statement_block",
    "function_declaration",
    "function_expression",
    "generator_function_declaration",
    "generator_function",
    "function_signature",
    "arrow_function",
    "method_definition",
    "method_signature",
    "abstract_method_signature",
    "class_declaration",
    "abstract_class_declaration",
    "class",
    "interface_declaration",
    "type_alias_declaration",
    "for_statement",
    "for_in_statement",
    "catch_clause",
    "function_type",
    "switch_body",
}
_NAMED_SCOPES = {"function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration",
                 "interface_declaration", "type_alias_declaration", "function_signature"}  # fmt: skip
_PATTERNS = {"object_pattern", "array_pattern", "rest_pattern"}
_BINDING_FIELD = {
    "variable_declarator": "name",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
    "arrow_function": "parameter",
    "function_declaration": "name",
    "function_expression": "name",
    "function_signature": "name",
    "generator_function_declaration": "name",
    "class_declaration": "name",
    "abstract_class_declaration": "name",
    "class": "name",
    "interface_declaration": "name",
    "type_alias_declaration": "name",
    "enum_declaration": "name",
    "internal_module": "name",
    "type_parameter": "name",
    "catch_clause": "parameter",
    "for_in_statement": "left",
    "pair_pattern": "value",
    "assignment_pattern": "left",
    "object_assignment_pattern": "left",
}
_PASSED_ON = {"pair_pattern", "assignment_pattern", "object_assignment_pattern"}
_STATEMENTS = {"import_statement", "export_statement"}


def uses_of(source: bytes, tree: "Tree", names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
    """The uses of these names on these lines. Undecidable ones are left out."""
    for span in occurrences_on(source, names, lines):
        node = tree.root_node.named_descendant_for_byte_range(*span)
        if node is None or any(outer.is_error for outer in ancestors(node)):
            continue
        use = _use(source, tree, node, span)
        if use is not None:
            yield use


def _use(source: bytes, tree: "Tree", node: "Node", span: Span) -> Use | None:
    parent = node.parent
    if parent is not None and node.type == "string_fragment":
        statement = parent.parent
        module = module_of(statement) if statement is not None and statement.type in _STATEMENTS else None
        return ImportUse(module, None, line_of(node)) if module else None
    if parent is None or (node.start_byte, node.end_byte) != span:
        return None
    if node.type == "property_identifier":
        return _member(source, tree, node, parent)
    return _name(source, tree, node, parent) if node.type in _NAMES else None


def _name(source: bytes, tree: "Tree", node: "Node", parent: "Node") -> Use | None:
    if parent.type in ("import_specifier", "export_specifier"):
        return _specified(node, parent)
    bound = parent.type in ("namespace_import", "import_clause") or binds(node)
    if bound or local_scope(source, tree, node) is not None:
        return None
    return NameUse(text_of(node), line_of(node), call_of(node))


def _specified(node: "Node", specifier: "Node") -> Use | None:
    statement = next((outer for outer in ancestors(specifier) if outer.type in _STATEMENTS), None)
    module = module_of(statement) if statement is not None else None
    if not same(field(specifier, "name"), node):
        return None
    if module is None:
        return NameUse(text_of(node), line_of(node))
    return ImportUse(module, text_of(node), line_of(node))


def _member(source: bytes, tree: "Tree", node: "Node", whole: "Node") -> Use | None:
    if whole.type != "member_expression" or not same(field(whole, "property"), node):
        return None
    outer = whole.parent
    assigned = outer is not None and outer.type == "assignment_expression" and same(field(outer, "left"), whole)
    owner = _owner(source, tree, field(whole, "object")) or Owner("", Through.UNKNOWN)
    return None if assigned else MemberUse(text_of(node), line_of(node), owner, call_of(whole))


def call_of(function: "Node") -> Call | None:
    """The arguments with which an expression is called, or made by `new`; None if it is not."""
    call = function.parent
    if call is None:
        return None
    called = {"call_expression": "function", "new_expression": "constructor"}.get(call.type)
    arguments = field(call, "arguments")
    if called is None or not same(field(call, called), function) or arguments is None or arguments.has_error:
        return None
    given = [child for child in arguments.named_children if child.type != "comment"]
    spread = [child for child in given if child.type == "spread_element"]
    if arguments.type != "arguments":
        return None
    return Call(len(given) - len(spread), more=bool(spread), names=identifiers(given))


def _owner(source: bytes, tree: "Tree", node: "Node | None") -> Owner | None:
    """The dotted name through which a member is used, and what that is; None if undecidable."""
    if node is None:
        return None
    if node.type in ("this", "super"):
        inside = _class_around(node)
        return Owner(inside, Through.INSTANCE if node.type == "this" else Through.SUPER) if inside else None
    if node.type == "new_expression":
        made = field(node, "constructor")
        name = dotted(made)
        return Owner(name, Through.INSTANCE) if name and _free(source, tree, made) else None
    name = dotted(node)
    if name is None:
        return None
    if _free(source, tree, node):
        return Owner(name, Through.OWNER)
    return _local(source, tree, node) if node.type == "identifier" else None


def _free(source: bytes, tree: "Tree", node: "Node | None") -> bool:
    while node is not None and node.named_children:
        node = node.named_children[0]
    return node is not None and local_scope(source, tree, node) is None


def _local(source: bytes, tree: "Tree", node: "Node") -> Owner | None:
    """The class that a local is an instance of, by its annotation or by the `new` that made it."""
    scope = local_scope(source, tree, node)
    bound = NAMES.bound_in(source, tree, text_of(node), scope) if scope is not None else []
    parent = bound[0].parent if len(bound) == 1 else None
    if parent is None or parent.type not in ("variable_declarator", "required_parameter", "optional_parameter"):
        return None
    declaration = parent.parent
    if parent.type == "variable_declarator" and declaration is not None and text_of(declaration.children[0]) != "const":
        return None
    name = made_by(parent)
    return Owner(name, Through.INSTANCE, line_of(bound[0])) if name else None


def _class_around(node: "Node") -> str | None:
    """The class of the method that `this` is in."""
    for outer in ancestors(node):
        if outer.type in ("function_declaration", "function_expression", "generator_function", "object"):
            return None
        if outer.type in ("class_declaration", "abstract_class_declaration"):
            top = outer.parent
            declared = top is not None and top.type in ("program", "export_statement")
            return text_of(field(outer, "name")) if declared else None
    return None


# ---------------------------------------------------------------------------------------------- scopes


def binds(node: "Node") -> bool:
    """Whether an identifier is a binding occurrence."""
    if node.type == "shorthand_property_identifier_pattern":
        return True
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in _PATTERNS or (
            parent.type in _PASSED_ON and same(field(parent, _BINDING_FIELD[parent.type]), child)
        ):
            child, parent = parent, parent.parent
            continue
        if parent.type in ("formal_parameters", "namespace_import", "import_clause"):
            return True
        if parent.type == "import_specifier":
            return same(field(parent, "alias") or field(parent, "name"), child)
        return parent.type in _BINDING_FIELD and same(field(parent, _BINDING_FIELD[parent.type]), child)
    return False


def scope_of(node: "Node") -> "Node | None":
    """The innermost scope around a name; None is the file.

    The name of a function or class belongs to the enclosing scope.
    """
    for outer in ancestors(node):
        if outer.type in _SCOPES and not (outer.type in _NAMED_SCOPES and same(field(outer, "name"), node)):
            return outer
    return None


NAMES = Names({*_NAMES, "shorthand_property_identifier_pattern"}, binds, scope_of)


def local_scope(source: bytes, tree: "Tree", node: "Node") -> "Node | None":
    """The enclosing scope that binds an identifier; None if the file does."""
    name = text_of(node)
    scope = scope_of(node)
    while scope is not None:
        if NAMES.bound_in(source, tree, name, scope) or _var(source, tree, name, scope):
            return scope
        scope = scope_of(scope)
    return None


def _var(source: bytes, tree: "Tree", name: str, scope: "Node") -> bool:
    """Whether a `var` deeper in a function binds a name for all of it."""
    if "function" not in scope.type and scope.type != "method_definition":
        return False
    for node in NAMES.called(source, tree, name, scope):
        declaration = next((outer for outer in ancestors(node) if outer.type == "variable_declaration"), None)
        if declaration is not None and binds(node) and within(declaration, scope):
            return True
    return False
