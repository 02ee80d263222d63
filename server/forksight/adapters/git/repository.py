"""One repository (`core.ports.git.Repository`), read through git."""

import os
import string
import threading
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.adapters.git.config import Config, Configs
from forksight.adapters.git.merge.answers import MergeAnswers
from forksight.adapters.git.objects import commits
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.git.objects.grafts import history_state
from forksight.adapters.git.objects.object_id import algorithm_of, object_id
from forksight.adapters.git.working_tree.attributes import AttributeReader, merge_driver
from forksight.adapters.git.working_tree.conversion import Converter
from forksight.adapters.git.working_tree.dirty_blobs import Contents
from forksight.adapters.git.working_tree.scan import Tools, scan
from forksight.adapters.git.worktrees.listing import worktrees
from forksight.adapters.git.worktrees.main_checkout import container
from forksight.adapters.memo import Memo
from forksight.adapters.system.disk.regular_file import read_regular
from forksight.core.git import conversion
from forksight.core.git.snapshot import Attributes, Branch, Change, Entry, MergeResult, Snapshot, Worktree
from forksight.core.problems import GitError, Problem

if TYPE_CHECKING:
    from forksight.core.merge.three_way import ConflictStyle

_ID_LENGTHS = (40, 64)
_MERGE_SETTINGS = ("merge.", "diff.rename", "core.autocrlf")


class GitRepository:
    """A repository, given by its common dir (see `find_common_dir`). All its state is a cache of git and the disk."""

    def __init__(self, common_dir: str) -> None:
        self.common_dir = common_dir
        self._configs = Configs(common_dir)
        self._objects = Objects(common_dir, self._environment)
        self._present: Objects | None = None
        self._lock = threading.Lock()
        self._attributes = AttributeReader(common_dir)
        self._contents = Contents(self._crlf_in)
        self._converter = Converter(self._attributes, self._crlf_in)
        self._listed: frozenset[str] = frozenset()
        self._gone: frozenset[str] = frozenset()
        self._changes: Memo[tuple[str, str], Mapping[str, Change]] = Memo(1_000)
        self._crlf: Memo[str, bool] = Memo(10_000)
        self._directories: Memo[str, frozenset[str]] = Memo(200)
        self._merge_state: tuple[object, ...] = ()
        self._merges = MergeAnswers(common_dir, self._configs, self._unwritten, self.trees, self.tree_changes)
        self._forget_histories()

    def _forget_histories(self) -> None:
        """Drop what depends on the parents and trees of commits."""
        self._trees: Memo[str, str] = Memo(10_000)
        self._bases: Memo[tuple[str, str], tuple[str, ...]] = Memo(100_000)
        self._merges.forget_histories()

    def merge_state(self) -> object:
        """See `core.ports.git.Repository`."""
        values = self._configs.shared().values
        settings = tuple(sorted(pair for pair in values.items() if pair[0].startswith(_MERGE_SETTINGS)))
        state = (settings, *history_state(self.common_dir))
        if state != self._merge_state:
            self._forget_histories()
            self._objects.close()  # it has read the replacements that there were
            self._merge_state = state
        return state

    def close(self) -> None:
        """End its long-lived processes; the next request starts them again."""
        self._objects.close()
        if self._present is not None:
            self._present.close()

    def worktrees(self) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
        """See `core.ports.git.Repository`."""
        usable, problems = worktrees(self.common_dir, self._configs.shared())
        listed = frozenset(worktree.path for worktree in usable)
        gone, self._listed = self._listed - listed, listed
        for memory in (self._configs, self._attributes, self._converter):
            memory.forget(gone)
        # Until the caller has scanned what took their place, answers are still made of these.
        self._contents.forget(self._gone - listed)
        self._gone = gone
        return usable, problems

    def container(self, path: str) -> str | None:
        """See `core.ports.git.Repository`."""
        return container(self.common_dir, path)

    def scan(self, worktree: Worktree, path: str | None = None) -> tuple[Snapshot, tuple[Problem, ...]]:
        """See `core.ports.git.Repository`."""
        config = self._config(worktree)
        known = self._contents.last(worktree.path)
        tools = Tools(
            common_dir=self.common_dir,
            config=config,
            attributes=self._attributes,
            crlf_in=self._crlf_in,
            tree_of=lambda commit: self.trees([commit])[0],
            has_file=self._has_file,
            known=known,
        )
        result = scan(worktree, tools, path)
        self._contents.replace(worktree.path, result.recorded)
        return result.snapshot, result.problems

    def tree_changes(self, pairs: Sequence[tuple[str, str]]) -> list[Mapping[str, Change]]:
        """See `core.ports.git.Repository`."""
        changes = self._changes.get(
            (pair for pair in pairs if pair[0] != pair[1]),
            lambda new: commits.tree_changes(new, cwd=self.common_dir, env=self._environment()),
        )
        return [changes.get(pair, {}) for pair in pairs]

    def entry_at(self, tree: str, path: str) -> Entry | None:
        """See `core.ports.git.Repository`."""
        return commits.entry_at(tree, path, self._present_objects())

    def files_of(self, tree: str) -> Mapping[str, Entry]:
        """See `core.ports.git.Repository`."""
        return commits.files_of(tree, cwd=self.common_dir, env=self._environment())

    def trees(self, commits: Sequence[str]) -> list[str]:
        """See `core.ports.git.Repository`."""
        ids = [commit for commit in commits if len(commit) in _ID_LENGTHS and not commit.strip(string.hexdigits)]
        names = set(commits).difference(ids)  # what a name points to may change
        ids_of = {**self._trees.get(ids, self._ask_trees), **(self._ask_trees(names) if names else {})}
        missing = next((commit for commit in commits if commit not in ids_of), None)
        if missing is not None:
            raise GitError(f"{missing} is no commit in {self.common_dir}", fix="check the name, or run `git fetch`")
        return [ids_of[commit] for commit in commits]

    def merge_bases(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
        """See `core.ports.git.Repository`."""
        ordered = [(min(pair), max(pair)) for pair in pairs]
        bases = self._bases.get(
            (pair for pair in ordered if pair[0] != pair[1]),
            lambda new: commits.merge_bases(new, cwd=self.common_dir, env=self._environment()),
        )
        return [(first,) if first == second else bases[first, second] for first, second in ordered]

    def is_shallow(self) -> bool:
        """See `core.ports.git.Repository`."""
        with suppress(OSError):
            return os.path.getsize(os.path.join(self.common_dir, "shallow")) > 0
        return False

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """See `core.ports.git.Repository`."""
        contents: dict[str, bytes] = {}
        missing = []
        for oid in dict.fromkeys(oids):
            data = self._unwritten(oid)
            if data is None:
                missing.append(oid)
            else:
                contents[oid] = data
        if missing:
            contents.update(
                (oid, blob.data)
                for oid, blob in self._present_objects().contents(missing).items()
                if blob.kind == "blob" and blob.data is not None
            )
        return contents

    def hold(self, worktree: Worktree, path: str, data: bytes) -> str:
        """See `core.ports.git.Repository`."""
        oid = object_id(data, "sha256" if len(worktree.head or "") == 64 else "sha1")
        self._contents.hold((worktree.path, path), oid, data)
        return oid

    def borrow(self, folder: str) -> None:
        """See `core.ports.git.Repository`. Git is told of it in its environment: nothing is written down."""
        if self._configs.borrow(folder):
            self.close()
            with self._lock:
                self._present = None

    def on_disk(self, path: str) -> bytes | None:
        """See `core.ports.git.Repository`."""
        try:
            return read_regular(path)
        except OSError:
            return None

    def directories(self, commit: str) -> frozenset[str]:
        """See `core.ports.git.Repository`."""

        def ask(unknown: Sequence[str]) -> Mapping[str, frozenset[str]]:
            return {
                commit_id: commits.directories(commit_id, cwd=self.common_dir, env=self._environment())
                for commit_id in unknown
            }

        return self._directories.get([commit], ask)[commit]

    def ref_directories(self, *, everything: bool) -> tuple[str, ...]:
        """See `core.ports.git.Repository`."""
        top = os.path.join(self.common_dir, "refs" if everything else "refs/heads")
        return tuple(os.path.relpath(folder, self.common_dir) for folder, _, _ in os.walk(top))

    def entries(self) -> tuple[str, ...]:
        """See `core.ports.git.Repository`."""
        with suppress(OSError), os.scandir(os.path.join(self.common_dir, "worktrees")) as listing:
            return tuple(entry.path for entry in listing if entry.is_dir())
        return ()

    def attributes(self, worktree: Worktree, paths: Sequence[str]) -> Mapping[str, Attributes]:
        """See `core.ports.git.Repository`."""
        if not paths:
            return {}
        config = self._config(worktree)
        in_force = self._attributes.read(worktree.path, config, paths)
        return {
            path: replace(attributes, merge=merge_driver(attributes.merge, config))
            for path, attributes in in_force.items()
        }

    def prepare_conversion(self, worktree: Worktree, paths: Sequence[str]) -> None:
        """See `core.ports.git.Repository`."""
        self._converter.prepare(worktree.path, self._config(worktree), paths)

    def to_git(self, worktree: Worktree, path: str, data: bytes) -> bytes | None:
        """See `core.ports.git.Repository`."""
        if not self._converter.prepared(worktree.path, path):
            self.prepare_conversion(worktree, [path])
        return self._converter.to_git(worktree.path, path, data)

    def conflict_style(self, worktree: Worktree) -> "ConflictStyle":
        """See `core.ports.git.Repository`. git refuses any other value."""
        from forksight.core.merge.three_way import ConflictStyle  # whoever only scans merges nothing

        config = self._config(worktree) if worktree.path.startswith("/") else self._configs.shared()
        value = config.values.get("merge.conflictstyle", "")
        return next((style for style in ConflictStyle if style.value == value), ConflictStyle.MERGE)

    def renormalized(self, worktree: Worktree, blobs: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """See `core.ports.git.Repository`."""
        config = self._config(worktree) if worktree.path.startswith("/") else None
        if config is None or not config.renormalizes:
            return {}
        recorded = self._converter.renormalized(worktree.path, config, blobs, self.blobs)
        ids = {(path, oid): object_id(data, algorithm_of(oid)) for (path, oid), data in recorded.items()}
        self._merges.hold({ids[key]: data for key, data in recorded.items()})
        return ids

    def merges(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[MergeResult | None]:
        """See `core.ports.git.Repository`."""
        return self._merges.merges(pairs)

    def merges_in_turn(self, worktree: str, onto: str, commits: Sequence[str]) -> list[MergeResult | None]:
        """See `core.ports.git.Repository`."""
        return self._merges.merges_in_turn(worktree, onto, commits)

    def renames(self, sides: Sequence[tuple[Snapshot, Snapshot]]) -> list[Mapping[str, str]]:
        """See `core.ports.git.Repository`."""
        return self._merges.renames(sides)

    def virtual_bases(self, several: Sequence[tuple[Snapshot, Snapshot, Sequence[str]]]) -> list[Snapshot | None]:
        """See `core.ports.git.Repository`."""
        return self._merges.virtual_bases(several)

    def _unwritten(self, oid: str) -> bytes | None:
        """The bytes of a blob that no object database has: of a dirty file, or made by a merge."""
        data = self._contents.get(oid)
        return data if data is not None else self._merges.made_up(oid)

    def branches(self) -> tuple[Branch, ...]:
        """See `core.ports.git.Repository`."""
        return commits.branches(cwd=self.common_dir, env=self._environment())

    def refs(self, names: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
        """See `core.ports.git.Repository`."""
        existing, unknown = commits.refs(names, self._objects, cwd=self.common_dir, env=self._environment())
        return existing, tuple(
            Problem("ref-unknown", f"No ref {name!r} is known here: check its spelling, or run `git fetch`.")
            for name in unknown
        )

    def _config(self, worktree: Worktree) -> Config:
        return self._configs.at(worktree.path, worktree.git_dir)

    def _environment(self) -> Mapping[str, str]:
        """The environment for reads of what all worktrees share."""
        return {**self._configs.shared().environment, "GIT_DIR": self.common_dir}

    def _has_file(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or a link at a path; False too where a partial clone lacks it."""
        return any(info.kind == "blob" for info in self._objects.infos([f"{commit}:{path}"]).values())

    def _present_objects(self) -> Objects:
        """Reads objects that may be missing. In a partial clone itself git would fail at the first one; a view has no remote."""
        config = self._configs.shared()
        if not config.partial:
            return self._objects
        with self._lock:
            if self._present is None:
                from forksight.adapters.git.merge import scratch

                borrowed = scratch.create(self.common_dir, config)
                weakref.finalize(self, borrowed.remove)  # at exit at the latest
                self._present = Objects(borrowed.folder, lambda: borrowed.environment)
            return self._present

    def _ask_trees(self, commits: Iterable[str]) -> Mapping[str, str]:
        names = {commit: f"{commit}^{{tree}}" for commit in commits}
        objects = self._objects.infos(names.values())
        return {commit: objects[name].oid for commit, name in names.items() if name in objects}

    def _crlf_in(self, oid: str) -> bool:
        def ask(unknown: Sequence[str]) -> Mapping[str, bool]:
            objects = self._present_objects().contents(unknown)  # one that is missing may come: nothing is remembered
            return {blob: conversion.has_crlf(content.data or b"") for blob, content in objects.items()}

        return self._crlf.get([oid], ask).get(oid, False)
