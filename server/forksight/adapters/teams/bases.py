"""The commits that snapshots start from, which are compared as branches are.

Those that the user's repository does not have a stranger may have made: they must not list more paths than a large repository has.
"""

from collections.abc import Iterable, Mapping, Sequence

from forksight.adapters.git import process
from forksight.core.teams.wire import LONGEST_BASE_LISTING, MOST_PARENTS


class Bases:
    """Whether commits may be started from. Each is looked at once."""

    def __init__(self, common_dir: str, folder: str, env: Mapping[str, str]) -> None:
        """`common_dir`: the user's repository; `folder`: the one of what was fetched."""
        self._common_dir = common_dir
        self._folder = folder
        self._env = env
        self._fit: dict[str, bool] = {}

    def _look(self, commits: Iterable[str]) -> None:
        """Look at those that are not known yet. Raises `GitError`."""
        unknown = [commit for commit in dict.fromkeys(commits) if commit not in self._fit]
        if not unknown:
            return
        quiet = {**process.quiet(), "GIT_DIR": self._common_dir}  # it sees nothing of what was fetched
        asked = ["cat-file", "--batch-check=%(objecttype)"]
        stdin = "\n".join([*unknown, ""]).encode()
        kinds = process.run(asked, cwd=self._common_dir, env=quiet, stdin=stdin).split(b"\n")
        self._fit |= {commit: True for commit, kind in zip(unknown, kinds, strict=False) if kind == b"commit"}

    def check(self, commits: Sequence[str]) -> None:
        """Raise `ValueError` for commits that a snapshot can't start from, `GitError` for some that are none."""
        if len(commits) > MOST_PARENTS:
            raise ValueError(f"it starts from more than {MOST_PARENTS} commits")
        self._look(commits)
        for commit in commits:
            if commit not in self._fit:
                asked = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]
                listing = process.run_bounded(asked, LONGEST_BASE_LISTING, cwd=self._folder, env=self._env)
                self._fit[commit] = listing is not None
            if not self._fit[commit]:
                raise ValueError("a commit that it starts from is too large")
