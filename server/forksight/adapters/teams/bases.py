"""Checks the commits that colleagues' snapshots start from (their parents) before those are compared like branches.

A commit that the user's repository lacks may be anybody's: it must share history with one that the repository has, and the list of
paths in which the two differ is bounded.
"""

from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git.paths import c_quoted
from forksight.core.teams.wire import LONGEST_HISTORY, LONGEST_LISTING, MOST_PARENTS


class Bases:
    """Checks each commit once and remembers the result. The caller must `close` it."""

    def __init__(self, common_dir: str, folder: str, configs: Configs) -> None:
        """`common_dir` is the user's repository, `configs` its configuration, `folder` the repository of what was fetched."""
        self._common_dir = common_dir
        self._folder = folder
        self._configs = configs
        # Without the alternates that hold what was fetched: it knows the user's own objects only.
        self._users_objects = Objects(common_dir, lambda: {**process.quiet(), "GIT_DIR": common_dir})
        self._results: dict[str, int | str] = {}  # commit -> number of differing paths, or why it is refused

    def check(self, commits: Sequence[str]) -> Mapping[str, int]:
        """Maps each commit to the number of paths in which it differs from the nearest commit of the user's repository (0 for its own).

        Raises `ValueError` if a snapshot can't start from one of them, `GitError` if one is no commit.
        """
        if len(commits) > MOST_PARENTS:
            raise ValueError(f"it starts from more than {MOST_PARENTS} commits")
        infos = self._users_objects.infos([commit for commit in commits if commit not in self._results])
        counts = {}
        for commit in commits:
            if commit not in self._results:
                is_users = commit in infos and infos[commit].kind == "commit"
                self._results[commit] = 0 if is_users else self._paths_apart(commit)
            result = self._results[commit]
            if isinstance(result, str):
                raise ValueError(result)
            counts[commit] = result
        return counts

    def close(self) -> None:
        """End the `git cat-file` process."""
        self._users_objects.close()

    def _paths_apart(self, commit: str) -> int | str:
        """The number of paths in which a fetched commit differs from the nearest commit here; why, if it is refused."""
        env = {
            **self._configs.shared().environment,
            "GIT_DIR": self._common_dir,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": c_quoted(f"{self._folder}/objects"),
        }
        rev_list = ["rev-list", "--ignore-missing", "--boundary", commit, "--not", "--all", "--"]
        history = process.run_bounded(rev_list, LONGEST_HISTORY, cwd=self._common_dir, env=env)
        if history is None:
            return "a commit that it starts from is too far from those here: `git fetch`"
        here = next((line[1:] for line in history.decode().split() if line.startswith("-")), None)
        if here is None:
            return "a commit that it starts from has no history in common with those here"
        diff_tree = [
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
        paths = process.run_bounded(diff_tree, LONGEST_LISTING, cwd=self._common_dir, env=env)
        if paths is None:
            return "a commit that it starts from is too large"
        return paths.count(b"\0")
