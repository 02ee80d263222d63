"""`forksight` run by a user that obeys permissions, even if root runs the tests."""

import os
import subprocess
import sys

from tests.cleanup.forks_repo import ForksRepo

# Root may write everywhere: without these capabilities it is a user like others.
_CAPABILITIES = "-dac_override,-dac_read_search,-fowner"
CONFINED = ["setpriv", f"--bounding-set={_CAPABILITIES}", "--inh-caps=-all"] if os.geteuid() == 0 else []


def forksight(forks_repo: ForksRepo, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `forksight ARGUMENTS` in the main checkout; there is no Claude Code to start."""
    command = [*CONFINED, sys.executable, "-m", "forksight", "-C", str(forks_repo.repo.path), *arguments]
    env = {**os.environ, **forks_repo.env, "FORKSIGHT_CLAUDE": "/bin/true"}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
