"""One side of a merge as the semantic rule reads it: the files that it changed, their facts, and the changed lines."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from forksight.core.merge.diff import Hunk, Text, join_lines
from forksight.core.merge.three_way import Version
from forksight.core.overlaps.semantic.path_index import PathIndex
from forksight.core.overlaps.semantic.spans import contains, touches
from forksight.core.syntax.facts import Definition, Form, Span
from forksight.core.syntax.language import language_of
from forksight.core.syntax.package import Package
from forksight.core.syntax.source_file import SourceFile
from forksight.core.syntax.words import words

Names = Mapping[str, tuple[Definition, ...]]


@dataclass(frozen=True, eq=False)
class BaseTree:
    """The tree of the merge base. Each call may read objects; the rule makes none unless a changed name is used."""

    paths: Callable[[], PathIndex]
    file: Callable[[str], SourceFile | None]  # the file at a path; None if there is none, or if it can't be read
    # The paths of all files that contain a word; None if unknown.
    mentioning: Callable[[str], Collection[str] | None]


@dataclass(frozen=True, eq=False)
class FileChange:
    """One file that a side changed, added, deleted or renamed."""

    base_path: str | None  # None if it was added
    path: str | None  # None if it was deleted
    before: SourceFile | None  # the base's text; None if there is none, or in an unsupported language
    now: SourceFile | None  # this side's text, likewise
    version: Version | None = None  # this side's text diffed against the base's; None unless there are both

    @cached_property
    def lines(self) -> tuple[Span, ...]:
        """The lines of `now` that this side changed or added; all of them in a new file."""
        if self.now is None:
            return ()
        if self.version is None:
            return ((0, self.now.text.count(b"\n") + 1),)
        return tuple((hunk.start, hunk.end) for hunk in self.version.hunks if hunk.end > hunk.start)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words on `lines`."""
        if self.now is None:
            return frozenset()
        if self.version is None:
            return frozenset(_decoded(words([self.now.text])))
        text: Text = self.version.text
        return frozenset(_decoded(words([join_lines(text.lines[start:end]) for start, end in self.lines])))

    @cached_property
    def near(self) -> frozenset[str]:
        """The names of the base whose definitions the changed lines touch. `now` is not parsed for it."""
        if self.before is None or self.before.outline.broken:
            return frozenset()
        if self._left_package:
            return frozenset(_all(self.before.outline.names))
        module = self.before.language.module_names(self.base_path or "") if self.path != self.base_path else ()
        if self.version is None:
            return frozenset(module)
        changed = [(hunk.base_start, hunk.base_end) for hunk in self.version.hunks]
        exported = _near(self.before.outline.exports or {}, changed)
        return frozenset((*_near(self.before.outline.names, changed), *exported, *module))

    @property
    def _left_package(self) -> bool:
        """Whether the file was deleted from its package's folder, or moved to another."""
        folder = (self.base_path or "").rpartition("/")[0]
        return (
            self.before is not None
            and self.before.language.packages
            and (self.path is None or self.path.rpartition("/")[0] != folder)
        )

    @cached_property
    def touched(self) -> frozenset[str]:
        """The names of `near` whose uses elsewhere this change may break; none if either text does not parse."""
        if not self.near:
            return frozenset()
        before = self.before
        if before is None or before.outline.broken:
            return frozenset()
        if self._left_package:
            return self.near
        if self.now is None:
            return frozenset(before.language.module_names(self.base_path or ""))
        if self.now.outline.broken:
            return frozenset()
        moved = self.base_path is not None and self.path != self.base_path
        module = before.language.module_names(self.base_path or "") if moved else ()
        exported = set(before.outline.exports or ()) - set(self.now.outline.exports or ())
        return frozenset((*_touched(before.outline.names, self.now.outline.names), *exported, *module))

    @property
    def may_define(self) -> bool:
        """Whether a keyword that begins a function or class is among `words`."""
        return self.now is not None and not self.words.isdisjoint(self.now.language.defining_words)

    @cached_property
    def added(self) -> Mapping[tuple[str, ...], Definition]:
        """The functions and classes that this side adds, by their path of names (`("Outer", "method")`).

        Only those that are alone in their scope with their name. A new file's count only in languages with packages, where
        another file may define the same.
        """
        before, now = self.before, self.now
        if now is None or not self.may_define:
            return {}
        if before is None and (self.base_path is not None or not now.language.packages):
            return {}
        if now.outline.broken or (before and before.outline.broken):
            return {}
        touched = _added(before.outline.names if before else {}, now.outline.names, ())
        return {names: definition for names, definition in touched if self.changed_line(definition.line)}

    def changed_line(self, line: int) -> bool:
        """Whether this side changed or added a line of `now`."""
        return contains(self.lines, line)

    def base_line(self, line: int) -> int:
        """The base line that corresponds to a line of `now`; for a changed line, the last non-blank base line above the change."""
        hunks = self.version.hunks if self.version else ()
        count = bisect_right(hunks, line, key=attrgetter("start"))
        hunk = hunks[count - 1] if count else Hunk(0, 0, 0, 0)
        if line >= hunk.end:
            return line - hunk.end + hunk.base_end
        starts = self.before.line_starts if self.before else [0, 0]
        text = self.before.text if self.before else b""
        lines = range(min(hunk.base_start, len(starts) - 1) - 1, -1, -1)
        return next((above for above in lines if text[starts[above] : starts[above + 1]].strip()), 0)

    def place_of(self, line: int) -> Span:
        """The line of `now` that corresponds to a base line; for a changed line, the lines that replace it (perhaps none)."""
        hunks = self.version.hunks if self.version else ()
        count = bisect_right(hunks, line, key=attrgetter("base_start"))
        hunk = hunks[count - 1] if count else Hunk(0, 0, 0, 0)
        if line < hunk.base_end:
            return hunk.start, hunk.end
        shift = hunk.end - hunk.base_end
        return line + shift, line + shift + 1


class Edits:
    """All changes of one side against the base, and the side's tree."""

    def __init__(self, base: BaseTree, changes: Iterable[FileChange]) -> None:
        self.base = base
        self.changes = tuple(changes)
        self.by_base_path = {change.base_path: change for change in self.changes if change.base_path is not None}
        self._packages: dict[str, Package | None] = {}
        self.by_path = {change.path: change for change in self.changes if change.path is not None}

    @cached_property
    def paths(self) -> PathIndex:
        """The paths of this side's tree."""
        return self.base.paths().changed(self.by_base_path, self.by_path)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words on the lines that this side changed."""
        return frozenset().union(*(change.words for change in self.changes))

    @cached_property
    def near(self) -> frozenset[str]:
        """The names of the base whose definitions this side may have changed. No changed text is parsed for it."""
        return frozenset().union(*(change.near for change in self.changes))

    @cached_property
    def may_define(self) -> bool:
        """Whether this side may add a function or class. No changed text is parsed for it."""
        return any(change.may_define for change in self.changes)

    def touched(self, words: Set[str]) -> frozenset[str]:
        """Those of `words` whose uses elsewhere this side may break. Only files that may have changed one of them are parsed."""
        if self.near.isdisjoint(words):
            return frozenset()
        near = (change for change in self.changes if not change.near.isdisjoint(words))
        return frozenset().union(*(change.touched & words for change in near))

    def file(self, path: str) -> SourceFile | None:
        """The file, or the package (`path` ends in a slash), of this side's tree; None if there is none, or if it can't be read."""
        if path.endswith("/"):
            package = self._package(path)
            return package.file if package else None
        change = self.by_path.get(path)
        if change is not None:
            return change.now
        return None if path in self.by_base_path else self.base.file(path)

    def place(self, path: str, line: int) -> tuple[str, int]:
        """The file and line of a line of a file or package; a package's lines are those of its files one after the other."""
        package = self._package(path) if path.endswith("/") else None
        return package.place(line) if package else (path, line)

    def _package(self, path: str) -> Package | None:
        if path not in self._packages:
            self._packages[path] = self._read_package(path)
        return self._packages[path]

    def _read_package(self, path: str) -> Package | None:
        """The package of a folder; None if any of its files can't be read."""
        language = language_of(path)
        files = [(name, self.file(name)) for name in language.package(path, self.paths)] if language else []
        texts = [(name, file.text) for name, file in files if file is not None]
        return Package.of(language, texts) if language and len(texts) == len(files) else None

    def base_path(self, path: str) -> str | None:
        """The base's path of a file of this side; None if this side added it."""
        change = self.by_path.get(path)
        return change.base_path if change else path

    def path(self, base_path: str) -> str | None:
        """This side's path of a file of the base; None if this side deleted it."""
        change = self.by_base_path.get(base_path)
        return change.path if change else base_path


def _decoded(names: Iterable[bytes]) -> Iterable[str]:
    return (word.decode("utf-8", "replace") for word in names)


def _all(names: Names) -> Iterator[str]:
    """All names, members included."""
    for name, definitions in names.items():
        yield name
        for definition in definitions:
            yield from _all(definition.members)


def _touched(before: Names, after: Names) -> Iterable[str]:
    """The names that are gone or changed, members included, and the classes with such a member.

    A class that became a function counts as changed, since it is called by another signature.
    """
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield name
            if old[-1].form is Form.VALUE:  # a stand-in for a type of another file, with its methods
                yield from old[-1].members
            continue
        if [definition.signature for definition in old] != [definition.signature for definition in new] or (
            old[-1].form,
            new[-1].form,
        ) == (
            Form.CLASS,
            Form.FUNCTION,
        ):
            yield name
        members, now = old[-1].members, new[-1].members
        inner = set(_touched(members, now)) if members else set[str]()
        yield from inner
        if inner or any(definition.abstract for key in now.keys() - members.keys() for definition in now[key]):
            yield name


def _near(names: Names, changed: Sequence[Span]) -> Iterable[str]:
    """The names whose definitions the `changed` lines touch, members included.

    A class is taken to reach up to the next definition: lines added below it may belong to it.
    """
    begins = sorted(definition.lines[0] for definitions in names.values() for definition in definitions)
    for name, definitions in names.items():
        for definition in definitions:
            first, end = definition.lines
            if definition.form is Form.CLASS:
                following = bisect_left(begins, end)
                end = begins[following] if following < len(begins) else sys.maxsize
            touched = touches(changed, first, end)
            inner = list(_near(definition.members, changed)) if touched or definition.scattered else []
            if touched or inner:
                yield name
            yield from inner


def _added(before: Names, now: Names, scope: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Definition]]:
    """The functions and classes whose names the base's scope lacks, and likewise those in classes that both have."""
    for name, definitions in now.items():
        definition, old = definitions[0], before.get(name)
        if old is None:
            meant = name != "_" and not definition.optional and not definition.repeatable
            if len(definitions) == 1 and meant and definition.form in (Form.FUNCTION, Form.CLASS):
                yield (*scope, name), definition
        elif len(definitions) == len(old) == 1 and definition.form is old[0].form is Form.CLASS:
            yield from _added(old[0].members, definition.members, (*scope, name))
