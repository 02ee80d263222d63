"""What a shell offers at Tab: asked as bash, zsh and fish ask, through the variables of their scripts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cleanup.conftest import stage, yard  # noqa: F401 - fixtures, by their names
from tests.cleanup.yard import Yard
from tests.forks.conftest import _no_outer_session  # noqa: F401 - a fixture
from tests.rigs import ROOT

README = (ROOT / "README.md").read_text()
PROGRAM = Path(sys.executable).parent / "forksight"  # the variables are named after the program


def asked(yard: Yard, **variables: str) -> str:  # noqa: F811 - the fixture
    """What the program prints for a shell."""
    environment = {**os.environ, **yard.stage.env, **variables}
    done = subprocess.run([PROGRAM], cwd=yard.repo.path, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def offered(yard: Yard, *words: str) -> list[str]:  # noqa: F811 - the fixture
    """What bash is offered for the last of these words."""
    typed = "\n".join(f"'{word}'" for word in ["forksight", *words])
    printed = asked(yard, _FORKSIGHT_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words)))
    return [line.partition(",")[2] for line in printed.splitlines() if line]


def test_branches_sessions_and_baselines(yard: Yard) -> None:  # noqa: F811 - the fixture
    yard.fork("feature/pay", age=60)
    yard.repo.git("branch", "feature/plain")
    assert yard.stage.cli("baseline", "set", yard.parent, "--name", "shop-core").returncode == 0
    assert offered(yard, "fork", "feature/") == ["feature/pay", "feature/plain"]
    assert offered(yard, "compare", "feature/pay", "feature/") == [
        "feature/plain"
    ]  # what is named already is not again
    assert offered(yard, "land", "feature/p") == ["feature/pay", "feature/plain"]
    assert offered(yard, "baseline", "set", "feat") == ["feature/pay"]
    assert offered(yard, "fork", "--baseline", "") == ["shop-core"]
    assert offered(yard, "baseline", "show", "sh") == ["shop-core"]
    assert offered(yard, "-C", str(yard.repo.path), "show", "feature/pl") == ["feature/plain"]
    assert offered(yard, "-C", "/", "show", "") == []  # no repository there: no noise either


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_reads_its_script(yard: Yard, shell: str) -> None:  # noqa: F811 - the fixture
    (line,) = [line for line in README.splitlines() if f"_FORKSIGHT_COMPLETE={shell}_source forksight" in line]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=line, text=True, check=True)
    script = asked(yard, _FORKSIGHT_COMPLETE=f"{shell}_source")
    assert "_FORKSIGHT_COMPLETE" in script
    subprocess.run([shell, "-n"], input=script, text=True, check=True)
