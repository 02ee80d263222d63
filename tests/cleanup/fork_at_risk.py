"""A fork with everything that can be lost, for what may be killed or fail on the way."""

from pathlib import Path

from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import ForksRepo


class ForkAtRisk:
    """A fork with commits, uncommitted files and a companion folder, and a backup of it all."""

    def __init__(self, forks_repo: ForksRepo, copy: Path) -> None:
        self.forks_repo = forks_repo
        self.fork = fork = forks_repo.add_fork("feature/pay")
        forks_repo.repo.git("config", "branch.feature/pay.description", "payments")
        fork.checkout.commit({"pay.py": "x\n", "old.py": "y\n"}, "pay")
        fork.checkout.write({"app.py": "changed\n", "new.bin": b"\0\1", "old.py": None, "staged.py": "s\n"})
        fork.checkout.git("add", "staged.py")
        forks_repo.companion(fork, {"subagents/agent-1.jsonl": b"{}\n"})
        self.before = forks_repo.state(fork)
        self.backup = FolderBackup(forks_repo.repo, copy)

    def clean(self) -> None:
        """Put it away, all of it."""
        cleaned = self.forks_repo.clean(self.fork.id, discard=[self.fork])
        assert cleaned.problems == ()

    def is_there(self) -> bool:
        """Whether everything is as it was; else it is put away, all of it."""
        if self.fork.checkout.path.exists():
            assert self.forks_repo.state(self.fork) == self.before
            assert self.forks_repo.archived() == ([], "")
            return True
        after = self.forks_repo.state()
        assert "refs/heads/feature/pay\n" not in f"{after['refs']}\n"
        assert not any(self.fork.id in path for path in after["transcripts"])
        assert after["leftovers"] == []
        folders, refs = self.forks_repo.archived()
        assert len(folders) == 1
        assert refs
        return False
