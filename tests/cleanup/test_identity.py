"""Putting a fork away and bringing it back is the identity on refs, worktree bytes and transcripts, whatever was done in it."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cleanup.forks_repo import OLD, Forked, ForksRepo
from tests.conftest import Checkout
from tests.examples import examples
from tests.forks.sessions_repo import SessionsRepo

PATHS = (
    "app.py",
    "README",
    "dir/a.txt",
    "dir/b.txt",
    "dir",
    "new",
    "new/deep/x",
    "caf\udce9.txt",
    "sp ace",
    "out.log",
    "build/o.bin",
)


@dataclass(frozen=True)
class Act:
    """Something that happens in a worktree."""

    name: str
    do: Callable[[Checkout], object]

    def __repr__(self) -> str:
        return self.name


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(OSError):
            path.unlink()


def _make_room(checkout: Checkout, name: str) -> Path | None:
    """The path, with nothing there and its parents made; None where a file or link is in the way."""
    path = checkout.path / name
    for parent in path.parents:
        if parent == checkout.path:
            break
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            return None
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear(path)
    return path


def _write(name: str, data: bytes, mode: int) -> Act:
    def do(checkout: Checkout) -> None:
        if path := _make_room(checkout, name):
            path.write_bytes(data)
            path.chmod(mode)

    return Act(f"write({name!r}, {data!r}, {mode:o})", do)


def _link(name: str, target: str) -> Act:
    def do(checkout: Checkout) -> None:
        if path := _make_room(checkout, name):
            path.symlink_to(target)

    return Act(f"link({name!r}, {target!r})", do)


def _remove(name: str) -> Act:
    return Act(f"remove({name!r})", lambda checkout: _clear(checkout.path / name))


def _folder(name: str) -> Act:
    def do(checkout: Checkout) -> None:
        if path := _make_room(checkout, name):
            path.mkdir()

    return Act(f"folder({name!r})", do)


def _quietly(*arguments: str) -> Callable[[Checkout], object]:
    def do(checkout: Checkout) -> None:
        try:
            checkout.git(*arguments)
        except AssertionError:
            return  # git refuses it in this state

    return do


paths = st.sampled_from(PATHS)
contents = st.one_of(st.binary(max_size=40), st.just(b"a\r\nb\n"), st.just(b"line 1\nline 2\n"))
acts = st.one_of(
    st.builds(_write, paths, contents, st.sampled_from((0o644, 0o755))),
    st.builds(_link, paths, st.sampled_from(("README", "../elsewhere", "dir"))),
    st.builds(_remove, paths),
    st.builds(_folder, paths),
    st.sampled_from(
        [
            Act("stage", _quietly("add", "--all")),
            Act("commit", lambda checkout: checkout.commit(message="work")),
            Act("intend", _quietly("add", "--intent-to-add", "new")),
            Act("move", _quietly("mv", "app.py", "moved.py")),
            Act("hide", _quietly("update-index", "--assume-unchanged", "README")),
            Act("detach", _quietly("checkout", "--quiet", "--detach")),
            Act("stash", _quietly("stash", "push", "--include-untracked")),
            Act("lines", lambda checkout: checkout.write({".gitattributes": "* text=auto eol=crlf\n"})),
        ]
    ),
)
companions = st.dictionaries(
    st.sampled_from(("subagents/agent-1.jsonl", "tool/x", "y")), st.binary(max_size=30), max_size=2
)


def _forks_repo(top: Path) -> ForksRepo:
    main, config = Checkout(top / "repo"), top / "claude"
    main.path.mkdir()
    config.mkdir()
    main.git("init", "--quiet", "--initial-branch=main")
    main.commit(
        {"app.py": "1\n2\n3\n", "README": "hello\n", "dir/a.txt": "a\n", ".gitignore": "*.log\n/build/\n"}, "base"
    )
    parent = SessionsRepo(main, config).session(age=2 * OLD)
    return ForksRepo(main, config, parent=parent)


@examples(15)
@given(st.lists(acts, max_size=12), companions)
def test_away_and_back_is_the_identity(
    tmp_path_factory: pytest.TempPathFactory, done: list[Act], companion: dict[str, bytes]
) -> None:
    top = tmp_path_factory.mktemp("identity").resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAUDE_CONFIG_DIR", str(top / "claude"))
        forks_repo = _forks_repo(top)
        fork = forks_repo.add_fork("feature/pay")
        for act in done:
            act.do(fork.checkout)
        if not os.path.lexists(fork.checkout.path / "new"):  # meant to be added, and gone: git can't be told that again
            fork.checkout.git("rm", "--cached", "--quiet", "--ignore-unmatch", "new")
        forks_repo.companion(fork, companion)
        before = _world(forks_repo, fork)
        cleaned = forks_repo.clean(fork.id, discard=[fork])
        assert cleaned.problems == ()
        assert not fork.checkout.path.exists()
        assert not list((forks_repo.config / "projects").rglob(f"{fork.id}*"))
        forks_repo.restore(fork)
        assert _world(forks_repo, fork) == before
    shutil.rmtree(top)


def _world(forks_repo: ForksRepo, fork: Forked) -> dict[str, object]:
    hidden = fork.checkout.git("ls-files", "-v").splitlines()
    flagged = [line for line in hidden if line[0] == "h"]
    if flagged:  # git's own flags are not kept, what they hide is
        fork.checkout.git("update-index", "--no-assume-unchanged", *(line[2:] for line in flagged))
    state = forks_repo.state(fork)
    if flagged:
        fork.checkout.git("update-index", "--assume-unchanged", *(line[2:] for line in flagged))
    return state
