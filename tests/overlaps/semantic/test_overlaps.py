"""Semantic overlaps of real worktrees, told by `forksight overlaps` and `matrix`, and of any text by the engine."""

import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from forksight.core.overlaps.overlap import Kind, Region
from forksight.core.overlaps.semantic.edits import Edits
from forksight.core.overlaps.semantic.rule import Breaks, breaks
from forksight.core.overlaps.wording import tell
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.semantic.engine import SemanticPlan
from tests import command_line
from tests.conftest import Checkout
from tests.overlaps.semantic.python_base import BASE

CHARGE = 'def charge(amount, currency="EUR"):'
PATIENCE = 120  # seconds; whoever waits this long waits for what will not come
NOON = datetime.fromtimestamp(1_780_000_000).astimezone()


def forksight(checkout: Checkout, *arguments: str) -> tuple[int, Any]:
    done = command_line.run(*arguments, cwd=checkout.path)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout) if "--json" in arguments else done.stdout


@pytest.fixture
def pair(checkout: Checkout) -> tuple[Checkout, Checkout]:
    """The main worktree, which is to use things, and `pay`, which is to change them."""
    checkout.commit(BASE, "base")
    return checkout, checkout.worktree("pay")


def with_call(line: str) -> dict[str, str]:
    return {"app.py": BASE["app.py"].replace("    return 1\n", f"    {line}\n")}


def their_charge(new: str) -> dict[str, str]:
    return {"util.py": BASE["util.py"].replace(CHARGE, new)}


def plan_for(engine: OverlapEngine, checkout: Checkout, path: str) -> SemanticPlan:
    plan = engine.semantic_plan(str(checkout.path), path)
    assert plan is not None
    return plan


def checked(engine: OverlapEngine, plan: SemanticPlan, text: str) -> tuple[Region, ...]:
    report = engine.check_semantic(plan, text.encode())
    assert report is not None
    return report.regions


def test_both_sides_are_told(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    here.write(with_call("return charge(3)"))
    there.commit(their_charge("def charge(amount, account):"))
    status, document = forksight(here, "overlaps", "--json")
    (overlap,) = document["overlaps"]
    assert status == 1
    assert (overlap["path"], overlap["kind"], overlap["lines"], overlap["symbol"]) == (
        "app.py", "semantic-signature", [4, 5], "charge",
    )  # fmt: skip
    assert (overlap["other"]["path"], overlap["other"]["lines"]) == ("util.py", [5, 6])
    status, document = forksight(there, "overlaps", "--json")
    (overlap,) = document["overlaps"]
    assert status == 1
    assert (overlap["path"], overlap["kind"], overlap["lines"], overlap["symbol"]) == (
        "util.py", "semantic-signature", [5, 6], "charge",
    )  # fmt: skip
    assert (overlap["other"]["path"], overlap["other"]["lines"]) == ("app.py", [4, 5])
    status, document = forksight(here, "matrix", "--json")
    assert status == 1
    assert document["pairs"] == [
        {"a": 0, "b": 1, "files": [{"path": "app.py", "kind": "semantic-signature", "symbol": "charge"}]}
    ]


def test_people_read_a_sentence_and_the_line(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    here.write(with_call("return util.refund(3)"))
    there.commit({"util.py": BASE["util.py"].replace("refund", "give_back")})
    status, output = forksight(here, "overlaps")
    assert status == 1
    assert "pay removes `refund` from util.py (committed): merging is clean, but this line will break" in output
    assert "return util.refund(3)" in output
    assert "1 place where merging is clean and breaks the code." in output
    status, output = forksight(here, "matrix")
    assert status == 1
    assert output.splitlines() == [
        "main breaks with",
        "  pay  app.py (semantic-gone refund)",
        "",
        "1 pair merges cleanly and breaks the code.",
    ]


def test_an_engine_that_is_asked_for_no_language_tells_none(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    here.write(with_call("return charge(3)"))
    there.write(their_charge("def charge(amount, account):"))
    engine = OverlapEngine(here.open())
    engine.refresh()
    assert engine.overlaps(str(here.path)).overlaps == ()


def test_a_textual_conflict_hides_the_break(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    here.write(with_call("return charge(3)"))
    there.write({**their_charge("def charge(amount, account):"), **with_call("return 5")})
    _, document = forksight(here, "overlaps", "--json")
    assert [overlap["kind"] for overlap in document["overlaps"]] == ["conflict"]


def test_an_edit_there_costs_that_worktree_alone(pair: tuple[Checkout, Checkout]) -> None:
    """And what is found is what is found from scratch."""
    here, there = pair
    here.write(with_call("return charge(3)"))
    engine = OverlapEngine(here.open(), semantic=["python"])
    engine.refresh()
    assert engine.semantic_report(str(here.path)) == ()
    there.write(their_charge("def charge(amount, account):"))
    assert engine.refresh([str(there.path)])
    ((region,),) = [report.regions for report in engine.semantic_report(str(here.path))]
    assert tell(region, NOON).endswith("but this call will break, since it needs account")
    there.write(their_charge(CHARGE))
    assert engine.refresh([str(there.path)])
    assert engine.semantic_report(str(here.path)) == ()


def test_a_file_that_takes_long_keeps_nobody_waiting(
    pair: tuple[Checkout, Checkout], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    there.write(their_charge("def charge(amount, account):"))
    engine = OverlapEngine(here.open(), semantic=["python"])
    engine.refresh()
    plan_for(engine, here, "other.py")
    plan = plan_for(engine, here, "app.py")
    begun, may_end = threading.Event(), threading.Event()

    def slowly(ours: Edits, theirs: Edits, *, likely: bool = False) -> Breaks:
        if "app.py" in ours.by_path and not may_end.is_set():
            begun.set()
            assert may_end.wait(PATIENCE)
        return breaks(ours, theirs, likely=likely)

    monkeypatch.setattr("forksight.features.overlaps.semantic.engine.breaks", slowly)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(checked, engine, plan, with_call("return charge(3)")["app.py"])
        try:
            assert begun.wait(PATIENCE)
            there.write(their_charge("def charge(amount, account, when):"))
            assert pool.submit(engine.refresh).result(PATIENCE) is True
            other = pool.submit(plan_for, engine, here, "other.py").result(PATIENCE)
            text = "from util import charge\n\ncharge(3)\n"
            assert [region.kind for region in pool.submit(checked, engine, other, text).result(PATIENCE)] == [
                Kind.SEMANTIC_SIGNATURE
            ]
            assert not slow.done()
        finally:
            may_end.set()
        assert [region.kind for region in slow.result(PATIENCE)] == [Kind.SEMANTIC_SIGNATURE]


def test_an_unsaved_text_is_told_as_it_would_be_once_saved(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    there.write(
        {
            "util.py": BASE["util.py"]
            .replace("from functools import wraps\n", "")
            .replace("return wraps(amount)", "return 1")
        }
    )
    engine = OverlapEngine(here.open(), semantic=["python"])
    engine.refresh()
    plan = engine.semantic_plan(str(here.path), "util.py")
    assert plan is not None
    text = BASE["util.py"]
    assert checked(engine, plan, text) == ()
    assert engine.check_semantic(plan, text.encode(), stale=lambda: True) is None
    for end in range(1, len("        wraps(self)\n") + 1):
        line = "        wraps(self)\n"[:end]
        typed = text + line
        regions = checked(engine, plan, typed)
        here.write({"util.py": typed})
        engine.refresh([str(here.path)])
        reports = engine.semantic_report(str(here.path))
        assert [region.lines for region in regions] == [region.lines for report in reports for region in report.regions]
    assert regions


def test_several_worktrees_that_did_the_same_are_one(pair: tuple[Checkout, Checkout]) -> None:
    here, there = pair
    other = here.worktree("ship")
    here.write(with_call("return charge(3)"))
    for side in (there, other):
        side.write(their_charge("def charge(amount, account):"))
    engine = OverlapEngine(here.open(), semantic=["python"])
    engine.refresh()
    ((region,),) = [report.regions for report in engine.semantic_report(str(here.path))]
    assert [side.branch for side in region.others] == ["pay", "ship"]


def test_several_merge_bases(pair: tuple[Checkout, Checkout]) -> None:
    """The base is what git makes of them; a history that shares nothing has none, and says nothing."""
    here, there = pair
    here.commit({"one.txt": "1\n"})
    there.commit({"two.txt": "2\n"})
    first, second = here.git("rev-parse", "HEAD"), there.git("rev-parse", "HEAD")
    here.git("merge", "--quiet", "-m", "cross", second)
    there.git("merge", "--quiet", "-m", "cross", first)
    here.write(with_call("return charge(3)"))
    there.write(their_charge("def charge(amount, account):"))
    _, document = forksight(here, "overlaps", "--json")
    assert [overlap["kind"] for overlap in document["overlaps"]] == ["semantic-signature"]
    alone = here.worktree("alone")
    alone.git("checkout", "--quiet", "--orphan", "new")
    alone.commit({"app.py": "print(1)\n"})
    _, document = forksight(alone, "overlaps", "--json")
    assert not [overlap for overlap in document["overlaps"] if overlap["kind"].startswith("semantic")]


def test_what_was_made_without_a_text_is_not_remembered(
    pair: tuple[Checkout, Checkout], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    here.write(with_call("return charge(3)"))
    there.write(their_charge("def charge(amount, account):"))
    repository = here.open()
    engine = OverlapEngine(repository, semantic=("python",))
    engine.refresh()
    read = repository.blobs

    def without_theirs(oids: Iterable[str]) -> Mapping[str, bytes]:
        return {oid: data for oid, data in read(oids).items() if b"account" not in data}

    monkeypatch.setattr(repository, "blobs", without_theirs)
    assert engine.semantic_report(str(here.path)) == ()
    assert engine.matrix().pairs == ()
    monkeypatch.setattr(repository, "blobs", read)
    assert [report.path for report in engine.semantic_report(str(here.path))] == ["app.py"]
    assert [file.kind.value for pair in engine.matrix().pairs for file in pair.files] == ["semantic-signature"]


def test_a_go_package_is_read_as_a_whole(checkout: Checkout) -> None:
    """Neither side changed the file that the other's new line relies on in the same file; both are only in git, as is the
    go.mod that says which package is imported."""
    charge = "package pay\n\nfunc Charge(amount int) {}\n"
    main = 'package main\n\nimport "example.com/pay"\n\nfunc main() {\n}\n'
    files = {"go.mod": "module example.com/pay\n", "charge.go": charge, "doc.go": "package pay\n", "cmd/main.go": main}
    checkout.commit(files, "base")
    there = checkout.worktree("pay")
    checkout.write({"cmd/main.go": main.replace("{\n}", "{\n\tpay.Charge(1)\n}")})
    there.commit({"charge.go": charge.replace("amount int", "amount, tax int")})
    status, document = forksight(checkout, "overlaps", "--json")
    (overlap,) = document["overlaps"]
    assert (status, overlap["kind"], overlap["symbol"]) == (1, "semantic-signature", "Charge")
    assert (overlap["path"], overlap["lines"], overlap["other"]["path"], overlap["other"]["lines"]) == (
        "cmd/main.go",
        [5, 6],
        "charge.go",
        [2, 3],
    )
    (there.path / "charge.go").unlink()
    there.commit({"new.go": charge})
    assert forksight(checkout, "overlaps", "--json")[1]["overlaps"] == [], "it moved to another file of its package"
