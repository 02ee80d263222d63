"""A repository's remotes, and pushes of branches as the person's own git would do them: their hooks, credentials and settings apply."""

import os

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.failures import said_by_git
from forksight.core.git.branches import Remote
from forksight.core.git.hosts import host_and_path
from forksight.core.git.remotes import preferred, remotes, requested_at
from forksight.core.problems import GitError


class GitRemotes:
    """The remotes of one repository, given by its common dir (`core.ports.git.Remotes`)."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)

    def of(self, branch: str) -> Remote | None:
        """See `core.ports.git.Remotes`. The order is that of `git push`, then that of `git checkout`."""
        config = self._configs.shared()
        settings = (f"branch.{branch}.pushremote", "remote.pushdefault", f"branch.{branch}.remote")
        name = preferred(config.values, *settings)
        return Remote(name, self._address("--push", name)) if name is not None else None

    def requested_at(self, pushed_to: Remote) -> Remote:
        """See `core.ports.git.Remotes`."""
        config = self._configs.shared().values
        others = [Remote(name, self._address(name)) for name in remotes(config) if name != pushed_to.name]
        host, _ = host_and_path(pushed_to.url)
        at_host = {remote.name: remote for remote in (pushed_to, *others) if host_and_path(remote.url)[0] == host}
        return at_host.get(requested_at(config, at_host) or "", pushed_to)

    def _address(self, *arguments: str) -> str:
        environment = {**self._configs.shared().environment, "GIT_DIR": self._common_dir}
        url = process.run(["remote", "get-url", *arguments], cwd=self._common_dir, env=environment)
        return os.fsdecode(url).strip()

    def push(self, worktree: str, remote: str, branch: str, commit: str) -> None:
        """See `core.ports.git.Remotes`."""
        arguments = ["push", "--quiet", "--", remote, f"{commit}:refs/heads/{branch}"]
        try:
            process.run(arguments, cwd=worktree, env=process.TRUSTED, timeout=process.LONG_TIMEOUT)
        except GitError as error:
            reason = said_by_git(error)
            raise GitError(
                f"it was not pushed to {remote}: {reason}", fix="solve that first", code=error.code
            ) from error
