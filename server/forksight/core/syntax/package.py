"""A package: the files of a folder, which share one scope."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.syntax.language import Language
from forksight.core.syntax.source_file import SourceFile


@dataclass(frozen=True, eq=False)
class Package:
    """The concatenated texts of a package, and where each begins."""

    file: SourceFile
    paths: Sequence[str]
    starts: Sequence[int]  # the first line of each

    @classmethod
    def of(cls, language: Language, texts: Sequence[tuple[str, bytes]]) -> "Package":
        """The package of these (path, text) pairs."""
        starts, whole = [], []
        line = 0
        for _, text in texts:
            starts.append(line)
            ended = text if text.endswith(b"\n") else text + b"\n"
            whole.append(ended)
            line += ended.count(b"\n")
        return cls(SourceFile(language, b"".join(whole)), [path for path, _ in texts], starts)

    def place(self, line: int) -> tuple[str, int]:
        """The file and line number of a line of the whole text."""
        number = bisect_right(self.starts, line) - 1
        return self.paths[number], line - self.starts[number]
