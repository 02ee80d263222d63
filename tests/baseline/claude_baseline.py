"""A repository whose baseline the real Claude Code has made, to be refreshed."""

import subprocess
import sys
from dataclasses import dataclass

from forksight.app.workbench import Forksight
from forksight.core.settings import read_settings
from forksight.features.baseline.refresh import Refreshed, carry_out, propose_refresh
from forksight.features.context import Context
from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.forks.sessions_repo import RecordedProgress


@dataclass(frozen=True)
class ClaudeBaseline:
    """A repository, a baseline that has read two of its files, and the model behind it."""

    repo: Checkout
    claude: Claude
    session: str

    def context(self, refresh_prompt: str = "") -> Context:
        settings, problems = read_settings({"baseline": {"refreshPrompt": refresh_prompt}})
        assert not problems
        return Forksight().open(str(self.repo.path), settings)

    def refresh(self, refresh_prompt: str, progress: RecordedProgress | None = None) -> Refreshed:
        context = self.context(refresh_prompt)
        return carry_out(context, propose_refresh(context, None), progress or RecordedProgress(), lambda _: None)

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "forksight", "baseline", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.repo.path, stdout=pipe, stderr=pipe, text=True)

    def generation(self) -> int:
        return self.context().ledger.view()[0].baselines[0].current
