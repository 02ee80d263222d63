"""A folder that is put back into an earlier state as often as needed."""

import shutil
from pathlib import Path

from tests.conftest import Checkout


class FolderBackup:
    """A copy of the folder that holds a repository, its worktrees and what is beside them, taken when this is made."""

    def __init__(self, repo: Checkout, copy: Path) -> None:
        self._repo, self._copy = repo.path, copy
        self.top = repo.path.parent
        self.take()

    def take(self) -> None:
        """Take the copy anew."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self.top, self._copy, symlinks=True)

    def put_back(self) -> None:
        """Put everything back. The repository's folder stays the same one: a seal counts for no other."""
        git_folder = self._repo / ".git"
        for folder, kept in ((self.top, self._repo), (self._repo, git_folder), (git_folder, None)):
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink() and path != kept:
                    shutil.rmtree(path)
                elif path != kept:
                    path.unlink()
        shutil.copytree(self._copy, self.top, symlinks=True, dirs_exist_ok=True)
