"""Repositories with something missing: what can't be told is said, and hides nothing else."""

from pathlib import Path

import pytest

from tests import command_line
from tests.conftest import Checkout
from tests.overlaps.meetings import HIT, changed, regions, run_json


def lose(repo: Checkout, name: str) -> None:
    """Delete the object that a name stands for."""
    oid = repo.git("rev-parse", name)
    (repo.path / ".git/objects" / oid[:2] / oid[2:]).unlink()


def test_a_worktree_whose_commit_is_broken_hides_no_other(repo: Checkout) -> None:
    first, second = repo.worktree("one"), repo.worktree("two")
    repo.write({"app.py": changed("line 2", "mine")})
    first.write({"app.py": changed("line 2", "theirs")})
    second.commit({"folder/file": "x\n"})
    lose(repo, "two:folder")
    status, document = run_json(repo, "overlaps")
    assert status == 1
    assert regions(document) == [HIT]
    assert [(problem["code"], problem["path"]) for problem in document["problems"]] == [
        ("not-covered", str(second.path))
    ]
    _, matrix = run_json(repo, "matrix")
    assert [(pair["a"], pair["b"]) for pair in matrix["pairs"]] == [(0, 1)]
    assert len(matrix["problems"]) == 2


def test_a_partial_clone_without_the_base_is_not_guessed_at(repo: Checkout, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    there = repo.worktree("there")
    repo.commit({"app.py": changed("line 2", "mine")})
    there.commit({"app.py": changed("line 8", "theirs")})
    clone = Checkout(tmp_path.resolve() / "clone")
    repo.git("clone", "--quiet", "--filter=blob:none", f"file://{repo.path}", str(clone.path))
    other = clone.worktree("other", start="origin/there")
    missing = clone.git("rev-list", "--all", "--objects", "--missing=print").count("?")
    for command in ("overlaps", "matrix"):
        status, document = run_json(clone, command)
        assert status == 0
        assert [(problem["code"], problem["path"]) for problem in document["problems"]] == [("not-covered", "app.py")]
    assert clone.git("rev-list", "--all", "--objects", "--missing=print").count("?") == missing > 0
    other.git("show", f"{repo.git('merge-base', 'main', 'there')}:app.py")
    assert run_json(clone, "overlaps")[1]["problems"] == []


@pytest.mark.parametrize("command", ["overlaps", "matrix"])
def test_an_index_that_cannot_be_read(repo: Checkout, command: str) -> None:
    repo.worktree("there")
    (repo.path / ".git/index").write_bytes(b"junk")
    done = command_line.run(command, cwd=repo.path)
    assert done.returncode == (2 if command == "overlaps" else 0)
    assert "index file smaller than expected: run `git status` there to see what is wrong" in done.stderr
