"""A folder with forks to land, put back into its first state as often as needed."""

import shutil
from pathlib import Path

from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import LINES, done, line, state


class World:
    """The folder that holds all worktrees, put back into its first state as often as needed."""

    def __init__(self, forks_repo: ForksRepo, backup: Path) -> None:
        self.forks_repo, self.backup = forks_repo, backup
        self.top = forks_repo.repo.path.parent
        self.save()

    @classmethod
    def with_code(cls, forks_repo: ForksRepo, backup: Path) -> "World":
        """One whose repository has a file to edit."""
        forks_repo.repo.commit({"code.py": LINES, ".gitignore": "*.log\n"})
        return cls(forks_repo, backup)

    def save(self) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.top, self.backup, symlinks=True)

    def reset(self) -> None:
        for path in self.top.iterdir():
            shutil.rmtree(path)
        shutil.copytree(self.backup, self.top, symlinks=True, dirs_exist_ok=True)


def forks_to_merge(world: World, *, targets: int = 1) -> dict[str, object]:
    """Two forks for one branch, or one for each of two."""
    forks_repo = world.forks_repo
    done(forks_repo, "feature/a", {"code.py": line(2, "a"), "a.py": "a\n"}, "a")
    fork = done(forks_repo, "feature/b", {"b.py": "b\n"}, "b")
    fork.checkout.commit({"b.py": None, "dir/b.py": "b\n"}, "move b")
    forks_repo.repo.commit({"code.py": line(18, "main")}, "on main")
    if targets == 2:
        forks_repo.repo.worktree("release")
        forks_repo.repo.git("config", "branch.feature/b.gh-merge-base", "release")
    world.save()
    return state(forks_repo)
