"""The best common ancestors of random histories, judged by `git merge-base --all`."""

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.adapters.git.repository import GitRepository
from forksight.core.git.merge_bases import merge_bases
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.examples import examples


@st.composite
def histories(draw: st.DrawFn) -> list[list[int]]:
    """The parents of each commit, by number; roots have none, so that histories may be unrelated."""
    size = draw(st.integers(2, 24))
    return [
        sorted(
            draw(st.sets(st.integers(0, number - 1), max_size=3, min_size=draw(st.integers(0, 1)))) if number else []
        )
        for number in range(size)
    ]


def build(folder: str, parents: list[list[int]], dates: list[int]) -> tuple[Checkout, list[str]]:
    repo = Checkout(Path(folder).resolve())
    repo.git("init", "--quiet", "--initial-branch=main")
    stream = []
    for number, (its_parents, date) in enumerate(zip(parents, dates, strict=True), 1):
        stream += [f"commit refs/heads/c{number}", f"mark :{number}", f"committer A <a> {date} +0000", "data 0"]
        links = [f"merge :{parent + 1}" for parent in its_parents]
        stream += [link.replace("merge", "from") if index == 0 else link for index, link in enumerate(links)]
        stream.append("")
    marks = Path(folder, "marks")
    repo.git("fast-import", "--quiet", f"--export-marks={marks}", stdin="\n".join(stream).encode())
    ids = dict(line.split() for line in marks.read_text().splitlines())
    return repo, [ids[f":{number}"] for number in range(1, len(parents) + 1)]


@examples(40)
@given(parents=histories(), data=st.data())
def test_random_histories(parents: list[list[int]], data: st.DataObject) -> None:
    """Clocks that run backwards included; more pairs than are worth a process each."""
    dates = data.draw(st.lists(st.integers(1, 100), min_size=len(parents), max_size=len(parents)))
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        repo, ids = build(folder, parents, dates)
        heads = data.draw(st.lists(st.sampled_from(ids), min_size=4, max_size=5))
        pairs = list(itertools.combinations(heads, 2))
        expected = {pair: set(merge_bases_by_git(repo, *pair)) for pair in pairs}
        repository = GitRepository(str(repo.path / ".git"))
        try:
            answers = repository.merge_bases(pairs)
        finally:
            repository.close()
    assert [set(bases) for bases in answers] == [expected[pair] for pair in pairs]
    assert all(len(bases) == len(set(bases)) for bases in answers)


def merge_bases_by_git(repo: Checkout, commit: str, other: str) -> list[str]:
    try:
        return repo.git("merge-base", "--all", commit, other).split()
    except AssertionError:  # none
        return []


def test_a_criss_cross(repo: Checkout) -> None:
    first, other, both = criss_cross(repo)
    repository = repo.open()
    assert set(repository.merge_bases([(first, other)])[0]) == set(both)
    clones = [repo.worktree(f"w{number}").commit({f"f{number}": "x"}) for number in range(4)]
    pairs = list(itertools.combinations([first, other, *clones], 2))
    answers = repository.merge_bases(pairs)
    assert [set(bases) for bases in answers] == [set(merge_bases_by_git(repo, *pair)) for pair in pairs]


def criss_cross(repo: Checkout) -> tuple[str, str, tuple[str, str]]:
    """Two heads that have merged each other's first commit: both are best common ancestors."""
    left = repo.commit({"left": "1\n"})
    side = repo.worktree("side", start="HEAD~1")
    right = side.commit({"right": "1\n"})
    repo.git("merge", "--quiet", "--no-edit", right)
    side.git("merge", "--quiet", "--no-edit", left)
    return repo.git("rev-parse", "HEAD"), side.git("rev-parse", "HEAD"), (left, right)


def test_unrelated_histories(repo: Checkout) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "--quiet", "--orphan", "lonely")
    lonely = repo.commit({"app.py": "x"})
    repository = repo.open()
    assert repository.merge_bases([(head, lonely), (head, head)]) == [(), (head,)]


@pytest.mark.parametrize("worktrees", [1, 4])  # a question for each pair, or one walk over all histories
def test_a_missing_commit_is_not_taken_for_unrelated_histories(repo: Checkout, worktrees: int) -> None:
    lost = repo.commit({"b": "x"})
    heads = [repo.worktree(f"w{number}").commit({f"f{number}": "x"}) for number in range(worktrees)]
    heads.append(repo.commit({"c": "x"}))
    (repo.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(GitError, match=f"{lost}$") as caught:
        repo.open().merge_bases(list(itertools.combinations(heads, 2)))
    assert "git fsck" in caught.value.fix


def test_answers_are_remembered(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    left, other, _ = criss_cross(repo)
    repository = repo.open()
    first = repository.merge_bases([(left, other)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert repository.merge_bases([(other, left)]) == first


def test_nothing_below_a_shared_commit_is_a_base() -> None:
    """c reaches the root past the shared commit; the root is an ancestor of it and so never the best."""
    parents = {"b": ["shared"], "c": ["shared", "root"]}
    assert merge_bases(parents, ["b", "c"], ["shared"]) == {("b", "c"): ("shared",), ("c", "b"): ("shared",)}


def test_a_head_that_is_an_ancestor_of_all() -> None:
    assert merge_bases({"c": ["b"], "b": ["a"]}, ["a", "b", "c"], ["a"])[("c", "b")] == ("b",)
