"""Merges, renames and virtual bases of what worktrees hold, judged by a real `git merge` of the same states committed."""

import os
import random
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from forksight.adapters.git.repository import GitRepository
from forksight.core.git.snapshot import MergeResult, Snapshot
from tests.conftest import Checkout

T = TypeVar("T")
ODD = 'odd "name"\n🦑\\'


def snapshot(repository: GitRepository, checkout: Checkout) -> Snapshot:
    return repository.scan(checkout.seen_by(repository))[0]


def merged(*checkouts: Checkout) -> MergeResult:
    """What the adapter says of the first with the second, as they are on disk."""
    repository = checkouts[0].open()
    try:
        ours, theirs = (snapshot(repository, checkout) for checkout in checkouts)
        (result,) = repository.merges([(ours, theirs)])
        assert result is not None
        return result
    finally:
        repository.close()


def really_merged(ours: Checkout, theirs: Checkout) -> dict[str, dict[int, str]]:
    """Commit both and merge: the stages that git leaves in the index. Changes both checkouts."""
    branch = theirs.git("rev-parse", "--abbrev-ref", "HEAD")
    for checkout in (ours, theirs):
        checkout.commit()
    with suppress(AssertionError):  # conflicts
        ours.git("merge", "--no-edit", branch)
    stages: dict[str, dict[int, str]] = {}
    for line in ours.git("ls-files", "--unmerged", "-z").split("\0")[:-1]:
        facts, path = line.split("\t", 1)
        _, oid, stage = facts.split()
        stages.setdefault(path, {})[int(stage)] = oid
    return stages


def without_sides(files: Mapping[str, T]) -> dict[str, T]:
    """A file that must make way for the other side's is called `path~side`, by how the sides were named."""
    return {path.partition("~")[0] + "~" * ("~" in path): of for path, of in files.items()}


def numbered(*changed: int) -> str:
    return "".join(f"line {number}{' changed' if number in changed else ''}\n" for number in range(40))


def assert_as_git(ours: Checkout, theirs: Checkout) -> MergeResult:
    result = merged(ours, theirs)
    stages = really_merged(ours, theirs)
    oids = {path: {stage: entry.oid for stage, entry in entries.items()} for path, entries in result.stages.items()}
    assert without_sides(oids) == without_sides(stages)
    assert result.clean == (not stages)
    return result


def test_dirty_edits_of_one_line(repo: Checkout) -> None:
    other = repo.worktree("other")
    repo.write({"app.py": "ours\n", ODD: "ours\n"})
    other.write({"app.py": "theirs\n", ODD: "theirs\n"})
    result = assert_as_git(repo, other)
    assert set(result.stages) == {"app.py", ODD}
    assert {message.kind for message in result.messages} >= {"CONFLICT (contents)"}


def test_a_file_renamed_there_and_edited_here(repo: Checkout) -> None:
    repo.commit({"code.py": numbered()})
    other = repo.worktree("other")
    other.git("mv", "code.py", "main.py")
    other.write({"main.py": numbered(3)})
    repo.write({"code.py": numbered(4, 30)})
    assert set(assert_as_git(repo, other).stages) == {"main.py"}


def test_both_renamed_it_differently(repo: Checkout) -> None:
    repo.commit({"code.py": numbered()})
    other = repo.worktree("other")
    for checkout, name in ((repo, "ours.py"), (other, "theirs.py")):
        os.rename(checkout.path / "code.py", checkout.path / name)
    result = assert_as_git(repo, other)
    assert [message.paths for message in result.messages if "rename/rename" in message.kind] == [
        ("code.py", "ours.py", "theirs.py")
    ]


def test_a_file_here_where_a_folder_is_there(repo: Checkout) -> None:
    other = repo.worktree("other")
    repo.write({"thing": "file\n"})
    other.write({"thing/inner": "folder\n"})
    result = merged(repo, other)
    assert not result.clean
    assert any("file/directory" in message.kind for message in result.messages)


def test_without_a_common_history(repo: Checkout) -> None:
    other = repo.worktree("other")
    other.git("checkout", "--quiet", "--orphan", "lonely")
    other.commit({"app.py": "theirs\n"})
    assert set(merged(repo, other).stages) == {"app.py"}


def test_an_unborn_branch_is_merged_too(checkout: Checkout) -> None:
    checkout.write({"file": "x"})
    repository = checkout.open()
    ours = snapshot(repository, checkout)
    (result,) = repository.merges([(ours, ours)])
    assert result is not None
    assert result.clean


def test_union_and_binary_attributes_are_those_of_this_side(repo: Checkout) -> None:
    repo.commit(
        {".gitattributes": "*.log merge=union\n*.dat merge=binary\n", "a.log": "1\n", "a.dat": "1\n", "b.log": "1\n"}
    )
    other = repo.worktree("other")
    repo.write(
        {
            "a.log": "ours\n",
            "a.dat": "ours\n",
            "b.log": "ours\n",
            ".gitattributes": "a.log merge=union\n*.dat merge=binary\n",
        }
    )
    other.write({"a.log": "theirs\n", "a.dat": "theirs\n", "b.log": "theirs\n"})
    result = merged(repo, other)
    assert set(result.stages) == {"a.dat", "b.log"}


def test_what_cannot_be_compared_is_as_in_head(repo: Checkout) -> None:
    repo.commit({".gitattributes": "*.psd filter=lfs\n", "a.psd": "pointer\n"})
    other = repo.worktree("other")
    repo.write({"a.psd": "pixels"})
    other.write({"a.psd": "other pixels"})
    assert merged(repo, other).clean


def test_many_pairs_in_one_go(repo: Checkout) -> None:
    checkouts = [repo, *(repo.worktree(f"w{number}") for number in range(3))]
    for number, checkout in enumerate(checkouts):
        checkout.write({"app.py": f"{number}\n", f"only-{number}": "x"})
    checkouts[3].git("checkout", "--quiet", "app.py")
    repository = repo.open()
    snapshots = [snapshot(repository, checkout) for checkout in checkouts]
    pairs = [(snapshot, other) for snapshot in snapshots for other in snapshots if snapshot is not other]
    results = [result for result in repository.merges(pairs) if result is not None]
    assert [result.clean for result in results] == [snapshots[3] in pair for pair in pairs]
    assert all(len(result.stages) == (0 if result.clean else 1) for result in results)
    assert repository.merges([]) == []


@pytest.mark.parametrize("seed", range(12))
def test_random_trees(repo: Checkout, seed: int) -> None:
    """Edits, renames, removals, folders and links on both sides, half of them committed."""
    chance = random.Random(seed)
    names = ["a.py", "b.py", "src/c.py", "src/deep/d.py", "e", "src/f", "with space/g"]
    repo.commit({name: f"{name}\n" + numbered(number) for number, name in enumerate(names)})
    other = repo.worktree("other")
    for checkout in (repo, other):
        for step in range(8):
            files = sorted(
                path
                for path in checkout.path.rglob("*")
                if ".git" not in path.parts and path.is_file() and not path.is_symlink()
            )
            path = chance.choice(files)
            match chance.choice(["edit", "edit", "edit", "rename", "rename", "remove", "add", "link", "commit"]):
                case "edit":
                    lines = path.read_text().splitlines(keepends=True)
                    lines[chance.randrange(len(lines) or 1) : chance.randrange(len(lines) + 1)] = [
                        f"edit {chance.randrange(4)}\n"
                    ]
                    path.write_text("".join(lines))
                case "rename":
                    target = checkout.path / chance.choice(["new", "src/new", "src/deep"]) / f"n{chance.randrange(4)}"
                    if not target.exists():
                        target.parent.mkdir(parents=True, exist_ok=True)
                        path.rename(target)
                case "remove":
                    path.unlink()
                case "add":
                    checkout.write({f"added-{chance.randrange(3)}": numbered(step)})
                case "link":
                    path.unlink()
                    os.symlink("b.py", path)
                case "commit":
                    checkout.commit()
    assert_as_git(repo, other)


def test_renames(repo: Checkout) -> None:
    repo.commit({"code.py": numbered(), "other.py": numbered(*range(30)), "tiny": "x\n"})
    repository = repo.open()
    base = snapshot(repository, repo)
    assert repository.renames([(base, base)]) == [{}]
    (repo.path / "code.py").rename(repo.path / ODD)
    repo.write({ODD: numbered(1, 2)})
    repo.git("mv", "other.py", "moved.py")
    repo.commit()
    repo.write({"moved.py": None, "unlike": "nothing of it\n"})
    assert repository.renames([(base, snapshot(repository, repo))]) == [{"code.py": ODD}]
    repo.git("config", "merge.renames", "false")
    assert repository.renames([(base, snapshot(repository, repo))]) == [{}]


def crossed(repo: Checkout, left: Mapping[str, str | None], right: Mapping[str, str | None]) -> Checkout:
    """Two merge bases: the main checkout committed `left`, another `right`, and each merged the other's, keeping its own."""
    side = repo.worktree("side")
    for checkout, files in ((repo, left), (side, right)):
        checkout.commit(files)
    # Of commits of one second git takes either first, by the way that it came to them.
    later = int(repo.git("log", "-1", "--format=%ct")) + 1
    side.git("commit", "--quiet", "--amend", "--no-edit", env={"GIT_COMMITTER_DATE": f"{later} +0000"})
    commits = repo.git("rev-parse", "HEAD"), side.git("rev-parse", "HEAD")
    for checkout, other in ((repo, commits[1]), (side, commits[0])):
        tree = checkout.git("rev-parse", "HEAD^{tree}")
        checkout.git(
            "reset", "--quiet", "--hard", checkout.git("commit-tree", tree, "-p", "HEAD", "-p", other, "-m", "m")
        )
    return side


def the_virtual_base(repo: Checkout, side: Checkout) -> dict[str, bytes]:
    """What the adapter says that the base holds, of the paths in which it differs from the first of the two."""
    repository = repo.open()
    ours, theirs = snapshot(repository, repo), snapshot(repository, side)
    (bases,) = repository.merge_bases([(str(ours.worktree.head), str(theirs.worktree.head))])
    assert len(bases) == 2
    (base,) = repository.virtual_bases([(ours, theirs, bases)])
    assert base is not None
    assert base.worktree.head == bases[0]
    new = {path: change.new for path, change in base.changes.items()}
    contents = repository.blobs(entry.oid for entry in new.values() if entry)
    first = dict(line.split("\t")[::-1] for line in repo.git("ls-tree", "-r", "-z", bases[0]).split("\0")[:-1])
    whole = repository.blobs(facts.split()[2] for facts in first.values())
    files = {path: whole[facts.split()[2]] for path, facts in first.items() if path not in new}
    return files | {path: contents[entry.oid] for path, entry in new.items() if entry}


def test_the_virtual_base_is_the_one_that_git_makes(repo: Checkout) -> None:
    """Two merge bases that conflict with each other: git's base has conflict markers of its own."""
    repo.commit({"folder/file": numbered(), ODD: numbered(), "same": "same\n", "gone": "gone\n"})
    left = {"app.py": "left\n", "folder/file": numbered(1), ODD: "left\n", "only left": "left\n", "gone": None}
    right = {"app.py": "right\n", "folder/file": numbered(30), ODD: "right\n", "only right": "right\n"}
    side = crossed(repo, left, right)
    virtual_base = the_virtual_base(repo, side)
    repo.commit(dict.fromkeys(virtual_base, "ours\n"))
    side.commit(dict.fromkeys(virtual_base, "theirs\n"))
    stages = really_merged(repo, side)
    expected = {path: repo.git("cat-file", "blob", of[1]) for path, of in stages.items() if 1 in of}
    assert {path: data.decode().strip("\n") for path, data in virtual_base.items()} == expected
    assert set(expected) == {"app.py", "README", "folder/file", ODD, "same", "only left", "only right"}
    assert b"<<<<<<<" in virtual_base["app.py"]
    assert virtual_base["folder/file"].decode() == numbered(1, 30)


def test_the_virtual_base_goes_by_the_gitattributes_of_this_side(repo: Checkout) -> None:
    side = crossed(repo, {"a.log": "left\n"}, {"a.log": "right\n"})
    assert b"<<<<<<<" in the_virtual_base(repo, side)["a.log"]
    repo.write({".gitattributes": "*.log merge=union\n"})
    assert the_virtual_base(repo, side)["a.log"] in (b"left\nright\n", b"right\nleft\n")


def test_a_file_moved_aside_in_the_virtual_base(repo: Checkout) -> None:
    side = crossed(repo, {"thing": numbered()}, {"thing/inner": numbered(1)})
    virtual_base = the_virtual_base(repo, side)
    (aside,) = (path for path in virtual_base if path.startswith("thing~Temporary merge branch "))
    assert virtual_base[aside].decode() == numbered()
    assert virtual_base["thing/inner"].decode() == numbered(1)


def test_nothing_is_left_in_the_temporary_folder(
    repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    other = repo.worktree("other")
    repo.write({"app.py": "ours\n"})
    other.write({"app.py": "theirs\n"})
    assert not merged(repo, other).clean
    assert list(scratch.iterdir()) == []
