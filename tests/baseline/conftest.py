"""What the tests of baselines share: a repository with sessions, and one with the real Claude Code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.features.baseline import baselines
from tests.baseline.claude_baseline import ClaudeBaseline
from tests.claude.fixtures import install
from tests.claude.model import Reader
from tests.conftest import Checkout


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


@pytest.fixture
def claude_baseline(tmp_path: Path, reader: Reader, repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> ClaudeBaseline:
    program = install("claude", tmp_path / "claude-home", reader)
    for name, value in {**program.env, "CLAUDE_CODE_MAX_RETRIES": "0"}.items():
        monkeypatch.setenv(name, value)
    program.trust(repo.path)
    session = program.start(repo.path, f"READ {repo.path}/app.py\nREAD {repo.path}/README", "--name", "shop-core")
    made = ClaudeBaseline(repo, program, session)
    baselines.mark(made.context(), session, "shop-core")
    repo.commit({"app.py": "everything is new\n"})
    return made
