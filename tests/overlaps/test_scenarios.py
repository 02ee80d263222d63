"""Every kind of meeting, told through `forksight overlaps --json`, and agreed with git where git can be asked."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command_line
from tests.conftest import Checkout
from tests.overlaps.meetings import (
    HIT,
    SAME,
    WHOLE,
    Build,
    assume_unchanged,
    attributed,
    autocrlf,
    based,
    both,
    changed,
    committed,
    crlf_converted,
    detached,
    driven,
    filtered,
    filtered_again,
    folder_in_the_way,
    ignored,
    mid_rebase,
    modes,
    nested,
    one_is_executable,
    regions,
    rename_delete,
    renamed_here,
    renamed_onto_an_added_one,
    renamed_there_clean,
    renamed_twice,
    run_json,
    skip_worktree,
    sparse,
    submodules,
    symlink_and_file,
    symlinks,
    unmerged,
)
from tests.permissions import unreadable


def case(name: str, build: Build, *expected: tuple[str, str, list[int], list[int]], codes: tuple[str, ...] = ()) -> Any:
    return pytest.param(build, list(expected), list(codes), id=name)


CASES = [
    case("dirty against dirty", both({"app.py": changed("line 2", "mine")}, {"app.py": changed("line 2", "theirs")}), HIT),
    case("committed against committed", committed({"app.py": changed("line 2", "mine")}, {"app.py": changed("line 2", "theirs")}), HIT),
    case("apart", both({"app.py": changed("line 2", "mine")}, {"app.py": changed("line 8", "theirs")})),
    case("same", both({"app.py": changed("line 2", "same")}, {"app.py": changed("line 2", "same")}), SAME),
    case("lines moved", both({"app.py": "new\nnew\n" + changed("line 5", "mine")}, {"app.py": changed("line 5", "theirs")}), ("app.py", "conflict", [6, 7], [4, 5])),
    case("deleted here", both({"app.py": None}, {"app.py": changed("line 2", "theirs")}), ("app.py", "delete-modify", WHOLE, WHOLE)),
    case("deleted there", both({"app.py": changed("line 2", "mine")}, {"app.py": None}), ("app.py", "modify-delete", WHOLE, WHOLE)),
    case("deleted on both sides", both({"app.py": None}, {"app.py": None})),
    case("deleted lines here", both({"app.py": changed("line 2\n", "")}, {"app.py": changed("line 2", "theirs")}), ("app.py", "conflict", [1, 1], [1, 2])),
    case("added on both sides", both({"new.py": "a\nmine\n"}, {"new.py": "a\ntheirs\n"}), ("new.py", "add-add", [1, 2], [1, 2])),
    case("added alike", both({"new.py": "a\n"}, {"new.py": "a\n"}), ("new.py", "identical", [0, 1], [0, 1])),
    case("renamed here", renamed_here, ("application.py", "conflict", [1, 2], [1, 2])),
    case("renamed there, merging cleanly", renamed_there_clean),
    case("renamed on both sides", renamed_twice, ("here.py", "rename", WHOLE, WHOLE)),
    case("renamed here to a name that is new there", renamed_onto_an_added_one, ("new.py", "add-add", [0, 9], [0, 1])),
    case("renamed here, deleted there", rename_delete, ("here.py", "rename", WHOLE, WHOLE)),
    case("binary", based({"logo": b"\0base"}, {"logo": b"\0mine"}, {"logo": b"\0theirs"}), ("logo", "binary", WHOLE, WHOLE)),
    case("symlinks", symlinks, ("link", "type", WHOLE, WHOLE)),
    case("symlink and file", symlink_and_file, ("thing", "type", WHOLE, WHOLE)),
    case("folder in the way", folder_in_the_way, ("thing", "type", WHOLE, WHOLE)),
    case("modes of an added file", modes, ("tool", "type", WHOLE, WHOLE)),
    case("mode here, text there", one_is_executable),
    case("submodules", submodules, ("lib", "submodule", WHOLE, WHOLE)),
    case("nested worktree", nested, ("app.py", "conflict", [4, 5], [4, 5])),
    case("merge in progress there", unmerged, codes=("worktree-busy",)),
    case("rebase in progress there", mid_rebase, HIT),
    case("skip-worktree", skip_worktree),
    case("assume-unchanged", assume_unchanged),
    case("sparse checkout", sparse),
    case("ignored", ignored, (".gitignore", "identical", [0, 1], [0, 1])),
    case("detached", detached, HIT),
    case("eol=crlf", crlf_converted),
    case("core.autocrlf", autocrlf),
    case("filter", filtered, codes=("not-covered",)),
    case("custom merge driver", driven, codes=("not-covered",)),
    case("merge=union", attributed("merge=union")),
    case("merge=binary", attributed("merge=binary"), ("app.py", "binary", WHOLE, WHOLE)),
    case("binary attribute", attributed("binary"), ("app.py", "binary", WHOLE, WHOLE)),
    case("working-tree-encoding", attributed("working-tree-encoding=ISO-8859-1"), codes=("not-covered",)),
    case("merge driver that nobody configured", attributed("merge=unknown"), HIT),
    case("CRLF without conversion", based({"dos.txt": "a\r\nb\r\nc\r\n"}, {"dos.txt": "a\r\nmine\r\nc\r\n"}, {"dos.txt": "a\r\ntheirs\r\nc\r\n"}), ("dos.txt", "conflict", [1, 2], [1, 2])),
    case("no newline at the end", based({"end": "a\nb"}, {"end": "a\nmine"}, {"end": "a\ntheirs"}), ("end", "conflict", [1, 2], [1, 2])),
    case("not UTF-8", based({"latin": b"caf\xe9\nb\n"}, {"latin": b"th\xe9\nb\n"}, {"latin": b"c\xe8\nb\n"}), ("latin", "conflict", [0, 1], [0, 1])),
    case("emptied here", based({"f": "a\n"}, {"f": ""}, {"f": "b\n"}), ("f", "conflict", [0, 0], [0, 1])),
    case("odd names", both({'sp ace/quo"te\n🦑': "mine\n"}, {'sp ace/quo"te\n🦑': "theirs\n"}), ('sp ace/quo"te\n🦑', "add-add", [0, 1], [0, 1])),
]  # fmt: skip


@pytest.mark.parametrize(("build", "expected", "codes"), CASES)
def test_tells(repo: Checkout, build: Build, expected: list[Any], codes: list[str]) -> None:
    there = repo.worktree("there")
    build(repo, there)
    status, document = run_json(repo, "overlaps")
    assert regions(document) == expected
    assert [problem["code"] for problem in document["problems"]] == codes
    assert status == (1 if any(kind != "identical" for _, kind, _, _ in expected) else 0)
    assert not (repo.path / "ran").exists()
    assert not (there.path / "ran").exists()


def test_the_document_is_the_contract(repo: Checkout) -> None:
    there = repo.worktree("there", "feature/pay")
    repo.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})
    head = repo.git("rev-parse", "HEAD")
    status, document = run_json(repo, "overlaps")
    assert status == 1
    assert document == {
        "version": 1,
        "repository": str(repo.path / ".git"),
        "worktree": {"path": str(repo.path), "branch": "main", "head": head},
        "overlaps": [
            {
                "path": "app.py",
                "kind": "conflict",
                "lines": [1, 2],
                "other": {
                    "worktree": str(there.path),
                    "branch": "feature/pay",
                    "path": "app.py",
                    "lines": [1, 2],
                    "session": None,
                    "user": None,
                    "machine": None,
                },
                "base": head,
            }
        ],
        "problems": [],
    }
    status, document = run_json(there, "matrix")
    assert status == 1
    assert document == {
        "version": 1,
        "worktrees": [
            {"path": str(repo.path), "branch": "main", "head": head},
            {"path": str(there.path), "branch": "feature/pay", "head": head},
        ],
        "pairs": [{"a": 0, "b": 1, "files": [{"path": "app.py", "kind": "conflict"}]}],
        "problems": [],
    }


@pytest.mark.parametrize("build", [symlinks, modes, filtered, filtered_again, driven, unmerged])
def test_both_documents_say_the_same_where_git_was_asked(repo: Checkout, build: Build) -> None:
    there = repo.worktree("there")
    build(repo, there)
    _, before = run_json(repo, "overlaps")
    repo.git("mv", "README", "GUIDE")  # and a new file beside it there: a rename that only git can judge
    there.write({"extra": "new\n"})
    _, document = run_json(repo, "overlaps")
    _, matrix = run_json(repo, "matrix")
    files = [file for pair in matrix["pairs"] for file in pair["files"]]
    assert document["problems"] == before["problems"]
    assert {(overlap["path"], overlap["kind"]) for overlap in document["overlaps"]} == {
        (file["path"], file["kind"]) for file in files
    }
    assert matrix["problems"] == document["problems"]


@pytest.mark.parametrize("option", ["--ref", "--ignore"])
def test_an_empty_argument_is_an_error(repo: Checkout, option: str) -> None:
    done = command_line.run("overlaps", option, "", cwd=repo.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"forksight: {option} needs a value: leave it out, or give it one\n"


def test_an_unknown_ref_is_an_error(repo: Checkout) -> None:
    done = command_line.run("overlaps", "--ref", "main", "--ref", "mian", "--json", cwd=repo.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "forksight: No ref 'mian' is known here: check its spelling, or run `git fetch`\n"


def test_three_worktrees_are_told_one_by_one(repo: Checkout) -> None:
    others = [repo.worktree(name) for name in ("one", "two", "three")]
    repo.write({"app.py": changed("line 2", "mine")})
    for other in others:
        other.write({"app.py": changed("line 2", "theirs")})
    _, document = run_json(repo, "overlaps")
    assert [overlap["other"]["branch"] for overlap in document["overlaps"]] == ["one", "three", "two"]


def test_a_worktree_that_is_gone_hides_nothing(repo: Checkout) -> None:
    gone, there = repo.worktree("gone"), repo.worktree("there")
    repo.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})
    subprocess.run(["rm", "-rf", str(gone.path)], check=True)
    status, document = run_json(repo, "overlaps")
    assert status == 1
    assert regions(document) == [HIT]
    assert [(problem["code"], problem["path"]) for problem in document["problems"]] == [
        ("worktree-missing", str(gone.path))
    ]


@pytest.mark.permissions
def test_a_worktree_that_cannot_be_read_hides_nothing(repo: Checkout) -> None:
    closed, there = repo.worktree("closed"), repo.worktree("there")
    repo.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})
    with unreadable(closed.path):
        _, document = run_json(repo, "overlaps")
    assert regions(document) == [HIT]
    assert [problem["code"] for problem in document["problems"]] == ["worktree-unreadable"]


def test_looking_changes_nothing(repo: Checkout) -> None:
    there = repo.worktree("there")
    renamed_here(repo, there)
    there.write({"untracked": "x\n"})

    def state() -> tuple[object, ...]:
        return (
            repo.git("status", "--porcelain"),
            there.git("status", "--porcelain"),
            (repo.path / ".git/index").read_bytes(),
            (repo.path / ".git/worktrees/there/index").read_bytes(),
            repo.git("count-objects", "-v"),
            repo.git("for-each-ref"),
            sorted(str(path) for path in (repo.path / ".git").rglob("*")),
        )

    before = state()
    for command in ("overlaps", "matrix", "overlaps"):
        run_json(repo, command)
    assert state() == before


def test_a_locked_index_is_no_obstacle(repo: Checkout) -> None:
    there = repo.worktree("there")
    repo.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})
    lock = Path(there.git("rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    _, document = run_json(repo, "overlaps")
    assert regions(document) == [HIT]
    assert lock.exists()


def test_compared_refs_and_ignored_branches(repo: Checkout) -> None:
    repo.git("branch", "release")
    there = repo.worktree("there", "wip/there")
    there.commit({"app.py": changed("line 2", "theirs")})
    repo.git("update-ref", "refs/remotes/origin/main", there.git("rev-parse", "HEAD"))
    repo.write({"app.py": changed("line 2", "mine")})
    _, document = run_json(repo, "overlaps", "--ignore", "wip/*", "--ref", "origin/main")
    assert [(overlap["other"]["worktree"], overlap["other"]["branch"]) for overlap in document["overlaps"]] == [
        ("origin/main", "origin/main")
    ]
