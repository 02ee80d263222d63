"""Turns the texts of both sides of a merge into the input of the semantic rule."""

from collections.abc import Mapping

from bench.semantic.programs.edits import Seed
from forksight.core.merge.diff import split_lines
from forksight.core.merge.three_way import version
from forksight.core.overlaps.semantic.edits import BaseTree, Edits, FileChange
from forksight.core.overlaps.semantic.path_index import PathIndex
from forksight.core.overlaps.semantic.rule import Breaks, breaks
from forksight.core.syntax.go.modules import FILE, module_path
from forksight.core.syntax.language import language_of
from forksight.core.syntax.source_file import SourceFile

Files = Mapping[str, str | None]  # path -> text; None: the file is deleted


def source(path: str, text: str | None) -> SourceFile | None:
    """A source file; None without a text, or if no language has files with such a name."""
    language = language_of(path)
    return SourceFile(language, text.encode()) if language and text is not None else None


def base_tree(base: Files) -> BaseTree:
    """The merge base as the rule reads it: lazily, file by file."""
    return BaseTree(
        lambda: PathIndex(base, _modules(base)),
        lambda path: source(path, base.get(path)),
        lambda name: [path for path, text in base.items() if text and name in text],
    )


def _modules(files: Files) -> Mapping[str, str]:
    texts = {path.rpartition("/")[0]: text for path, text in files.items() if path.rpartition("/")[2] == FILE and text}
    return {folder: path for folder, text in texts.items() if (path := module_path(text.encode()))}


def edits(base: Files, edited: Files, renames: Mapping[str, str] | None = None) -> Edits:
    """One side's edits: `edited` are the files that it changed, added or deleted; `renames` maps old paths to new ones."""
    old_names = {new: old for old, new in (renames or {}).items()}
    changes = []
    for path, text in edited.items():
        old = old_names.get(path, path)
        if old == path and text == base.get(path):
            continue
        before = base.get(old)
        lines_version = None
        if before is not None and text is not None:
            lines_version = version(split_lines(before.encode()), split_lines(text.encode()))
        changes.append(
            FileChange(
                old if before is not None else None,
                path if text is not None else None,
                source(old, before),
                source(path, text),
                lines_version,
            )
        )
    return Edits(base_tree(base), changes)


def merged(
    base: Files, ours: Files, theirs: Files, their_renames: Mapping[str, str] | None = None, *, likely: bool = False
) -> Breaks:
    """The breaks of merging two sides, given the files that each changed; with `likely`, also those that are only likely."""
    return breaks(edits(base, ours), edits(base, theirs, their_renames), likely=likely)


def changed(base: Files, files: Files) -> Files:
    """The files of one side that differ from the base: changed, added or deleted."""
    return {path: files.get(path) for path in {**base, **files} if files.get(path) != base.get(path)}


def broken_by(seed: Seed, *, likely: bool = False) -> Breaks:
    """What the semantic rule finds in a seeded merge."""
    base, ours, theirs = (seed.dialect.texts(side) for side in (seed.base, seed.ours, seed.theirs))
    return merged(base, changed(base, ours), changed(base, theirs), likely=likely)
