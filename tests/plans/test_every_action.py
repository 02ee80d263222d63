"""Every action that there is, with each value of its step replaced by a stranger's: it does nothing outside its own worktrees and records."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forksight.core.cleanup import steps as cleanup
from forksight.core.forks import steps as forks
from forksight.core.land import steps as land
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.problems import ForksightError
from forksight.core.store.ledger import Landing
from forksight.features.cleanup.steps import do as do_cleanup
from forksight.features.forks.steps import do as do_fork
from forksight.features.land.steps import do as do_land
from forksight.features.plans.carry_out import Do
from forksight.features.plans.step_check import check
from tests.cleanup.forks_repo import ForksRepo, bytes_below
from tests.conftest import Checkout
from tests.forks.sessions_repo import RecordedProgress
from tests.land.forks_to_land import done, proposed
from tests.store.records import fork

EACH = os.environ.get("FORKSIGHT_EVERY") == "1"  # every replacement instead of one for each value
ID = "5b1b3c5e-0a3e-4a9e-8f5e-6f1f6f0c9a11"


def steps_of(forks_repo: ForksRepo, outside: Path) -> list[tuple[Do, Step]]:
    """A step of each action as the plans of today make it, with what takes it back; and what does it."""
    main, commit = str(forks_repo.repo.path), forks_repo.repo.git("rev-parse", "HEAD")
    made, put_away = done(forks_repo, "feature/land", {"a.py": "a\n"}), forks_repo.add_fork("feature/clean")
    put_away.checkout.write({"work.py": "work\n"})
    entry = forks_repo.entry(put_away)
    assert forks_repo.clean(put_away.id, discard=[put_away]).problems == ()
    (archive,) = forks_repo.context().ledger.view()[0].archives
    new = f"{main}/.claude/worktrees/new"
    plan = proposed(forks_repo, "feature/land", test="true")
    run = Landing("run", "main", main, commit, commit, (), 1.0)
    there = str(made.checkout.path)
    plans = (
        Plan(
            "f",
            new,
            (
                forks.restore_transcript(ID),
                forks.ignore_worktrees("/.claude/worktrees/", f"{main}/.claude/worktrees"),
                forks.ignore_link("/deps", there, "deps"),
                forks.create_branch("new", commit, None, "HEAD"),
                forks.create_worktree(new, "new"),
                forks.copy_files(main, there, ["app.py"]),
                forks.link_folders(main, there, ["deps"]),
                forks.set_up("true", there),
                forks.record_fork(fork(launch=ID, session=ID, parent=ID)),
            ),
        ),
        cleanup.away(entry, archive, "c"),
        cleanup.back(archive, "r", branch=True),
        land.landing(plan.entries[0], plan, run, "l"),
        land.taking_back(run, "t"),
    )
    assert str(outside) not in repr(plans)
    doers = (do_fork, do_cleanup, do_cleanup, do_land, do_land)
    steps = [(do, step) for do, plan in zip(doers, plans, strict=True) for step in plan.steps]
    return [*steps, *((do, step.undo) for do, step in steps if step.undo is not None)]


def values(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a step's data texts stand."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from values(value, (*path, key))
    elif isinstance(data, (list, tuple)):
        for number, value in enumerate(data):
            yield from values(value, (*path, number))
    elif isinstance(data, str):
        yield path


def replaced(data: Any, path: tuple[Any, ...], value: str) -> Any:
    """The data with another text at one place."""
    if not path:
        return value
    if isinstance(data, dict):
        return {**data, path[0]: replaced(data[path[0]], path[1:], value)}
    return [replaced(item, path[1:], value) if number == path[0] else item for number, item in enumerate(data)]


def test_no_action_reaches_further_than_it_may(forks_repo: ForksRepo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    other = Checkout(outside / "repository")
    other.path.mkdir(parents=True)
    other.git("init", "--quiet")
    other.commit({"theirs.py": "x\n"})
    other.write({"uncommitted.py": "precious\n"})
    (outside / "deps").mkdir()
    (outside / "deps" / "deps.js").write_text("theirs\n")
    steps = steps_of(forks_repo, outside)
    assert {step.action for _, step in steps} == {*Action} - {Action.START}  # a new action comes here with its step
    there = bytes_below(outside, ()).keys()
    main, git_dir = forks_repo.repo.path, forks_repo.repo.path / ".git"

    def untouchable() -> dict[str, Any]:
        top = {name: value for name, value in bytes_below(main, (".git", ".claude")).items() if name != "a.py"}
        return {
            # An archived worktree comes back to where it was, anywhere, as long as nothing is there.
            "outside": {name: value for name, value in bytes_below(outside, ()).items() if name in there},
            "ran": (outside / "ran").is_file(),
            "hooks": bytes_below(git_dir / "hooks", ()),
            "config": [part for part in (git_dir / "config").read_text().split("\n[") if not part.startswith("branch")],
            "head": (git_dir / "HEAD").read_text(),
            "main": top,
        }

    before, rng = untouchable(), random.Random(1)
    hostile = (
        *(str(outside), str(other.path), str(outside / "deps"), str(main), str(git_dir), str(git_dir / "hooks")),
        *("../outside", "../../outside/repository", "..", ".", "", "-D", "--force", "a\n!b", "refs/heads/main", "HEAD"),
        *(f"touch {outside}/ran", f"{outside}/ran"),
    )
    for do, step in steps:
        context = forks_repo.context(worktree={"setup": "true"}, land={"test": "true"})
        for path in values(dict(step.data)):
            for value in hostile if EACH else rng.sample(hostile, 1):
                wrong = Step(step.action, step.detail, replaced(dict(step.data), path, value))
                try:
                    check(context, wrong)
                    do(context, wrong, RecordedProgress())
                except (ForksightError, OSError):
                    pass
                assert untouchable() == before, (step.action, path, value)
