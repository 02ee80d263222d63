"""A source file's text with its facts, computed at first use and cached. The large syntax tree is not cached."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from forksight.core.merge.diff import equal_bytes, equal_bytes_at_end
from forksight.core.syntax.facts import Outline
from forksight.core.syntax.language import Language, parsed
from forksight.core.syntax.words import line_starts, occurrences

if TYPE_CHECKING:
    from tree_sitter import Tree

_BROKEN = Outline(broken=True)


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One text in one language. `tree_of` makes its syntax tree, where a faster way than parsing it anew is known."""

    language: Language
    text: bytes = field(repr=False)
    tree_of: "Callable[[], Tree | None] | None" = field(default=None, repr=False)
    _mentions: dict[str, bool] = field(default_factory=dict, repr=False)

    def tree(self) -> "Tree | None":
        """The syntax tree; None if the text is too large to look at."""
        return self.tree_of() if self.tree_of else parsed(self.language, self.text)

    @cached_property
    def outline(self) -> Outline:
        """The names that it binds; `broken` if it does not parse."""
        tree = self.tree()
        return self.language.outline(tree) if tree and not tree.root_node.has_error else _BROKEN

    @cached_property
    def line_starts(self) -> list[int]:
        """See `core.syntax.words.line_starts`."""
        return line_starts(self.text)

    def mentions(self, name: str) -> bool:
        """Whether it may use a name where no enclosing function binds it; True if unknown."""
        mentioned = self._mentions.get(name)
        if mentioned is None:
            mentioned = self._mentions[name] = self.has_word(name) and self._uses(name)
        return mentioned

    def has_word(self, name: str) -> bool:
        """Whether it contains a word anywhere. It is not parsed for that."""
        return next(occurrences(self.text, name), None) is not None

    def _uses(self, name: str) -> bool:
        tree = self.tree()
        return tree is None or self.language.mentions(self.text, tree, name)


@dataclass
class LastTree:
    """The last syntax tree of a text that changes little and is parsed repeatedly."""

    last: "tuple[bytes, Tree] | None" = None

    def of(self, language: Language, text: bytes) -> "Tree | None":
        """The tree of a text, parsed incrementally from the last one."""
        if self.last is None:
            tree = parsed(language, text)
        elif self.last[0] == text:
            return self.last[1]
        else:
            tree = language.parse(text, _edited(*self.last, text))
        self.last = (text, tree) if tree else None
        return tree


def _edited(before: bytes, tree: "Tree", text: bytes) -> "Tree":
    """A copy of a tree, edited for the change from one text to another."""
    head = equal_bytes(before, text)
    tail = equal_bytes_at_end(before, text, min(len(before), len(text)) - head)
    edited = tree.copy()
    old_end, new_end = len(before) - tail, len(text) - tail
    edited.edit(head, old_end, new_end, _point(before, head), _point(before, old_end), _point(text, new_end))
    return edited


def _point(text: bytes, at: int) -> tuple[int, int]:
    return text.count(b"\n", 0, at), at - (text.rfind(b"\n", 0, at) + 1)
