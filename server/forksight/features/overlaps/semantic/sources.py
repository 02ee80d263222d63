"""Source files with their facts, by blob id: read in batches, and shared by all worktrees that have the same contents."""

import re
import threading
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from forksight.core.git.snapshot import Change, Entry
from forksight.core.merge.diff import Text, split_lines
from forksight.core.overlaps.semantic.edits import BaseTree, FileChange
from forksight.core.overlaps.semantic.path_index import PathIndex
from forksight.core.ports.git import Repository
from forksight.core.syntax.go.modules import FILE, module_path
from forksight.core.syntax.language import Language, language_of
from forksight.core.syntax.source_file import SourceFile
from forksight.features.overlaps.texts import Texts

_AT_ONCE = 500  # files whose texts are in memory at once while all of a tree's are searched


_FileKey = tuple[str, str]  # the ending of its path, which tells the language, and the id of its contents


class _Edited(NamedTuple):
    """One file of a side: its path and entry in the base, and its path and entry on the side; None where it does not exist."""

    old_path: str | None
    path: str | None
    old: Entry | None
    new: Entry | None


class Sources:
    """One repository's source files in these languages, each cached as long as it is in use. Thread-safe."""

    def __init__(self, repository: Repository, texts: Texts, languages: Collection[str]) -> None:
        self._repository = repository
        self._texts = texts
        self._languages = languages
        self._lock = threading.Lock()  # guards the attributes below; never held while texts are read or compared
        self._files: WeakValueDictionary[tuple[str, str], SourceFile] = WeakValueDictionary()
        self._lines: WeakKeyDictionary[SourceFile, Text] = WeakKeyDictionary()
        self._changes: WeakValueDictionary[_Edited, FileChange] = WeakValueDictionary()
        self._bases: WeakValueDictionary[str, BaseTree] = WeakValueDictionary()

    def language(self, path: str) -> Language | None:
        """The language of a file, if it is one of `languages`."""
        language = language_of(path)
        return language if language and language.name in self._languages else None

    def _is_source(self, path: str, entry: Entry) -> bool:
        return entry.regular and self.language(path) is not None

    def changes(self, edited: Mapping[str, Change], renames: Mapping[str, str]) -> tuple[list[FileChange], bool]:
        """A side's changes of source files, and whether they are complete: some texts may not be readable.

        `renames` are that side's own, old -> new path.
        """
        old_names = {new: old for old, new in renames.items()}
        edited_files: list[_Edited] = []
        for path, change in edited.items():
            if path in renames and change.new is None:
                continue
            old_path = old_names.get(path, path)
            old = edited[old_path].old if old_path in edited else change.old
            entries = [entry for entry in (old, change.new) if entry is not None]
            if self.language(path) and all(entry.regular for entry in entries):
                edited_files.append(_Edited(old_path if old else None, path if change.new else None, old, change.new))
        with self._lock:
            cached = {edit: last for edit in edited_files if (last := self._changes.get(edit))}
        new = [edit for edit in edited_files if edit not in cached]
        files = self._read(pair for edit in new for pair in ((edit.old_path, edit.old), (edit.path, edit.new)))
        changes = [cached.get(edit) or self._change(edit, files) for edit in edited_files]
        return [change for change in changes if change], None not in changes

    def base(self, tree: str, changed: Mapping[str, Change]) -> BaseTree:
        """The tree of a base: a commit's tree with the changes `changed` on top."""
        if changed:
            return self._base(tree, changed)
        with self._lock:
            base = self._bases.get(tree)
            if base is None:
                base = self._bases[tree] = self._base(tree, changed)
            return base

    def text_of(self, file: SourceFile) -> Text:
        """The lines of a base's text, always as the same object."""
        with self._lock:
            text = self._lines.get(file)
        return text or self._keep(file, split_lines(file.text))

    def _keep(self, file: SourceFile, text: Text) -> Text:
        with self._lock:
            return self._lines.setdefault(file, text)

    def _base(self, tree: str, changed: Mapping[str, Change]) -> BaseTree:
        index: list[PathIndex] = []
        files: dict[str, SourceFile | None] = {}
        oids: dict[str, str] = {}  # by path, once it is asked which files mention a name
        mentions: dict[str, frozenset[str]] = {}

        def entries() -> dict[str, Entry]:
            whole = {**self._repository.files_of(tree)}
            for path, change in changed.items():
                whole.pop(path, None)
                if change.new:
                    whole[path] = change.new
            return whole

        def paths() -> PathIndex:
            if not index:
                whole = entries()
                sources = (path for path, entry in whole.items() if self._is_source(path, entry))
                index.append(PathIndex(sources, self._modules(whole)))
            return index[0]

        def file(path: str) -> SourceFile | None:
            if path not in files:
                entry = changed[path].new if path in changed else self._repository.entry_at(tree, path)
                source = entry if entry and self._is_source(path, entry) else None
                source_file = next(iter(self._read([(path, source)]).values()), None)
                if source and source_file is None:  # unreadable now: not cached, it may be readable the next time
                    return None
                files[path] = source_file
            return files[path]

        def mentioning(name: str) -> frozenset[str] | None:
            if name not in mentions:
                unlisted = () if oids else entries().items()
                oids.update((path, entry.oid) for path, entry in unlisted if self._is_source(path, entry))
                files_with_name = self._mentioning(name, oids)
                if files_with_name is None:
                    return None
                mentions[name] = files_with_name
            return mentions[name]

        return BaseTree(paths, file, mentioning)

    def _modules(self, entries: Mapping[str, Entry]) -> Mapping[str, str]:
        """Go's modules: folder -> module path."""
        folders = {
            entry.oid: path.rpartition("/")[0]
            for path, entry in entries.items()
            if path.rpartition("/")[2] == FILE and entry.regular and "go" in self._languages
        }
        texts = self._repository.blobs(folders) if folders else {}
        return {folders[oid]: path for oid, text in texts.items() if (path := module_path(text))}

    def _mentioning(self, name: str, oids: Mapping[str, str]) -> frozenset[str] | None:
        """Those paths of `oids` whose files contain this word; None if a text can't be read."""
        word = re.compile(rb"(?<![\w$])%s(?![\w$])" % re.escape(name.encode()))
        mentioning: set[str] = set()
        paths = list(oids)
        for start in range(0, len(paths), _AT_ONCE):
            batch = paths[start : start + _AT_ONCE]
            texts = self._repository.blobs({oids[path] for path in batch})
            if any(oids[path] not in texts for path in batch):
                return None
            mentioning.update(path for path in batch if word.search(texts[oids[path]]))
        return frozenset(mentioning)

    def _read(self, entries: Iterable[tuple[str | None, Entry | None]]) -> dict[_FileKey, SourceFile]:
        """The source files of (path, entry) pairs. Those that are not cached are read in one go; unreadable ones are left out."""
        languages = {
            _key(path, entry): language
            for path, entry in entries
            if path and entry and (language := self.language(path))
        }
        with self._lock:
            files = {key: file for key in languages if (file := self._files.get(key))}
        unknown = [key for key in languages if key not in files]
        texts = self._repository.blobs(oid for _, oid in unknown) if unknown else {}
        with self._lock:
            for key in unknown:
                if key[1] in texts:  # another thread may have read it meanwhile: its file may have an outline already
                    file = self._files.get(key) or SourceFile(languages[key], texts[key[1]])
                    files[key] = self._files[key] = file
        return files

    def _change(self, edited: _Edited, files: Mapping[_FileKey, SourceFile]) -> FileChange | None:
        """A side's change of one file, from the `files` that were read; None if one of its texts can't be read."""
        old, new = edited.old, edited.new
        before = files.get(_key(edited.old_path, old)) if edited.old_path and old else None
        now = files.get(_key(edited.path, new)) if edited.path and new else None
        if (old and before is None) or (new and now is None):
            return None
        version = None
        if old and new and before and now:
            base = self._keep(before, self._texts.whole(old.oid, before.text))
            version = self._texts.version((old.oid, new.oid), base, partial(split_lines, now.text))
        change = FileChange(edited.old_path, edited.path, before, now, version)
        with self._lock:
            return self._changes.setdefault(edited, change)


def _key(path: str, entry: Entry) -> _FileKey:
    return path.rpartition(".")[2], entry.oid
