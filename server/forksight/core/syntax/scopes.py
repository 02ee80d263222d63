"""Names and the scopes that bind them, for all languages."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from forksight.core.frozen import dataclass
from forksight.core.syntax.facts import Span
from forksight.core.syntax.nodes import lines_of, node_at, overlaps, same
from forksight.core.syntax.words import occurrences

if TYPE_CHECKING:
    from tree_sitter import Node, Tree


@dataclass(frozen=True, slots=True)
class Names:
    """How names appear in a language's syntax tree."""

    kinds: Collection[str]  # the types of the nodes that are names
    binds: Callable[["Node"], bool]  # whether a name is bound where it stands
    scope_of: Callable[["Node"], "Node | None"]  # the innermost scope that a name belongs to; None for the file

    def called(self, source: bytes, tree: "Tree", name: str, outer: "Node | None" = None) -> Iterator["Node"]:
        """All occurrences of this name in a node, or in the file."""
        start, end = (outer.start_byte, outer.end_byte) if outer else (0, len(source))
        for span in occurrences(source, name, start, end):
            node = node_at(tree, *span)
            if node is not None and node.type in self.kinds:
                yield node

    def scopes_around(self, tree: "Tree", line: int) -> Iterator[Span]:
        """The lines of the scopes around the end of a line, innermost first, without the file."""
        node = tree.root_node.descendant_for_point_range((line, 0), (line + 1, 0))
        while node is not None and (scope := self.scope_of(node)) is not None:
            node = scope
            yield lines_of(scope)

    def bound_around(self, source: bytes, tree: "Tree", name: str, lines: Span) -> bool:
        """Whether a scope around any of these lines, other than the file, binds this name."""
        return any(
            self.binds(node) and (scope := self.scope_of(node)) is not None and overlaps(scope, lines)
            for node in self.called(source, tree, name)
        )

    def bound_in(self, source: bytes, tree: "Tree", name: str, scope: "Node") -> list["Node"]:
        """The occurrences at which a scope itself (not one inside of it) binds this name."""
        return [
            node
            for node in self.called(source, tree, name, scope)
            if self.binds(node) and (owner := self.scope_of(node)) is not None and same(owner, scope)
        ]
