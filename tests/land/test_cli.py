"""`forksight land`: documents, exit statuses, what it refuses."""

import json
from typing import Any

from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import LINES, done, line


def run(forks_repo: ForksRepo, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of `forksight land … --json`."""
    result = forks_repo.cli("land", *arguments, "--json")
    return result.returncode, json.loads(result.stdout) if result.stdout else {}


def test_a_plan_then_the_same_carried_out_then_taken_back(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"code.py": LINES})
    done(forks_repo, "feature/a", {"code.py": line(3, "a")}, "a")
    done(forks_repo, "feature/b", {"code.py": line(3, "b")}, "b")
    head = forks_repo.repo.git("rev-parse", "HEAD")
    status, plan = run(forks_repo, "--dry-run")
    assert status == 1
    assert [(fork["branch"], fork["outcome"]) for fork in plan["forks"]] == [
        ("feature/a", "proposed"),
        ("feature/b", "stops"),
    ]
    assert [step["action"] for step in plan["forks"][0]["steps"]] == ["check-landing", "land-fork"]
    assert plan["forks"][1]["stops"] == [
        {"path": "code.py", "kind": "conflict", "lines": [[2, 3]], "with": "feature/a"}
    ]
    first, second = (fork["words"] for fork in plan["forks"])
    assert (first["heading"], first["details"], first["refusal"]) == ("can land, in this order", [], None)
    assert second["heading"] == "would stop at a conflict"
    assert second["details"] == second["stops"] == ["code.py line 3: conflict with feature/a"]
    assert second["refusal"] == f"feature/b can't land: conflicts with feature/a; {second['stops'][0]}."
    assert (plan["words"]["question"]["yes"], plan["words"]["question"]["no"]) == ("Land", "Cancel")
    assert run(forks_repo)[1]["forks"][0]["outcome"] == "proposed"  # without a yes nothing is done
    assert forks_repo.repo.git("rev-parse", "HEAD") == head
    status, result = run(forks_repo, "--yes", "--method", "squash", "--test", "test -e code.py")
    assert (status, result["forks"][0]["outcome"], result["landed"][0]["before"]) == (1, "landed", head)
    assert forks_repo.repo.git("log", "-1", "--format=%s") == "a"
    status, undone = run(forks_repo, "--undo")
    assert (status, undone["taken_back"], undone["landings"][0]["forks"]) == (0, True, ["feature/a"])
    assert forks_repo.repo.git("rev-parse", "HEAD") == head


def test_a_named_fork_that_is_held_lands_nothing(forks_repo: ForksRepo) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    done(forks_repo, "feature/b", {"b.py": "b\n"}).checkout.write({"more.py": "m\n"})
    head = forks_repo.repo.git("rev-parse", "HEAD")
    status, result = run(forks_repo, "feature/a", "feature/b", "--yes")
    assert (status, [fork["outcome"] for fork in result["forks"]]) == (1, ["proposed", "held"])
    held = result["forks"][1]["words"]
    assert (held["heading"], held["details"][0].split(": ")[0]) == ("can't land now", "first")
    assert forks_repo.repo.git("rev-parse", "HEAD") == head
    shown = forks_repo.cli("land", "feature/b", "--yes")
    assert "git -C" in shown.stdout
    assert "commit -m feature/b" in shown.stdout


def test_nothing_to_land(forks_repo: ForksRepo) -> None:
    assert run(forks_repo) == (0, run(forks_repo)[1])
    shown = forks_repo.cli("land")
    assert (shown.returncode, shown.stdout) == (0, "No fork has anything to land.\n")
    assert forks_repo.cli("land", "--undo").returncode == 2
    assert forks_repo.cli("land", "").returncode == 2


def test_settings_in_git_s_configuration_and_options_above_them(forks_repo: ForksRepo) -> None:
    for name in ("a", "b", "c"):
        done(forks_repo, f"feature/{name}", {f"{name}.py": "x\n"}, name)
    forks_repo.repo.commit({"main.py": "m\n"})
    forks_repo.repo.git("config", "forksight.land.method", "squash")
    forks_repo.repo.git("config", "forksight.land.test", "touch hostile")  # the repository's own: never run
    assert run(forks_repo, "feature/a", "--yes")[0] == 0
    assert forks_repo.repo.git("log", "-1", "--format=%s %p").count(" ") == 1
    assert run(forks_repo, "feature/b", "--yes", "--method", "merge")[0] == 0
    assert forks_repo.repo.git("log", "-1", "--format=%p").count(" ") == 1
    assert not (forks_repo.repo.path / "hostile").exists()
    assert run(forks_repo, "feature/c", "--yes", "--test", "exit 3")[0] == 2
    assert not (forks_repo.repo.path / "c.py").exists()
