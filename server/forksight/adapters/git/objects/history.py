"""The history between two commits (`core.ports.git.History`). Nothing is written, and no configured program is run."""

import os
from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.memo import Memo

_Pair = tuple[str, str]


class GitHistory:
    """The history of one repository, given by its common dir."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)
        self._counts: Memo[_Pair, int] = Memo(200)
        self._apart: Memo[_Pair, tuple[int, int]] = Memo(200)
        self._moves: Memo[_Pair, Mapping[str, str]] = Memo(50)

    def commits(self, old: str, new: str) -> int:
        """See `core.ports.git.History`."""
        if old == new:
            return 0

        def ask(pairs: Sequence[_Pair]) -> Mapping[_Pair, int]:
            return {
                (old_commit, new_commit): int(self._ask("rev-list", "--count", f"{old_commit}..{new_commit}"))
                for old_commit, new_commit in pairs
            }

        return self._counts.get([(old, new)], ask)[old, new]

    def apart(self, commit: str, other: str) -> tuple[int, int]:
        """See `core.ports.git.History`."""
        if commit == other:
            return 0, 0

        def ask(pairs: Sequence[_Pair]) -> Mapping[_Pair, tuple[int, int]]:
            return {pair: self._ask_apart(*pair) for pair in pairs}

        return self._apart.get([(commit, other)], ask)[commit, other]

    def moves(self, old: str, new: str) -> Mapping[str, str]:
        """See `core.ports.git.History`."""

        def ask(pairs: Sequence[_Pair]) -> Mapping[_Pair, Mapping[str, str]]:
            return {pair: self._ask_moves(*pair) for pair in pairs}

        return self._moves.get([(old, new)], ask)[old, new]

    def _ask_apart(self, commit: str, other: str) -> tuple[int, int]:
        left, right = self._ask("rev-list", "--left-right", "--count", f"{commit}...{other}").split()
        return int(left), int(right)

    def _ask_moves(self, old: str, new: str) -> Mapping[str, str]:
        listing = self._ask(
            "diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", old, new
        )
        words = iter(os.fsdecode(listing).split("\0"))
        return {next(words): next(words) for status in words if status}

    def _ask(self, *arguments: str) -> bytes:
        environment = {**self._configs.shared().environment, "GIT_DIR": self._common_dir}
        return process.run(arguments, cwd=self._common_dir, env=environment)
