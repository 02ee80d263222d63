"""Helpers for tree-sitter's nodes."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Tree


def text_of(node: "Node | None") -> str:
    """A node's text; "" for None."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def line_of(node: "Node") -> int:
    """The line on which a node begins, 0-based."""
    line: int = node.start_point[0]
    return line


def lines_of(node: "Node") -> tuple[int, int]:
    """The lines of a node, 0-based and half-open."""
    return node.start_point[0], node.end_point[0] + 1


def overlaps(node: "Node", lines: tuple[int, int]) -> bool:
    """Whether a node is on any of these lines (half-open)."""
    first, end = lines_of(node)
    return first < lines[1] and lines[0] < end


def field(node: "Node", name: str) -> "Node | None":
    """A child by the name of its field."""
    return node.child_by_field_name(name)


def node_at(tree: "Tree", start: int, end: int) -> "Node | None":
    """The leaf with exactly these bytes; None if there is none, or if the text around it does not parse."""
    node = tree.root_node.named_descendant_for_byte_range(start, end)
    if node is None or node.start_byte != start or node.end_byte != end or node.child_count:
        return None
    return node


def ancestors(node: "Node") -> Iterator["Node"]:
    """A node's ancestors, nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def identifiers(nodes: Iterable["Node"]) -> tuple[str, ...]:
    """The text of each node that is an identifier; "" for any other node."""
    return tuple(text_of(node) if node.type == "identifier" else "" for node in nodes)


def within(node: "Node", outer: "Node | None") -> bool:
    """Whether a node is inside of another."""
    return outer is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def same(node: "Node | None", other: "Node") -> bool:
    """Whether these are the same node of a tree."""
    return node is not None and bool(node.id == other.id)
