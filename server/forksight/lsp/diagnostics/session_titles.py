"""The titles by which warnings name the sessions of other worktrees, as last read."""

from collections.abc import Mapping


class SessionTitles:
    """The last titles of each repository's sessions. Any thread may read them; only one thread may call `update`."""

    def __init__(self) -> None:
        self.by_worktree: Mapping[str, str] = {}  # by path: a title in quotation marks; replaced as a whole
        self.live: frozenset[str] = frozenset()  # the paths of the worktrees where a session runs; replaced as a whole
        self._by_repository: dict[str, tuple[Mapping[str, str], frozenset[str]]] = {}  # both of these

    def update(self, common_dir: str, titles: Mapping[str, str], live: frozenset[str]) -> bool:
        """Replace the titles of a repository, and the worktrees in which sessions run; returns whether anything changed."""
        if self._by_repository.get(common_dir, ({}, frozenset())) == (titles, live):
            return False
        self._by_repository[common_dir] = titles, live
        known = self._by_repository.values()
        self.live = frozenset[str]().union(*(paths for _, paths in known))
        self.by_worktree = {path: title for named, _ in known for path, title in named.items()}
        return True
