"""A source file's text with its facts, made at their first use and kept: the tree itself is not, it is large."""

from dataclasses import dataclass, field
from functools import cached_property

from forksight.core.syntax.facts import Outline
from forksight.core.syntax.language import Language, parsed

_BROKEN = Outline(broken=True)


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One text in one language."""

    language: Language
    text: bytes = field(repr=False)

    @cached_property
    def outline(self) -> Outline:
        """What it binds; broken if it does not parse."""
        tree = parsed(self.language, self.text)
        return self.language.outline(self.text, tree) if tree else _BROKEN

    def mentions(self, name: str) -> bool:
        """Whether it uses a name that no function around it binds; also where that can't be told."""
        tree = parsed(self.language, self.text)
        return tree is None or self.language.mentions(self.text, tree, name)
