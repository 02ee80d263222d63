"""A folder with forks to land, put back into its first state as often as needed."""

import shutil
from pathlib import Path

from tests.cleanup.yard import Yard
from tests.land.forks_to_land import LINES, done, line, state


class World:
    """The folder that holds all worktrees, put back into its first state as often as needed."""

    def __init__(self, yard: Yard, backup: Path) -> None:
        self.yard, self.backup = yard, backup
        self.top = yard.repo.path.parent
        self.save()

    @classmethod
    def with_code(cls, yard: Yard, backup: Path) -> "World":
        """One whose repository has a file to edit."""
        yard.repo.commit({"code.py": LINES, ".gitignore": "*.log\n"})
        return cls(yard, backup)

    def save(self) -> None:
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.top, self.backup, symlinks=True)

    def reset(self) -> None:
        for path in self.top.iterdir():
            shutil.rmtree(path)
        shutil.copytree(self.backup, self.top, symlinks=True, dirs_exist_ok=True)


def forks_to_merge(world: World, *, targets: int = 1) -> dict[str, object]:
    """Two forks for one branch, or one for each of two."""
    yard = world.yard
    done(yard, "feature/a", {"code.py": line(2, "a"), "a.py": "a\n"}, "a")
    fork = done(yard, "feature/b", {"b.py": "b\n"}, "b")
    fork.checkout.commit({"b.py": None, "dir/b.py": "b\n"}, "move b")
    yard.repo.commit({"code.py": line(18, "main")}, "on main")
    if targets == 2:
        yard.repo.worktree("release")
        yard.repo.git("config", "branch.feature/b.gh-merge-base", "release")
    world.save()
    return state(yard)
