"""The one place that starts git: its environment, its errors, and that GitPython costs little."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forksight.adapters.git import process
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.problems import GitError, NotARepositoryError
from tests.conftest import Checkout


def fake_git(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a `git` of our own first on PATH, forgetting what was learnt of the other one."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    process.version.cache_clear()


@pytest.fixture(autouse=True)
def _version_is_asked_again() -> object:
    process.version.cache_clear()
    yield
    process.version.cache_clear()


def test_a_missing_git(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="could not be started") as caught:
        find_common_dir(str(repo.path))
    assert caught.value.code == "git-missing"
    assert "install git" in caught.value.fix


def test_a_git_that_may_not_be_run(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\n")
    (tmp_path / "git").chmod(0o644)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="could not be started"):
        find_common_dir(str(repo.path))


@pytest.mark.parametrize(
    "version", ["git version 2.38.9", "git version 1.8", "git version 2.9.5 (Apple Git-1)", "nonsense"]
)
def test_a_git_that_is_too_old(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    fake_git(tmp_path / "bin", monkeypatch, f"echo '{version}'")
    with pytest.raises(GitError, match="too old") as caught:
        find_common_dir(str(repo.path))
    assert caught.value.code == "git-too-old"
    assert "2.39" in caught.value.fix


@pytest.mark.parametrize(
    ("said", "version"),
    [("2.39.5 (Apple Git-154)", (2, 39, 5)), ("2.50.1.windows.1", (2, 50, 1)), ("3.0.0-rc1", (3, 0, 0))],
)
def test_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: tuple[int, ...]) -> None:
    fake_git(tmp_path / "bin", monkeypatch, f"echo 'git version {said}'")
    assert process.version()[:3] == version


def test_the_version_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path / "bin", monkeypatch, f"echo x >> {tmp_path}/asked; echo git version 2.40.0")
    assert process.version() == process.version()
    assert (tmp_path / "asked").read_text() == "x\n"


def test_a_failure_says_what_git_said(repo: Checkout) -> None:
    with pytest.raises(GitError, match="no-such-commit") as caught:
        process.run(["rev-list", "no-such-commit"], cwd=str(repo.path), env=process.quiet())
    assert str(repo.path) in caught.value.sentence
    assert "\n" not in caught.value.sentence


def test_a_git_that_does_not_work(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path / "bin", monkeypatch, "kill -9 $$")
    with pytest.raises(GitError, match="ended by signal 9") as caught:
        find_common_dir(str(repo.path))
    assert "install git" in caught.value.fix


def test_a_status_that_means_none_is_no_answer_beside_a_complaint(
    repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_git(tmp_path / "bin", monkeypatch, 'echo "$3: Could not read it" >&2; exit 1')
    assert process.run(["warning"], cwd=str(repo.path), env=process.quiet(), accept=(0, 1)) == b""
    with pytest.raises(GitError, match="Could not read it"):
        process.run(["error"], cwd=str(repo.path), env=process.quiet(), accept=(0, 1))


def test_a_repository_that_git_does_not_accept(repo: Checkout) -> None:
    (repo.path / ".git/HEAD").write_text("junk")
    with pytest.raises(NotARepositoryError, match="does not recognise") as caught:
        find_common_dir(str(repo.path))
    assert "HEAD" in caught.value.fix


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="No such file or directory"):
        find_common_dir(str(tmp_path / "nowhere"))


def test_variables_of_another_repository_do_not_leak_in(repo: Checkout, tmp_path: Path) -> None:
    """As in a hook of another repository, or under `git -c`. They are not handed on to any child either."""
    other = Checkout(tmp_path.resolve() / "other")
    other.path.mkdir()
    other.git("init", "--quiet")
    other.commit({"wrong": "x"})
    repo.write({"app.py": "dirty\n"})
    program = (
        "import os, sys\n"
        "from forksight.adapters.git.repository import GitRepository\n"
        "from forksight.adapters.git.worktrees.discovery import find_common_dir\n"
        "repository = GitRepository(find_common_dir(sys.argv[1]))\n"
        "(worktree,), _ = repository.worktrees()\n"
        "print(repository.common_dir, *repository.scan(worktree)[0].changes, *repository.refs(['wrong'])[0])\n"
        "print(*(name for name in os.environ if name in ('GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE')))\n"
    )
    leaking = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(other.path / ".git" / "index"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git" / "objects"),
        "GIT_COMMON_DIR": str(other.path / ".git"),
        "GIT_NAMESPACE": "x",
        "GIT_PREFIX": "deep/",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='false' 'core.autocrlf'='true'",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(repo.path)],
        env={**os.environ, **leaking},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{repo.path}/.git app.py\n\n"


def test_settings_in_the_environment_are_kept(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers set safe.directory so. Ours come after them and win."""
    for name, value in {
        "COUNT": "2",
        "KEY_0": "core.autocrlf",
        "VALUE_0": "true",
        "KEY_1": "core.fsmonitor",
        "VALUE_1": "x",
    }.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    repo.write({"app.py": "1\r\n"})
    repository = repo.open()
    assert repository.to_git(repo.seen_by(repository), "app.py", b"1\r\n") == b"1\n"
    listed = process.run(["config", "--get", "core.fsmonitor"], cwd=str(repo.path), env=process.quiet())
    assert listed == b"false\n"


def test_messages_are_english_and_paths_are_bytes(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    environment = process.quiet()
    assert (environment["LC_ALL"], environment["LC_MESSAGES"], environment["LANGUAGE"]) == ("", "C", "")
    with pytest.raises(GitError, match=r"unknown revision|bad revision"):
        process.run(["rev-list", "nope"], cwd=str(repo.path), env=environment)


def test_a_worktree_path_of_any_bytes(tmp_path: Path) -> None:
    folder = Checkout(Path(os.fsdecode(os.fsencode(tmp_path.resolve()) + b"/\xff\n: 'x\"")))
    folder.path.mkdir()
    folder.git("init", "--quiet")
    folder.commit({"a": "1\n"})
    other = folder.worktree("öther", branch="other")
    folder.write({"a": "2\n"})
    other.write({"a": "3\n"})
    repository = folder.open()
    worktrees, problems = repository.worktrees()
    assert ([worktree.path for worktree in worktrees], problems) == ([str(folder.path), str(other.path)], ())
    ours, theirs = (repository.scan(worktree)[0] for worktree in worktrees)
    (result,) = repository.merges([(ours, theirs)])
    assert result is not None
    assert not result.clean


def test_gitpython_costs_little_and_is_whole_for_others(repo: Checkout) -> None:
    program = (
        "import sys\n"
        "from forksight.adapters.git import process as door\n"
        "assert not any(name.partition('.')[0] in ('git', 'gitdb') for name in sys.modules), 'at first use'\n"
        "door.version()\n"
        "assert 'git.repo' not in sys.modules\n"
        "import git\n"
        "print(git.Repo(sys.argv[1]).active_branch, git.cmd.Git)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(repo.path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("main <class")


def test_trusted_runs_use_the_persons_hooks(repo: Checkout, tmp_path: Path) -> None:
    hook = repo.path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\n")
    hook.chmod(0o755)
    process.run(["worktree", "add", "--quiet", str(tmp_path / "new")], cwd=str(repo.path), env=process.TRUSTED)
    assert (tmp_path / "ran").exists()


def test_the_adapter_fills_the_port() -> None:
    from forksight.core.ports.git import Repository

    for name, member in vars(Repository).items():
        if not name.startswith("_") and callable(member):
            assert callable(getattr(GitRepository, name)), name
