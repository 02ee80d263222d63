"""What the tests of sessions share."""

from collections.abc import Collection
from pathlib import Path

import pytest

from forksight.adapters.claude.transcripts import transcript_file
from forksight.adapters.claude.transcripts.index import SessionIndex
from forksight.adapters.claude.transcripts.reader import TranscriptReader
from forksight.core.sessions.session import Scope, Session
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.transcript import fold
from tests.conftest import Checkout
from tests.sessions.handmade import HandmadeTranscript, named


class ClaudeFolder:
    """A Claude Code folder beside a repository, and readers of it."""

    def __init__(self, repo: Checkout) -> None:
        self.repo = repo
        self.config = repo.path.parent / "claude"
        self.projects = self.config / "projects"
        self.index = repo.path.parent / "cache" / "index.sqlite3"
        self.reader = self.new_reader()

    def new_reader(self) -> TranscriptReader:
        """A reader as another process would have it."""
        return TranscriptReader(str(self.config), SessionIndex(str(self.index)))

    def scope(self, *more: Path, past: tuple[str, ...] = (), sessions: Collection[str] = ()) -> Scope:
        """The repository with these linked worktrees; the rest is what `Scope` has."""
        worktrees = tuple(str(path) for path in (self.repo.path, *more))
        return Scope(str(self.repo.path / ".git"), worktrees, past=past, sessions=sessions)

    def read(self, scope: Scope | None = None, reader: TranscriptReader | None = None) -> dict[str, Session]:
        """The sessions by id; that there are no problems."""
        sessions, problems = (reader or self.reader).sessions(scope or self.scope())
        assert problems == ()
        return named(sessions)

    def problems(self) -> list[str]:
        """The codes of the problems."""
        _, problems = self.reader.sessions(self.scope())
        return [problem.code for problem in problems]

    def base(self, cwd: Path | None = None, session: str = "base") -> HandmadeTranscript:
        """A session of one turn; not written yet."""
        return (
            HandmadeTranscript(session, str(cwd or self.repo.path))
            .says(f"u-{session}", "hello")
            .answers(f"a-{session}")
        )


@pytest.fixture
def claude_folder(repo: Checkout) -> ClaudeFolder:
    """Nothing read yet."""
    return ClaudeFolder(repo)


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were taken in at each read."""
    sizes: list[int] = []

    def spy(outline: Outline, data: bytes, *, more: bool = False) -> int:
        sizes.append(len(data))
        return fold(outline, data, more=more)

    monkeypatch.setattr(transcript_file, "fold", spy)
    return sizes
