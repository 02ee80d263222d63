"""Converts the bytes of open documents as git would record them. `prepare` asks git, so that key strokes start no process."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.working_tree.attributes import AttributeReader
from forksight.adapters.git.working_tree.dirty_blobs import CrlfIn, Recipe
from forksight.adapters.memo import forget_oldest
from forksight.core.git import conversion

_MOST = 5_000  # recipes that are remembered, the last ones prepared


class Converter:
    """The conversions of prepared paths. Thread-safe."""

    def __init__(self, attributes: AttributeReader, crlf_in: CrlfIn) -> None:
        self._attributes = attributes
        self._crlf_in = crlf_in
        self._recipes: dict[tuple[str, str], Recipe | None] = {}

    def prepare(self, worktree: str, config: Config, paths: Sequence[str]) -> None:
        """Read what `to_git` needs for these paths: attributes, and for some the index's blobs. Raises `GitError`."""
        attributes = self._attributes.read(worktree, config, paths)
        autocrlf = config.values.get("core.autocrlf")
        conversions = {path: conversion.conversion_of(attributes[path], autocrlf) for path in paths}
        in_index = _index_blobs(
            worktree,
            config,
            [path for path, converted in conversions.items() if converted.needs_index and not config.renormalizes],
        )
        for path, converted in conversions.items():
            recipe = None if conversion.needs_program(attributes[path]) else Recipe(converted, in_index.get(path))
            if recipe is not None and recipe.index is not None:
                self._crlf_in(recipe.index)  # asks git now, and remembers
            self._recipes.pop((worktree, path), None)
            self._recipes[worktree, path] = recipe
        forget_oldest(self._recipes, max(_MOST, len(paths)))

    def prepared(self, worktree: str, path: str) -> bool:
        """Whether this path was prepared for `to_git`."""
        return (worktree, path) in self._recipes

    def to_git(self, worktree: str, path: str, data: bytes) -> bytes | None:
        """The bytes that git would record; None if only a program could tell. Raises `KeyError` if the path was not prepared."""
        recipe = self._recipes[worktree, path]
        return recipe.apply(data, self._crlf_in) if recipe is not None else None

    def renormalized(
        self,
        worktree: str,
        config: Config,
        blobs: Collection[tuple[str, str]],
        read: Callable[[Iterable[str]], Mapping[str, bytes]],
    ) -> Mapping[tuple[str, str], bytes]:
        """The bytes that git would record now for blobs, given as (path, id); only those that would change.

        As `renormalize_buffer` of git's convert.c, independent of the index. `read` returns blobs' bytes by id; a missing one
        counts as empty. Raises `GitError`.
        """
        attributes = self._attributes.read(worktree, config, sorted({path for path, _ in blobs}))
        autocrlf = config.values.get("core.autocrlf")
        conversions = {path: conversion.conversion_of(values, autocrlf) for path, values in attributes.items()}
        converted = [(path, oid) for path, oid in blobs if conversions[path] != conversion.RAW]
        contents = read(oid for _, oid in converted)
        recorded = {
            (path, oid): conversion.to_git(contents.get(oid, b""), conversions[path]) for path, oid in converted
        }
        return {key: data for key, data in recorded.items() if data != contents.get(key[1], b"")}

    def forget(self, worktrees: Iterable[str]) -> None:
        """Drop what is cached about these removed worktrees."""
        gone = set(worktrees)
        for key in list(self._recipes):
            if key[0] in gone:
                self._recipes.pop(key, None)


def _index_blobs(worktree: str, config: Config, paths: Sequence[str]) -> Mapping[str, str]:
    """The ids of the index's blobs at these paths; for unmerged paths our side's."""
    blobs: dict[str, str] = {}
    environment = {**process.confined(config.environment, worktree), "GIT_LITERAL_PATHSPECS": "1"}
    for start in range(0, len(paths), process.PATHS_AT_ONCE):
        listing = process.run(
            ["ls-files", "--stage", "-z", "--", *paths[start : start + process.PATHS_AT_ONCE]],
            cwd=worktree,
            env=environment,
        )
        for line in os.fsdecode(listing).split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            _, oid, stage = facts.split(" ")
            if stage in ("0", "2"):  # during a merge git converts by stage 2, our side
                blobs[path] = oid
    return blobs
