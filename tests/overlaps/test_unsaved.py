"""An open document with unsaved text is told what git will say of it once it is saved, where only git can tell too."""

import os
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.overlaps.check import check_text
from forksight.core.overlaps.overlap import FileReport
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout
from tests.examples import examples
from tests.overlaps.meetings import NINE, changed, run_json
from tests.overlaps.test_against_git import (
    FOLDERS,
    NAMES,
    commit,
    cross,
    edit,
    files_below,
    files_of,
    git,
    paths_git_stops_at,
    put,
    recorded,
)


def checked(here: Checkout, path: str, text: str | bytes) -> FileReport:
    """What an editor is told of a document with this text."""
    repository = here.open()
    try:
        engine = OverlapEngine(repository)
        engine.refresh()
        recorded = text.encode() if isinstance(text, str) else text
        return check_text(engine.file_plan(str(here.path), path, lambda: recorded), recorded)
    finally:
        repository.close()


def summary(report: FileReport) -> list[tuple[str, int, int]]:
    return [(region.kind.value, region.lines.start, region.lines.end) for region in report.regions]


def renamed(there: Checkout) -> None:
    there.git("mv", "app.py", "application.py")
    there.write({"application.py": changed("line 5", "theirs")})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param(NINE, [], id="nothing"),
        pytest.param(changed("line 1\n", "mine\n"), [], id="elsewhere"),
        pytest.param(changed("line 5", "mine"), [("conflict", 4, 5)], id="on the same line"),
        pytest.param(changed("line 5", "theirs"), [("identical", 4, 5)], id="the same"),
    ],
)
def test_the_first_edit_follows_a_file_that_was_renamed_there(
    repo: Checkout, typed: str, expected: list[tuple[str, int, int]]
) -> None:
    renamed(repo.worktree("there"))
    report = checked(repo, "app.py", typed)
    assert summary(report) == expected
    assert {side.path for region in report.regions for side in region.others} <= {"application.py"}


def test_a_file_that_was_deleted_there_is_not_taken_for_a_renamed_one(repo: Checkout) -> None:
    repo.worktree("there").write({"app.py": None, "other.py": "nothing like it\n"})
    assert summary(checked(repo, "app.py", changed("line 5", "mine"))) == [("modify-delete", 0, 1)]


LONG = "".join(f"line {number} of the file\n" for number in range(40))
REWRITTEN = "".join(f"{number} is all new\n" for number in range(40))


def long_edited(edit: str) -> str:
    return LONG.replace("line 20 of", edit)


@pytest.mark.parametrize(
    ("on_disk", "typed", "expected"),
    [
        pytest.param(long_edited("mine 20 of"), REWRITTEN, [], id="no more"),
        pytest.param(REWRITTEN, long_edited("mine 20 of"), [("conflict", 20, 21)], id="from now on"),
        pytest.param(
            REWRITTEN, long_edited("theirs 20 of"), [("identical", 20, 21)], id="from now on, with their edit"
        ),
        pytest.param(long_edited("mine 20 of"), long_edited("mine 21 of"), [("conflict", 20, 21)], id="still"),
        pytest.param(REWRITTEN, REWRITTEN + "more\n", [], id="still not"),
    ],
)
def test_whether_a_file_is_a_renamed_one_is_told_from_its_unsaved_text(
    repo: Checkout, on_disk: str, typed: str, expected: list[tuple[str, int, int]]
) -> None:
    repo.commit({"long.py": LONG})
    repo.worktree("there").write({"long.py": long_edited("theirs 20 of")})
    repo.write({"long.py": None, "moved.py": on_disk})
    assert summary(checked(repo, "moved.py", typed)) == expected
    repo.write({"moved.py": typed})
    assert summary(checked(repo, "moved.py", typed)) == expected, "as saved"


def crossed(repo: Checkout, there: Checkout) -> None:
    """Each merged the other's first commit, and has what the other has: two merge bases."""
    first = repo.commit({"app.py": changed("line 2", "both")})
    second = there.commit({"README": "theirs\n"})
    repo.git("merge", "--quiet", "--no-edit", second)
    there.git("merge", "--quiet", "--no-edit", first)


def test_lines_that_are_the_same_on_both_sides_of_a_criss_cross_can_still_meet(repo: Checkout) -> None:
    there = repo.worktree("there")
    crossed(repo, there)
    for side in (repo, there):
        side.commit({"app.py": changed("line 2", "both").replace("line 5", "agreed")})
    assert len(repo.git("merge-base", "--all", "main", "there").split()) == 2
    on_disk = (repo.path / "app.py").read_text()
    assert summary(checked(repo, "app.py", on_disk)) == [("identical", 4, 5)]
    assert summary(checked(repo, "app.py", on_disk.replace("agreed", "mine"))) == [("conflict", 4, 5)]
    assert summary(checked(repo, "app.py", on_disk.replace("line 9", "mine"))) == [("identical", 4, 5)]


def test_what_both_have_from_one_base_of_a_criss_cross_is_no_change(repo: Checkout) -> None:
    there = repo.worktree("there")
    crossed(repo, there)
    on_disk = (repo.path / "app.py").read_text()
    assert summary(checked(repo, "app.py", on_disk)) == []
    assert summary(checked(repo, "app.py", on_disk.replace("both", "mine"))) == []


def test_what_both_took_from_one_base_of_a_criss_cross_can_still_meet(repo: Checkout) -> None:
    there = repo.worktree("there")
    first = repo.commit({"app.py": changed("line 2", "first")})
    second = there.commit({"app.py": changed("line 2", "second")})
    repo.git("merge", "--quiet", "--no-edit", "-X", "ours", second)
    there.git("merge", "--quiet", "--no-edit", "-X", "theirs", first)
    on_disk = (repo.path / "app.py").read_text()
    assert on_disk == (there.path / "app.py").read_text() == changed("line 2", "first")
    assert summary(checked(repo, "app.py", on_disk)) == []
    assert run_json(repo, "overlaps")[1]["overlaps"] == []
    assert summary(checked(repo, "app.py", on_disk.replace("line 9", "mine"))) == []
    typed = on_disk.replace("first", "mine")
    assert [kind for kind, _, _ in summary(checked(repo, "app.py", typed))] == ["conflict"]
    (repo.path / "app.py").write_text(typed)
    assert [overlap["kind"] for overlap in run_json(repo, "overlaps")[1]["overlaps"]] == ["conflict"]


@pytest.mark.parametrize(
    ("renamed", "ours", "kinds", "there_says"),
    [
        pytest.param(
            {"src": "lib"}, ["src/new.py"], {"src/new.py": "rename"}, {"lib/new.py": "src/new.py"}, id="moved"
        ),
        pytest.param(
            {"src": "lib"},
            ["src/new.py", "lib/new.py"],
            {"src/new.py": "rename"},
            {"src/new.py": "src/new.py"},
            id="in the way",
        ),
        pytest.param(
            {"src/a.py": "one/a.py", "src/b.py": "two/b.py"},
            ["src/new.py"],
            {"src/new.py": "rename"},
            {"src/new.py": "src/new.py"},
            id="split",
        ),
    ],
)
def test_a_file_added_to_a_folder_that_was_renamed_there(
    repo: Checkout, renamed: dict[str, str], ours: list[str], kinds: dict[str, str], there_says: dict[str, str]
) -> None:
    repo.commit({f"src/{name}.py": f"{name} of the folder\n" * 9 for name in ("a", "b")})
    there = repo.worktree("there")
    for old, new in renamed.items():
        (there.path / new).parent.mkdir(exist_ok=True)
        there.git("mv", old, new)
    repo.write({path: f"{path}\n" for path in ours})
    status, document = run_json(repo, "overlaps")
    assert status == 1
    assert {overlap["path"]: overlap["kind"] for overlap in document["overlaps"]} == kinds
    for path, kind in kinds.items():
        assert summary(checked(repo, path, "not what is on disk\n")) == [(kind, 0, 1)]
    _, document = run_json(there, "overlaps")
    assert {overlap["path"]: overlap["other"]["path"] for overlap in document["overlaps"]} == there_says
    _, matrix = run_json(there, "matrix")
    assert [{file["path"] for file in pair["files"]} for pair in matrix["pairs"]] == [set(kinds)]


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Makes a git that ends at once when it is to merge a snapshot that says a word, as git 2.39 does on some renames."""

    def stumble(word: str) -> None:
        real = shutil.which("git")
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "git").write_text(
            f"""#!/bin/sh
case " $* " in *" merge-tree "*) ;; *) exec {real} "$@" ;; esac
pairs=$(cat)
for commit in $pairs; do
    {real} grep -q {word} "$commit" && kill -ABRT $$
done
echo "$pairs" | {real} "$@"
"""
        )
        (folder / "git").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    return stumble


def test_a_pair_that_git_itself_fails_on_hides_no_other(repo: Checkout, stumbling: Callable[[str], None]) -> None:
    first, second = repo.worktree("one"), repo.worktree("two")
    for there, text in ((first, "stumble"), (second, "theirs")):
        renamed(there)
        there.write({"application.py": changed("line 5", text)})
    repo.write({"app.py": changed("line 5", "mine")})
    stumbling("stumble")
    status, document = run_json(repo, "overlaps")
    assert status == 1
    assert [(overlap["other"]["branch"], overlap["kind"], overlap["lines"]) for overlap in document["overlaps"]] == [
        ("one", "conflict", [4, 5]),
        ("two", "conflict", [4, 5]),
    ]
    (problem,) = document["problems"]
    assert (problem["code"], problem["path"]) == ("not-covered", str(first.path))
    assert problem["message"].startswith("git itself fails to merge main and one: ")
    _, matrix = run_json(repo, "matrix")
    assert [(pair["a"], pair["b"]) for pair in matrix["pairs"]] == [(0, 1), (0, 2), (1, 2)]
    assert problem in matrix["problems"]


@pytest.mark.parametrize("crossed", [False, True], ids=["one merge base", "several"])
@examples(24)
@given(st.integers(0, 2**32))
@example(251310)  # a folder that went more ways than one, and a file in it that moves with none
@example(906419964)  # texts that make a file here a renamed one no more
@example(1946412080)
@example(4051301074)
def test_unsaved_text_stops_where_git_will_stop(
    tmp_path_factory: pytest.TempPathFactory, crossed: bool, seed: int
) -> None:
    check_seed(tmp_path_factory.mktemp("unsaved"), seed, crossed=crossed)


def check_seed(folder: Path, seed: int, *, crossed: bool) -> None:
    rng = random.Random(seed)
    top, other = folder / "main", folder / "other"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    for number in range(rng.randint(2, 9)):
        put(top / (rng.choice(FOLDERS) + rng.choice(NAMES)), long_text(rng, number))
    commit(top, "base")
    git(top, "worktree", "add", "-q", "-b", "other", str(other))
    if crossed:
        cross(rng, top, other)
    for worktree in (top, other):
        for _ in range(rng.randint(0, 6)):
            edit(rng, worktree)
    documents = [path for path in files_of(top) if not path.is_symlink() and b"\0" not in path.read_bytes()]
    repository = GitRepository(find_common_dir(str(top)))
    try:
        engine = OverlapEngine(repository)
        engine.refresh()
        theirs = recorded(other, folder / "index-b")
        for path in rng.sample(documents, min(3, len(documents))):
            on_disk, name = path.read_bytes(), str(path.relative_to(top))
            text = edited(rng, on_disk)
            report = check_text(engine.file_plan(str(top), name, partial(bytes, text)), text)
            path.write_bytes(text)
            ours = recorded(top, folder / "index-a")
            path.write_bytes(on_disk)
            stopped = paths_git_stops_at(top, ours, theirs)
            if stopped is None:
                continue
            names = {name} | {side.path for region in report.regions for side in region.others}
            warned = any(region.kind.stops_merge for region in report.regions)
            old = files_below(top, "", *git(top, "merge-base", "--all", ours, theirs).decode().split())
            concerned = [stop for stop, known_as in stopped.items() if names & known_as]
            assert not (warned and not concerned), (seed, name, report.regions, stopped)
            missed = [
                stop
                for stop, known_as in stopped.items()
                if name in known_as and not (name in old and name.startswith(f"{stop}/"))  # moves with no folder
            ]
            assert warned or not missed, (seed, name, stopped)
    finally:
        repository.close()


def long_text(rng: random.Random, number: int) -> bytes:
    """Long enough for a few edits to leave it like itself: what git follows to another name."""
    return b"".join(b"line %d of file %d\n" % (line, number) for line in range(rng.randint(30, 60)))


def edited(rng: random.Random, text: bytes) -> bytes:
    """A few lines are others; or most of them are, so that git takes it for another file, or for that again."""
    lines = text.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at : at + rng.randint(0, 2)] = [b"edit %d" % rng.randint(0, 2) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.4:
        share = rng.random()
        lines = [b"rewritten %d" % rng.randint(0, 999) if rng.random() < share else line for line in lines]
    return b"\n".join(lines)
