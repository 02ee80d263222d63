"""A file with thousands of changes is checked as it is on disk before somebody opens it: its plan holds that check."""

from forksight.core.overlaps.check import check_text
from forksight.core.overlaps.overlap import Region
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout

BASE = [f"call({number % 40})" for number in range(600)]


def rewritten(by: str, *, first: int = 0) -> str:
    """Every other line is another."""
    return "".join(
        f"{line} {by}\n" if number >= first and number % 2 == 0 else f"{line}\n" for number, line in enumerate(BASE)
    )


def fresh(repo: Checkout, text: str) -> tuple[Region, ...]:
    """What a server that has just begun tells of a text."""
    engine = OverlapEngine(repo.open())
    engine.refresh()
    return check_text(engine.file_plan(str(repo.path), "app.py"), text.encode()).regions


def test_a_plan_holds_the_check_of_what_is_on_disk(repo: Checkout) -> None:
    repo.commit({"app.py": rewritten("").replace(" \n", "\n"), "small.py": "a\n"})
    there = repo.worktree("there")
    there.write({"app.py": rewritten("theirs"), "small.py": "theirs\n"})
    ours = rewritten("mine")
    repo.write({"app.py": ours, "small.py": "mine\n"})
    engine = OverlapEngine(repo.open())
    engine.refresh()
    reports = {report.path: report for report in engine.report(str(repo.path))}
    plan = engine.file_plan(str(repo.path), "app.py")
    assert plan.memory.last is not None
    assert plan.memory.last[0] == ours.encode()
    assert check_text(plan, ours.encode()) is plan.memory.last[2]
    assert check_text(plan, ours.encode()).regions == reports["app.py"].regions == fresh(repo, ours)
    assert engine.file_plan(str(repo.path), "small.py").memory.last is None, "quick enough to be made when it is opened"

    typed = ours.replace("call(3)\n", "call(3) typed\n", 1)
    assert check_text(plan, typed.encode()).regions == fresh(repo, typed)
    there.write({"app.py": rewritten("theirs again", first=80)})
    assert engine.refresh()
    renewed = engine.file_plan(str(repo.path), "app.py")
    assert renewed != plan
    assert check_text(renewed, ours.encode()).regions == fresh(repo, ours) != reports["app.py"].regions
    engine.report(str(repo.path))
    (repo.path / "app.py").unlink()
    assert engine.refresh()
    (deleted,) = (report for report in engine.report(str(repo.path)) if report.path == "app.py")
    assert [region.kind.value for region in deleted.regions] == ["delete-modify"]
