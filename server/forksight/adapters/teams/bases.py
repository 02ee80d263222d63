"""The commits that snapshots start from, which are compared as branches are.

Those that the user's repository does not have a stranger may have made: they must descend from one that it has, and not differ from it
in more than can be looked at.
"""

from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git.paths import c_quoted
from forksight.core.teams.wire import LONGEST_HISTORY, LONGEST_LISTING, MOST_PARENTS


class Bases:
    """Whether commits may be started from. Each is looked at once. To be closed."""

    def __init__(self, common_dir: str, folder: str, configs: Configs) -> None:
        """`common_dir`: the user's repository, with its configuration; `folder`: the one of what was fetched."""
        self._common_dir = common_dir
        self._folder = folder
        self._configs = configs
        # It sees nothing of what was fetched.
        self._users = Objects(common_dir, lambda: {**process.quiet(), "GIT_DIR": common_dir})
        self._apart: dict[str, int | ValueError] = {}

    def check(self, commits: Sequence[str]) -> Mapping[str, int]:
        """In how many paths each differs from what the user's repository has: 0 for its own.

        Raises `ValueError` for commits that a snapshot can't start from, `GitError` for some that are none.
        """
        if len(commits) > MOST_PARENTS:
            raise ValueError(f"it starts from more than {MOST_PARENTS} commits")
        known = self._users.infos([commit for commit in commits if commit not in self._apart])
        for commit in commits:
            if commit not in self._apart:
                is_users = commit in known and known[commit].kind == "commit"
                self._apart[commit] = 0 if is_users else self._paths_apart(commit)
        apart = {commit: self._apart[commit] for commit in commits}
        for error in apart.values():
            if isinstance(error, ValueError):
                raise error
        return {commit: count for commit, count in apart.items() if isinstance(count, int)}

    def close(self) -> None:
        """End the git that looks."""
        self._users.close()

    def _paths_apart(self, commit: str) -> int | ValueError:
        env = {
            **self._configs.shared().environment,
            "GIT_DIR": self._common_dir,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": c_quoted(f"{self._folder}/objects"),
        }
        asked = ["rev-list", "--ignore-missing", "--boundary", commit, "--not", "--all", "--"]
        history = process.run_bounded(asked, LONGEST_HISTORY, cwd=self._common_dir, env=env)
        if history is None:
            return ValueError("a commit that it starts from is too far from those here: `git fetch`")
        here = next((line[1:] for line in history.decode().split() if line.startswith("-")), None)
        if here is None:
            return ValueError("a commit that it starts from has no history in common with those here")
        asked = [
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            here,
            commit,
            "--",
        ]
        paths = process.run_bounded(asked, LONGEST_LISTING, cwd=self._common_dir, env=env)
        if paths is None:
            return ValueError("a commit that it starts from is too large")
        return paths.count(b"\0")
