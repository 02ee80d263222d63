"""Finds uses of names in a Python file, and how they are qualified."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Call, ImportUse, MemberUse, NameUse, Owner, Span, Through, Use
from forksight.core.syntax.nodes import ancestors, field, identifiers, line_of, node_at, same, text_of, within
from forksight.core.syntax.python.outline import dotted
from forksight.core.syntax.python.scope import NAMES, binds, declared, local_scope
from forksight.core.syntax.words import occurrences_on

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "NameError"}
_ATTRIBUTE_ERRORS = {"AttributeError"}
_IMPORTS = {"import_statement", "import_from_statement"}


def uses_of(source: bytes, tree: "Tree", names: Collection[str], lines: Sequence[Span]) -> Iterator[Use]:
    """The uses of these names on these lines. Undecidable ones are left out."""
    for span in occurrences_on(source, names, lines):
        node = node_at(tree, *span)
        if (
            node is not None
            and node.type == "identifier"
            and not any(ancestor.is_error for ancestor in ancestors(node))
        ):
            use = _use(source, tree, node)
            if use is not None:
                yield use


def _use(source: bytes, tree: "Tree", node: "Node") -> Use | None:
    parent = node.parent
    if parent is None or declared(node):
        return None
    statement = next((ancestor for ancestor in ancestors(node) if ancestor.type in _IMPORTS), None)
    if statement is not None:
        return _imported(node, statement)
    if parent.type == "attribute" and _is_field(parent, "attribute", node):
        return _attribute(source, tree, node, parent)
    keyword = parent.type == "keyword_argument" and _is_field(parent, "name", node)
    if keyword or binds(node) or parent.type in ("dotted_name", "keyword_pattern") or local_scope(source, tree, node):
        return None
    return NameUse(text_of(node), line_of(node), call_of(node), _guarded(node, _IMPORT_ERRORS))


def _attribute(source: bytes, tree: "Tree", node: "Node", whole: "Node") -> Use | None:
    owner = _owner(source, tree, field(whole, "object")) or Owner("", Through.UNKNOWN)
    if _assigned(whole):
        return None
    return MemberUse(text_of(node), line_of(node), owner, call_of(whole), _guarded(node, _ATTRIBUTE_ERRORS))


def _imported(node: "Node", statement: "Node") -> Use | None:
    """A word of an import: the imported name, or the last word of the module's."""
    guarded = _guarded(node, _IMPORT_ERRORS)
    module = field(statement, "module_name")
    line = line_of(node)
    if module is not None and within(node, module):
        words = text_of(module)
        last = words.rpartition(".")[2] == text_of(node) and node.end_byte == module.end_byte
        return ImportUse(words, None, line, guarded) if last else None
    for child in statement.children_by_field_name("name"):
        path = field(child, "name") if child.type == "aliased_import" else child
        if path is not None and within(node, path):
            if module is not None:
                return ImportUse(text_of(module), text_of(path), line, guarded)
            return ImportUse(text_of(path), None, line, guarded) if node.end_byte == path.end_byte else None
    return None


def call_of(function: "Node") -> Call | None:
    """The arguments with which an expression is called; None if it is not."""
    call = function.parent
    if call is None or call.type != "call" or not _is_field(call, "function", function):
        return None
    arguments = field(call, "arguments")
    if arguments is None or arguments.has_error:
        return None
    if arguments.type == "generator_expression":
        return Call(1)
    places, keywords, more, more_keywords = list["Node"](), set(), False, False
    for child in arguments.named_children:
        if child.type == "keyword_argument":
            keywords.add(text_of(field(child, "name")))
        elif child.type == "list_splat":
            more = True
        elif child.type == "dictionary_splat":
            more_keywords = True
        elif child.type != "comment":
            places.append(child)
    return Call(len(places), frozenset(keywords), more, more_keywords, identifiers(places))


def _owner(source: bytes, tree: "Tree", node: "Node | None") -> Owner | None:
    """The dotted name through which a member is used, and what that is; None if undecidable."""
    if node is not None and node.type == "call":
        function = field(node, "function")
        if text_of(function) == "super":
            inside = _class_around(node)
            return Owner(inside, Through.SUPER) if inside else None
        name = dotted(function)
        return Owner(name, Through.INSTANCE) if name and _free(source, tree, function) else None
    name = dotted(node) if node is not None and node.type in ("identifier", "attribute") else None
    if node is None or name is None:
        return None
    if _free(source, tree, node):
        return Owner(name, Through.OWNER)
    scope = local_scope(source, tree, node) if node.type == "identifier" else None
    return _local(source, tree, name, scope) if scope else None


def _free(source: bytes, tree: "Tree", node: "Node | None") -> bool:
    while node is not None and node.type == "attribute":
        node = field(node, "object")
    return node is not None and local_scope(source, tree, node) is None


def _local(source: bytes, tree: "Tree", name: str, scope: "Node") -> Owner | None:
    """What a local name is an instance of: by a method's receiver, a parameter's annotation, or the class that was called."""
    bound = NAMES.bound_in(source, tree, name, scope)
    if len(bound) != 1 or bound[0].parent is None:
        return None
    node, parent = bound[0], bound[0].parent
    if parent.type in ("parameters", "typed_parameter") and scope.type == "function_definition":
        receiver = _receiver(scope, node)
        if receiver:
            return receiver
    made: str | None = None
    if parent.type in ("typed_parameter", "typed_default_parameter", "assignment"):
        annotation = field(parent, "type")
        value = field(parent, "right") if parent.type == "assignment" else None
        made_of = annotation.named_children[0] if annotation and annotation.named_children else None
        if made_of is None and value is not None and value.type == "call":
            made_of = field(value, "function")
        if made_of is not None and (made_of.type == "string" or _free(source, tree, made_of)):
            made = dotted(made_of)
    return Owner(made, Through.INSTANCE, line_of(node)) if made else None


def _receiver(function: "Node", parameter: "Node") -> Owner | None:
    """The class that a method's first parameter is an instance of, or stands for."""
    inside = _class_around(function, directly=True)
    parameters = field(function, "parameters")
    first = parameters.named_children[0] if parameters and parameters.named_children else None
    if inside is None or first is None or not within(parameter, first):
        return None
    whole = function.parent
    decorators = whole.named_children if whole is not None and whole.type == "decorated_definition" else []
    said = {text_of(decorator).removeprefix("@") for decorator in decorators if decorator.type == "decorator"}
    if "staticmethod" in said:
        return None
    return Owner(inside, Through.CLASS if "classmethod" in said else Through.INSTANCE)


def _class_around(node: "Node", *, directly: bool = False) -> str | None:
    """The dotted name of the class that a node is in; with `directly`, that a function is a method of."""
    names: list[str] = []
    for outer in ancestors(node):
        if outer.type == "class_definition":
            names.append(text_of(field(outer, "name")))
        elif outer.type in ("function_definition", "lambda") and (directly or names):
            return None  # a class in a function is nobody else's
    return ".".join(reversed(names)) or None


def _assigned(attribute: "Node") -> bool:
    """Whether an attribute is set or deleted, not read."""
    outer = attribute.parent
    return outer is not None and (
        outer.type == "delete_statement" or (outer.type == "assignment" and _is_field(outer, "left", attribute))
    )


def _guarded(node: "Node", errors: set[str]) -> bool:
    """Whether a `try` around a node expects just this to fail."""
    for outer in ancestors(node):
        if outer.type == "try_statement" and within(node, field(outer, "body")):
            for clause in outer.named_children:
                if clause.type == "except_clause":
                    caught = text_of(clause).partition("\n")[0].partition(":")[0]
                    if any(error in caught for error in errors):
                        return True
        if outer.type in ("function_definition", "lambda"):
            return False
    return False


def _is_field(parent: "Node", name: str, child: "Node") -> bool:
    return same(field(parent, name), child)
