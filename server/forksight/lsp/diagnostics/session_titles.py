"""The titles by which warnings name the sessions of other worktrees. Nothing is read here, and nobody waits for them."""

from collections.abc import Mapping


class SessionTitles:
    """What was last learned about each repository. May be read from any thread; `update` is for one."""

    def __init__(self) -> None:
        self.by_worktree: Mapping[str, str] = {}  # by path: a title in quotation marks; replaced as a whole
        self.live: frozenset[str] = frozenset()  # the paths of the worktrees where a session runs; replaced as a whole
        self._by_repository: dict[str, Mapping[str, str]] = {}
        self._live: dict[str, frozenset[str]] = {}

    def update(self, common_dir: str, titles: Mapping[str, str], live: frozenset[str]) -> bool:
        """Replace the titles of a repository, and where its sessions run. Whether that is news."""
        if self._by_repository.get(common_dir, {}) == titles and self._live.get(common_dir, frozenset()) == live:
            return False
        self._by_repository[common_dir], self._live[common_dir] = titles, live
        self.live = frozenset().union(*self._live.values())
        self.by_worktree = {path: title for known in self._by_repository.values() for path, title in known.items()}
        return True
