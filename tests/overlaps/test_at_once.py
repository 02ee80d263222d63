"""Answers while something else goes on: a heavy file is compared, a worktree was moved and is not scanned yet."""

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from forksight.core.merge.diff import Text
from forksight.core.merge.three_way import Version, version
from forksight.core.overlaps.check import FilePlan, check_text
from forksight.features.overlaps import texts
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout
from tests.overlaps.meetings import changed

PATIENCE = 120  # seconds; whoever waits this long waits for what will not come


def conflicts(plan: FilePlan, text: str) -> list[int]:
    return [region.lines.start for region in check_text(plan, text.encode()).regions]


def test_a_file_is_answered_for_while_another_is_compared(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"heavy.py": changed("", "")})
    there = repo.worktree("there")
    for side, checkout in (("mine", repo), ("theirs", there)):
        checkout.write({"app.py": changed("line 2", side), "heavy.py": changed("line 2", f"heavy {side}")})
    begun, may_end = threading.Event(), threading.Event()

    def compare(base: Text, text: Text) -> Version:
        if b"heavy theirs" in text.lines:
            begun.set()
            assert may_end.wait(PATIENCE)
        return version(base, text)

    monkeypatch.setattr(texts, "version", compare)
    engine = OverlapEngine(repo.open())
    engine.refresh()
    with ThreadPoolExecutor() as pool:
        heavy = pool.submit(engine.file_plan, str(repo.path), "heavy.py")
        report = pool.submit(engine.report, str(repo.path))
        try:
            assert begun.wait(PATIENCE)
            plan = pool.submit(engine.file_plan, str(repo.path), "app.py").result(PATIENCE)
            assert conflicts(plan, changed("line 2", "mine")) == [1]
            assert pool.submit(engine.refresh).result(PATIENCE) is False
            assert not heavy.done()
            assert not report.done()
        finally:
            may_end.set()
        assert conflicts(heavy.result(PATIENCE), changed("line 2", "heavy mine")) == [1]
        assert [file.path for file in report.result(PATIENCE)] == ["app.py", "heavy.py"]


def test_a_worktree_that_was_moved_keeps_its_texts_until_it_is_scanned(repo: Checkout) -> None:
    there = repo.worktree("there")
    repo.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})
    repository = repo.open()
    engine = OverlapEngine(repository)
    engine.refresh()
    repo.git("worktree", "move", str(there.path), str(repo.path.parent / "moved"))
    repository.worktrees()  # which is what a scan begins with
    for _ in range(2):
        assert conflicts(engine.file_plan(str(repo.path), "app.py"), changed("line 2", "mine")) == [1]
        engine.refresh()


def test_what_was_made_without_a_text_is_not_remembered(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write({"app.py": changed("line 2", "mine")})
    repo.worktree("there").write({"app.py": changed("line 2", "theirs")})
    repository = repo.open()
    engine = OverlapEngine(repository)
    engine.refresh()
    read = repository.blobs

    def without_theirs(oids: Iterable[str]) -> Mapping[str, bytes]:
        return {oid: data for oid, data in read(oids).items() if b"theirs" not in data}

    monkeypatch.setattr(repository, "blobs", without_theirs)
    assert [problem.code for problem in engine.file_plan(str(repo.path), "app.py").problems] == ["not-covered"]
    assert engine.report(str(repo.path))[0].regions == ()
    assert engine.matrix().pairs == ()
    monkeypatch.setattr(repository, "blobs", read)
    plan = engine.file_plan(str(repo.path), "app.py")
    assert plan.problems == ()
    assert conflicts(plan, changed("line 2", "mine")) == [1]
    assert [region.lines.start for region in engine.report(str(repo.path))[0].regions] == [1]
    assert [file.path for pair in engine.matrix().pairs for file in pair.files] == ["app.py"]
