"""Merges of installed packages, made from their real sources; it is known for each merge whether it is broken.

One side renames a definition with all its uses, or removes an import with its only use; the other side adds a copy of a function. Only
names that the package defines once are renamed, so the merge is broken if and only if the copy uses that name.
"""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from bench.semantic.programs import read_python, read_typescript
from bench.semantic.programs.definition import Definition
from bench.semantic.programs.sides import Files
from bench.sources import ROOT
from forksight.core.merge.diff import split_lines
from forksight.core.merge.three_way import meet, version
from forksight.core.syntax.language import language_of

PYTHON_PACKAGES = (
    "click",
    "git",
    "pydantic",
    "pygls",
    "rich",
)  # dependencies of Forksight, so they are always installed
TYPESCRIPT_PACKAGES = ("ajv/lib", "@azure/msal-browser/src", "@azure/msal-common/src", "@azure/msal-node/src")
_MODULES = ROOT / "editors/vscode/node_modules"  # these packages contain their sources
_TRIES = 40  # names that are tried for each merge, until one is used somewhere
_SHORTEST = 5  # characters of a renamed name; shorter ones occur as words in too many texts


class Reader(Protocol):
    """What a module that reads a language provides."""

    ENDINGS: Collection[str]
    IMPORTS: str  # a pattern for a line that imports one name, with the group `name`
    LANGUAGE: str  # the path of a file in the language

    def definitions(self, path: str, text: str) -> Iterator[Definition]:
        """All functions, classes and constants at the top of a file, and all methods."""

    def bound(self, text: str) -> Iterator[str]:
        """Every name that a file binds anywhere, other than by importing it."""


@dataclass(frozen=True)
class Merge:
    """A clean merge: one side added a copy (`ours`), the other renamed or removed something (`theirs`)."""

    what: str
    ours: Files
    theirs: Files


@dataclass(frozen=True)
class Package:
    """The sources of an installed package."""

    name: str
    files: Mapping[str, str] = field(repr=False)
    reader: Reader = field(repr=False)

    @classmethod
    def of(cls, name: str, folder: Path, reader: Reader) -> "Package":
        """The package with all files below a folder that the reader can read."""
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix in reader.ENDINGS and path.is_file()]
        return cls(name, {str(path.relative_to(folder.parent)): path.read_text() for path in paths}, reader)

    @cached_property
    def definitions(self) -> list[Definition]:
        """All functions, classes and constants at the top of a file, and all methods."""
        return [definition for path, text in self.files.items() for definition in self.reader.definitions(path, text)]

    @cached_property
    def _once(self) -> list[Definition]:
        """The definitions whose name the package binds only once, and that is no common member of the language."""
        language = language_of(self.reader.LANGUAGE)
        assert language is not None
        bound = Counter(name for text in self.files.values() for name in self.reader.bound(text))
        return [
            definition
            for definition in self.definitions
            if bound[definition.name] == 1
            and len(definition.name) >= _SHORTEST
            and not definition.name.startswith("__")
            and not language.common_member(definition.name)
        ]

    @cached_property
    def _copied(self) -> list[tuple[Definition, str]]:
        """The functions that can be copied, with their texts."""
        texts = []
        for definition in self.definitions:
            if definition.says:
                lines = self.files[definition.path].splitlines(keepends=True)
                texts.append((definition, "".join(lines[slice(*definition.lines)])))
        return texts

    def merges(self, chance: random.Random, count: int, *, broken: bool, methods: bool) -> Iterator[Merge]:
        """Up to `count` clean merges, all broken or none of them (`broken`). Methods are renamed, or everything but methods."""
        renamed = [definition for definition in self._once if (definition.kind == "method") is methods]
        for _ in range(_TRIES * count if renamed else 0):
            target = chance.choice(renamed)
            word = re.compile(rf"\b{target.name}\b")
            copies = [
                definition
                for definition, text in self._copied
                if definition != target
                and (
                    (f".{target.name}" if methods else target.name) in definition.says
                    if broken
                    else not word.search(text)
                )
            ]
            if copies:
                theirs = {
                    path: word.sub(f"{target.name}_new", text) for path, text in self.files.items() if word.search(text)
                }
                merge = Merge(target.kind, self._with_copy(chance.choice(copies)), theirs)
                if not self._stops(merge):
                    yield merge
                    count -= 1
            if not count:
                break

    def dropped(self, chance: random.Random, count: int) -> Iterator[Merge]:
        """Up to `count` merges: one side removes an import with the only function that uses it, the other adds a copy of that function."""
        candidates = []
        for definition, text in self._copied:
            whole = self.files[definition.path]
            for match in re.finditer(self.reader.IMPORTS, whole, re.MULTILINE):
                line, name = match[0], match["name"]
                uses = len(re.findall(rf"\b{name}\b", text))
                if name in definition.says and len(re.findall(rf"\b{name}\b", whole)) == uses + len(
                    re.findall(rf"\b{name}\b", line)
                ):
                    candidates.append((definition, text, line))
        for definition, text, line in chance.sample(candidates, min(count, len(candidates))):
            whole = self.files[definition.path]
            theirs = {definition.path: whole.replace(line, "", 1).replace(text, "", 1)}
            merge = Merge("import", self._with_copy(definition), theirs)
            if not self._stops(merge):
                yield merge

    def _stops(self, merge: Merge) -> bool:
        """Whether git would stop at a merge."""
        for path in merge.ours.keys() & merge.theirs.keys():
            base, ours, theirs = (
                split_lines((files[path] or "").encode()) for files in (self.files, merge.ours, merge.theirs)
            )
            if any(meeting.conflict for meeting in meet(version(base, ours), version(base, theirs))):
                return True
        return False

    def _with_copy(self, definition: Definition) -> Files:
        """The file with a copy of a function at the end of the function's class or file."""
        lines = self.files[definition.path].splitlines(keepends=True)
        copy = re.sub(
            rf"\b{definition.name}\b", f"{definition.name}_copy", "".join(lines[slice(*definition.lines)]), count=1
        )
        return {definition.path: "".join([*lines[: definition.end], "\n\n", copy, *lines[definition.end :]])}


def python_packages() -> Iterator[Package]:
    """The packages of `PYTHON_PACKAGES`."""
    for name in PYTHON_PACKAGES:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Package.of(name, Path(spec.origin).parent, read_python)


def typescript_packages() -> Iterator[Package]:
    """Packages that are installed to build the VS Code extension; none if they are not installed."""
    for name in TYPESCRIPT_PACKAGES:
        if (_MODULES / name).is_dir():
            yield Package.of(name, _MODULES / name, read_typescript)
