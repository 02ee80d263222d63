"""What `forksight overlaps` and `forksight matrix` print for people."""

import os

from tests import command_line
from tests.conftest import Checkout

LONG = "".join(f"line {number}\n" for number in range(1, 101))


def shown(repo: Checkout, command: str, **env: str) -> str:
    done = command_line.run(command, cwd=repo.path, env={**os.environ, **env})
    assert done.stderr == ""
    assert done.returncode in (0, 1)
    assert "\x1b" not in done.stdout
    return done.stdout


def test_a_frame_shows_both_sides(repo: Checkout) -> None:
    repo.worktree("there").write({"app.py": "line 1\nline 2\ntheirs\n" + "".join(f"line {n}\n" for n in range(4, 10))})
    repo.write({"app.py": "line 1\nline 2\nmine\nmore\n" + "".join(f"line {n}\n" for n in range(4, 10))})
    lines = shown(repo, "overlaps").splitlines()
    assert lines[0] == "app.py:3  conflict"
    assert lines[2:9] == [
        "  1   line 1",
        "  2   line 2",
        "  3 ▌ mine",
        "  4 ▌ more",
        "  3 ▐ theirs",
        "  5   line 4",
        "  6   line 5",
    ]
    assert lines[-1] == "1 place where merging will conflict."
    plain = shown(repo, "overlaps", PYTHONIOENCODING="ascii", PYTHONUTF8="0").splitlines()
    assert plain[4:7] == ["  3 < mine", "  4 < more", "  3 > theirs"]


def test_lines_that_are_deleted_here(repo: Checkout) -> None:
    repo.worktree("there").write({"app.py": "".join(f"line {n}\n" for n in range(1, 9)) + "theirs\n"})
    repo.write({"app.py": "".join(f"line {n}\n" for n in range(1, 9))})
    assert shown(repo, "overlaps").splitlines()[2:5] == ["   7   line 7", "   8   line 8", "   9 ▐ theirs"]


def test_a_long_region_does_not_fill_the_screen(repo: Checkout) -> None:
    repo.commit({"long": LONG})
    repo.worktree("there").write({"long": LONG.replace("line", "theirs")})
    repo.write({"long": LONG.replace("line", "mine"), "same": LONG})
    (repo.path.parent / "there/same").write_text(LONG)
    lines = shown(repo, "overlaps").splitlines()
    assert len(lines) < 75
    assert lines.count("      ▌ (80 more lines)") == 2
    assert lines.count("      ▐ (80 more lines)") == 1
    assert lines[-1] == "1 place where merging will conflict, 1 with the same change on both sides."
    repo.git("checkout", "--quiet", "--", "long")
    same = "No conflicts with any other worktree; 1 place has the same change on both sides."
    assert shown(repo, "overlaps").splitlines()[-1] == same


def test_a_line_without_an_end(repo: Checkout) -> None:
    repo.commit({"bundle.js": "a" * 100_000})
    repo.worktree("there").write({"bundle.js": "b" * 100_000})
    repo.write({"bundle.js": "c" * 100_000})
    assert max(map(len, shown(repo, "overlaps").splitlines())) < 500


def test_whom_each_worktree_conflicts_with(repo: Checkout) -> None:
    assert shown(repo, "matrix") == "No other worktree to conflict with.\n"
    files = {f"f{number}": "x\n" for number in range(6)}
    for name in ("a", "b-longer", "c"):
        repo.worktree(name).write({"app.py": f"{name}\n"})
    repo.write({**files, "app.py": "mine\n"})
    (repo.path.parent / "c").joinpath("f0").write_text("other\n")
    assert shown(repo, "matrix").splitlines() == [
        "main conflicts with",
        "  c         app.py (conflict), f0 (add-add)",
        "  a         app.py (conflict)",
        "  b-longer  app.py (conflict)",
        "a conflicts with",
        "  b-longer  app.py (conflict)",
        "  c         app.py (conflict)",
        "b-longer conflicts with",
        "  c  app.py (conflict)",
        "",
        "6 pairs of 4 worktrees conflict.",
    ]
