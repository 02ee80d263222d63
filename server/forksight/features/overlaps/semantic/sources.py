"""Source files with their facts, by the ids of their contents: read in one go, shared by all worktrees that have them."""

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
    """One file of a side: its path and entry in the base, and there; None where it has none."""

    old_path: str | None
    path: str | None
    old: Entry | None
    new: Entry | None


class Sources:
    """One repository's source files in these languages, each known as long as somebody uses it. Any thread may ask."""

    def __init__(self, repository: Repository, texts: Texts, languages: Collection[str]) -> None:
        self._repository = repository
        self._texts = texts
        self._languages = languages
        self._lock = threading.Lock()  # of what follows; never held while texts are read or compared
        self._files: WeakValueDictionary[tuple[str, str], SourceFile] = WeakValueDictionary()
        self._lines: WeakKeyDictionary[SourceFile, Text] = WeakKeyDictionary()
        self._changes: WeakValueDictionary[_Edited, FileChange] = WeakValueDictionary()
        self._bases: WeakValueDictionary[str, BaseTree] = WeakValueDictionary()

    def language(self, path: str) -> Language | None:
        """The language of a file, if it is one to look at."""
        language = language_of(path)
        return language if language and language.name in self._languages else None

    def _is_source(self, path: str, entry: Entry) -> bool:
        return entry.regular and self.language(path) is not None

    def changes(self, edited: Mapping[str, Change], renames: Mapping[str, str]) -> tuple[list[FileChange], bool]:
        """What a side changed, in files of our languages, and whether that is all of it: some texts may not be to be had.

        `renames` are its own, old to new.
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
            known = {edit: last for edit in edited_files if (last := self._changes.get(edit))}
        new = [edit for edit in edited_files if edit not in known]
        files = self._read(pair for edit in new for pair in ((edit.old_path, edit.old), (edit.path, edit.new)))
        changes = [known.get(edit) or self._change(edit, files) for edit in edited_files]
        return [change for change in changes if change], None not in changes

    def base(self, tree: str, changed: Mapping[str, Change]) -> BaseTree:
        """The tree of a base: that of a commit, and what is changed on top of it."""
        if changed:
            return self._base(tree, changed)
        with self._lock:
            known = self._bases.get(tree)
            if known is None:
                known = self._bases[tree] = self._base(tree, changed)
            return known

    def text_of(self, file: SourceFile) -> Text:
        """A base's text as lines: always the same one."""
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
                read = next(iter(self._read([(path, source)]).values()), None)
                if source and read is None:  # not to be had now: it may be the next time
                    return None
                files[path] = read
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
        """Go's modules: their paths, by folder."""
        folders = {
            entry.oid: path.rpartition("/")[0]
            for path, entry in entries.items()
            if path.rpartition("/")[2] == FILE and entry.regular and "go" in self._languages
        }
        texts = self._repository.blobs(folders) if folders else {}
        return {folders[oid]: path for oid, text in texts.items() if (path := module_path(text))}

    def _mentioning(self, name: str, oids: Mapping[str, str]) -> frozenset[str] | None:
        """The paths, of those in `oids`, whose files have this word in them; None if a text is not to be had."""
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
        """The source files of (path, entry) pairs: those not known yet are read in one go, those not to be had left out."""
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
                if key[1] in texts:  # another thread may have made it meanwhile, and its outline
                    file = self._files.get(key) or SourceFile(languages[key], texts[key[1]])
                    files[key] = self._files[key] = file
        return files

    def _change(self, edited: _Edited, files: Mapping[_FileKey, SourceFile]) -> FileChange | None:
        """What a side made of one file, from the `files` that were read; None if one of its texts is not to be had."""
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
