"""A console that escapes control characters in all its output."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from forksight.core.words.terminal import printable_lines


class PrintableConsole(Console):
    """A console whose output has no control characters but rich's own."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render with control characters escaped. The texts of tables' cells and trees' labels pass through here, too."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable_lines(segment.text), segment.style)
