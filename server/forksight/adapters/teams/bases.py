"""The commits that snapshots start from, which are compared as branches are.

Those that the user's repository does not have a stranger may have made: they must not list more paths than a large repository has.
"""

from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.teams.wire import LONGEST_BASE_LISTING, MOST_PARENTS


class Bases:
    """Whether commits may be started from. Each is looked at once. To be closed."""

    def __init__(self, common_dir: str, folder: str, env: Mapping[str, str]) -> None:
        """`common_dir`: the user's repository; `folder`: the one of what was fetched, with the environment of reads in it."""
        self._folder = folder
        self._env = env
        # It sees nothing of what was fetched.
        self._users = Objects(common_dir, lambda: {**process.quiet(), "GIT_DIR": common_dir})
        self._fit: dict[str, bool] = {}

    def check(self, commits: Sequence[str]) -> None:
        """Raise `ValueError` for commits that a snapshot can't start from, `GitError` for some that are none."""
        if len(commits) > MOST_PARENTS:
            raise ValueError(f"it starts from more than {MOST_PARENTS} commits")
        known = self._users.infos([commit for commit in commits if commit not in self._fit])
        for commit in commits:
            if commit not in self._fit:
                is_users = commit in known and known[commit].kind == "commit"
                self._fit[commit] = is_users or self._is_listed(commit)
            if not self._fit[commit]:
                raise ValueError("a commit that it starts from is too large")

    def close(self) -> None:
        """End the git that looks."""
        self._users.close()

    def _is_listed(self, commit: str) -> bool:
        asked = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]
        return process.run_bounded(asked, LONGEST_BASE_LISTING, cwd=self._folder, env=self._env) is not None
