"""The titles by which warnings name the sessions of other worktrees. Nothing is read here, and nobody waits for them."""

from collections.abc import Mapping


class SessionTitles:
    """What was last learned about each repository. May be read from any thread; `update` is for one."""

    def __init__(self) -> None:
        self.by_worktree: Mapping[str, str] = {}  # by path: a title in quotation marks; replaced as a whole
        self.live: frozenset[str] = frozenset()  # the paths of the worktrees where a session runs; replaced as a whole
        self._by_repository: dict[str, tuple[Mapping[str, str], frozenset[str]]] = {}  # both of these

    def update(self, common_dir: str, titles: Mapping[str, str], live: frozenset[str]) -> bool:
        """Replace the titles of a repository, and where its sessions run. Whether that is news."""
        if self._by_repository.get(common_dir, ({}, frozenset())) == (titles, live):
            return False
        self._by_repository[common_dir] = titles, live
        known = self._by_repository.values()
        self.live = frozenset[str]().union(*(paths for _, paths in known))
        self.by_worktree = {path: title for named, _ in known for path, title in named.items()}
        return True
