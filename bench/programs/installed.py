"""Merges of packages that are installed here: somebody's real sources, with a change that breaks a copy of what uses it, or does not.

One side renames something with all its uses, or drops an import with its only use; the other adds a copy of a function that is there.
Only names that the package defines once are renamed: so the merge is broken if the copy says that name, and whole if it does not.
"""

import ast
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from bench.programs.sides import Files
from forksight.core.merge.diff import split_lines
from forksight.core.merge.three_way import meet, version
from forksight.core.syntax.language import language_of

PACKAGES = ("click", "git", "pydantic", "pygls", "rich")  # dependencies of Forksight: installed wherever it is
_SHORTEST = 5  # characters of a name that is renamed: shorter ones are words in too many texts


@dataclass(frozen=True)
class Definition:
    """A function, class or constant of a package."""

    path: str
    name: str
    kind: str  # `function`, `class`, `constant` or `method`
    lines: tuple[int, int]  # half-open, 0-based; with the decorators
    says: frozenset[str] = frozenset()  # of a function that can be copied: the names and attributes that it reads
    end: int = 0  # of such a function: where its class ends, or the file: before that line a copy can stand


@dataclass(frozen=True)
class Merge:
    """What one side changed, and what the other added."""

    what: str
    ours: Files
    theirs: Files


@dataclass(frozen=True)
class Package:
    """The sources of an installed package."""

    name: str
    files: Mapping[str, str] = field(repr=False)

    @classmethod
    def installed(cls, name: str) -> "Package":
        """A package by its name. Raises LookupError."""
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise LookupError(name)
        folder = Path(spec.origin).parent
        paths = sorted(folder.rglob("*.py"))
        return cls(name, {str(path.relative_to(folder.parent)): path.read_text() for path in paths})

    @cached_property
    def definitions(self) -> list[Definition]:
        """All functions, classes and constants at the top of a file, and all methods."""
        return [definition for path, text in self.files.items() for definition in _definitions(path, ast.parse(text))]

    @cached_property
    def _once(self) -> list[Definition]:
        """Those whose name the package binds once, and that no language knows by itself."""
        language = language_of("a.py")
        assert language is not None
        bound = Counter(name for text in self.files.values() for name in _bound(ast.parse(text)))
        return [
            known
            for known in self.definitions
            if bound[known.name] == 1
            and len(known.name) >= _SHORTEST
            and not known.name.startswith("__")
            and not language.common_member(known.name)
        ]

    @cached_property
    def _copied(self) -> list[tuple[Definition, str]]:
        found = []
        for known in self.definitions:
            if known.says:
                lines = self.files[known.path].splitlines(keepends=True)
                found.append((known, "".join(lines[slice(*known.lines)])))
        return found

    def merges(self, chance: random.Random, count: int, *, broken: bool, methods: bool) -> Iterator[Merge]:
        """Merges that are clean, each `broken`, or none of them; `methods` are renamed, or everything else."""
        renamed = [known for known in self._once if (known.kind == "method") is methods]
        while count:
            gone = chance.choice(renamed)
            word = re.compile(rf"\b{gone.name}\b")
            copies = [
                known
                for known, text in self._copied
                if known != gone and (gone.name in known.says if broken else not word.search(text))
            ]
            if copies:
                theirs = {
                    path: word.sub(f"{gone.name}_new", text) for path, text in self.files.items() if word.search(text)
                }
                merge = Merge(gone.kind, self._with_copy(chance.choice(copies)), theirs)
                if not self._stops(merge):
                    yield merge
                    count -= 1

    def dropped(self, chance: random.Random, count: int) -> Iterator[Merge]:
        """Merges in which an import goes with the one function that uses it, and a copy of that function comes."""
        candidates = []
        for known, text in self._copied:
            whole = self.files[known.path]
            for line in re.findall(r"^from \S+ import \w+\n|^import \w+\n", whole, re.MULTILINE):
                name = line.split()[-1]
                uses = len(re.findall(rf"\b{name}\b", text))
                if name in known.says and len(re.findall(rf"\b{name}\b", whole)) == uses + len(
                    re.findall(rf"\b{name}\b", line)
                ):
                    candidates.append((known, text, line))
        for known, text, line in chance.sample(candidates, min(count, len(candidates))):
            whole = self.files[known.path]
            theirs = {known.path: whole.replace(line, "", 1).replace(text, "", 1)}
            merge = Merge("import", self._with_copy(known), theirs)
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

    def _with_copy(self, known: Definition) -> Files:
        """A copy of a function at the end of its class or file."""
        lines = self.files[known.path].splitlines(keepends=True)
        copy = re.sub(rf"\bdef {known.name}\b", f"def {known.name}_copy", "".join(lines[slice(*known.lines)]), count=1)
        return {known.path: "".join([*lines[: known.end], "\n\n", copy, *lines[known.end :]])}


def _definitions(path: str, tree: ast.Module) -> Iterator[Definition]:
    end = tree.body[-1].end_lineno or 0 if tree.body else 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _definition(path, node, "function", end)
        elif isinstance(node, ast.ClassDef):
            yield _definition(path, node, "class", end)
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield _definition(path, inner, "method", node.end_lineno or 0)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield Definition(path, node.targets[0].id, "constant", (node.lineno - 1, node.end_lineno or 0))


def _definition(
    path: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, kind: str, end: int
) -> Definition:
    first, stop = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1, node.end_lineno or 0
    # beside what it was copied of, a copy would touch what changes there
    copied = kind != "class" and not node.decorator_list and stop < end
    return Definition(path, node.name, kind, (first, stop), frozenset(_said(node)) if copied else frozenset[str](), end)


def _said(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that a file binds anywhere, other than by importing it; also attributes that it sets, and keywords."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.arg) or (isinstance(node, ast.keyword) and node.arg):
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
