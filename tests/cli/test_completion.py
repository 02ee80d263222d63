"""What a shell offers at Tab: asked as bash, zsh and fish ask, through the variables of their scripts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cleanup.forks_repo import ForksRepo
from tests.rigs import ROOT

README = (ROOT / "README.md").read_text()
PROGRAM = Path(sys.executable).parent / "forksight"  # the variables are named after the program


def asked(forks_repo: ForksRepo, **variables: str) -> str:
    """What the program prints for a shell."""
    environment = {**os.environ, **forks_repo.env, **variables}
    done = subprocess.run(
        [PROGRAM], cwd=forks_repo.repo.path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


def offered(forks_repo: ForksRepo, *words: str) -> list[str]:
    """What bash is offered for the last of these words."""
    typed = "\n".join(f"'{word}'" for word in ["forksight", *words])
    printed = asked(forks_repo, _FORKSIGHT_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words)))
    return [line.partition(",")[2] for line in printed.splitlines() if line]


def test_branches_sessions_and_baselines(forks_repo: ForksRepo) -> None:
    forks_repo.add_fork("feature/pay", age=60)
    forks_repo.repo.git("branch", "feature/plain")
    assert forks_repo.cli("baseline", "set", forks_repo.parent, "--name", "shop-core").returncode == 0
    assert offered(forks_repo, "fork", "feature/") == ["feature/pay", "feature/plain"]
    # What is named already is not again.
    assert offered(forks_repo, "compare", "feature/pay", "feature/") == ["feature/plain"]
    assert offered(forks_repo, "land", "feature/p") == ["feature/pay", "feature/plain"]
    assert offered(forks_repo, "baseline", "set", "feat") == ["feature/pay"]
    assert offered(forks_repo, "fork", "--baseline", "") == ["shop-core"]
    assert offered(forks_repo, "baseline", "show", "sh") == ["shop-core"]
    assert offered(forks_repo, "-C", str(forks_repo.repo.path), "show", "feature/pl") == ["feature/plain"]
    assert offered(forks_repo, "-C", "/", "show", "") == []  # no repository there: no noise either


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_reads_its_script(forks_repo: ForksRepo, shell: str) -> None:
    (line,) = [line for line in README.splitlines() if f"_FORKSIGHT_COMPLETE={shell}_source forksight" in line]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=line, text=True, check=True)
    script = asked(forks_repo, _FORKSIGHT_COMPLETE=f"{shell}_source")
    assert "_FORKSIGHT_COMPLETE" in script
    subprocess.run([shell, "-n"], input=script, text=True, check=True)
