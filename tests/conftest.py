"""What every test may use: an isolated home, and real repositories in `tmp_path`."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.git.snapshot import Worktree
from tests import permissions
from tests.examples import use_the_same_in_every_run

pytest_plugins = (
    "tests.newer_git",
    "tests.claude.fixtures",
    "tests.git.lock_files",
    "tests.lsp.fixtures",
    "tests.forks.fixtures",
    "tests.cleanup.fixtures",
    "tests.agents.checkouts",
    "tests.agents.plugin_rig",
    "tests.teams.machines",
)

use_the_same_in_every_run()  # before any test module is imported

Content = str | bytes | None

# As it is told of the last minutes, with the day before if one ends just now.
MOMENT = r"(?:\d\d? \w{3} )?\d\d:\d\d"

# Whoever runs the tests may sit in tmux, or in a session of Claude Code.
_OF_A_SESSION = ("TMUX", "CLAUDE_CONFIG_DIR", "FORKSIGHT_CLAUDE", "CLAUDECODE", "CLAUDE_CODE_SESSION_ID")


def put(path: Path, content: str | bytes, *, beside: Path | None = None, ago: float = 0) -> None:
    """Have a file hold this from one moment to the next: `beside`, in no folder that somebody watches, it is written before.

    `ago`: seconds since it was written, as its time says.
    """
    beside = beside or path.with_name(f"{path.name}.new")
    beside.write_bytes(content.encode() if isinstance(content, str) else content)
    if ago:
        then = time.time() - ago
        os.utime(beside, (then, then))
    beside.replace(path)


@dataclass(frozen=True)
class Checkout:
    """A worktree on disk, and git in it."""

    path: Path

    def git(self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """What git prints. Raises CalledProcessError."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**os.environ, **(env or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"git {' '.join(arguments)}: {os.fsdecode(done.stderr)}")
        return os.fsdecode(done.stdout).strip("\n")

    def write(self, files: Mapping[str, Content], *, ago: float = 0) -> "Checkout":
        """Make, replace or (None) remove files, each at once: who looks meanwhile sees none half written, or gone before it is back.

        `ago`: seconds since they were written, as their times say.
        """
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path, content, beside=self.path.with_name(f"{self.path.name}.new"), ago=ago)
        return self

    def commit(self, files: Mapping[str, Content] | None = None, message: str = "change") -> str:
        """Record everything, after writing `files`; the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        # Else each commit starts a second git, to see whether there is enough to pack.
        self.git("-c", "maintenance.auto=false", "commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def worktree(self, name: str, branch: str | None = None, start: str = "HEAD") -> "Checkout":
        """A linked worktree beside this one, on a new branch of that name; with a "/" in `name`, inside it."""
        path = self.path / name if "/" in name else self.path.parent / name
        self.git("worktree", "add", "--quiet", "-b", branch or path.name, str(path), start)
        return Checkout(path)

    def open(self) -> GitRepository:
        """The adapter for this checkout's repository."""
        return GitRepository(find_common_dir(str(self.path)))

    def seen_by(self, repository: GitRepository) -> Worktree:
        """This checkout as the adapter lists it."""
        worktrees, _ = repository.worktrees()
        return next(worktree for worktree in worktrees if worktree.path == str(self.path))


def pytest_configure() -> None:
    """Tests that run in the background, or under nohup, start programs that hear Ctrl-C and the end of their terminal."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # not ignored by us is not ignored by what we start


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home, no git settings but a name, and nothing that ties git to a repository, or us to a session."""
    home = tmp_path_factory.mktemp("home").resolve()
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("GIT_") or name in (
                "XDG_CONFIG_HOME",
                "XDG_CACHE_HOME",
                "XDG_DATA_HOME",
                *_OF_A_SESSION,
            ):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
        yield home


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository without a commit, on branch `main`."""
    made = Checkout(tmp_path.resolve() / "repo")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture(scope="session")
def repo_template(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `repo` is a copy of: copying takes a third of the time that making it takes."""
    template = Checkout(tmp_path_factory.mktemp("template").resolve())
    template.git("init", "--quiet", "--initial-branch=main")
    template.commit({"app.py": "".join(f"line {number}\n" for number in range(1, 10)), "README": "hello\n"}, "base")
    return template.path


@pytest.fixture
def repo(tmp_path: Path, repo_template: Path) -> Checkout:
    """A repository with one commit on `main`: `app.py` of nine lines, and `README`."""
    copy = Checkout(tmp_path.resolve() / "repo")
    shutil.copytree(repo_template, copy.path, symlinks=True)
    copy.git("update-index", "--refresh")  # it knows the template's files, by their times and inodes
    return copy


@pytest.hookimpl(optionalhook=True)  # some tests run pytest without xdist
def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: a test waits a third of its time for other programs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


@pytest.hookimpl(trylast=True)  # after folders have marked their tests
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several workers, begin with what may take long: else one of them ends on it, and the others wait."""
    if config.getoption("dist", "no") != "no" or hasattr(config, "workerinput"):
        items.sort(
            key=lambda item: max((mark.args[0] for mark in item.iter_markers("timeout")), default=0), reverse=True
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Have root obey permissions in tests about them, from their fixtures on."""
    about_permissions = item.get_closest_marker("permissions") is not None
    if about_permissions and permissions.are_ignored() and permissions.can_be_obeyed():
        with permissions.obeyed():
            return (yield)
    return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip all that needs the real Claude Code, or root without its rights, from one place: one line tells of them all."""
    if item.get_closest_marker("permissions") and permissions.are_ignored():
        pytest.skip("root reads everything, and can't give up the right to do so here")
    if item.get_closest_marker("claude"):
        from tests.claude.fixtures import require
        from tests.claude.rig import binary

        require(binary("claude"))
