"""What each fork changed, as git counts it."""

import uuid

from forksight.core.compare.comparison import ComparedFork
from tests.cleanup.forks_repo import ForksRepo
from tests.compare.conftest import LINES, compare
from tests.conftest import Checkout


def counted(compared: ComparedFork) -> dict[str, tuple[int | None, int | None]]:
    return {change.path: (change.added, change.removed) for change in compared.changes}


def numstat(checkout: Checkout, base: str) -> dict[str, tuple[int | None, int | None]]:
    """The same, as git counts: everything added to a scratch index, compared with a commit."""
    index = {"GIT_INDEX_FILE": str(checkout.path.parent / f"index-{uuid.uuid4()}")}
    checkout.git("read-tree", "HEAD", env=index)
    checkout.git("add", "--all", env=index)
    listing = checkout.git("diff", "--cached", "--numstat", "--histogram", "--find-renames", "-z", base, env=index)
    counts: dict[str, tuple[int | None, int | None]] = {}
    words = iter(listing.split("\0"))
    for row in filter(None, words):
        added, removed, path = row.split("\t")
        if not path:  # a rename: its paths follow
            _, path = next(words), next(words)
        counts[path] = (None, None) if added == "-" else (int(added), int(removed))
    return counts


def test_what_each_changed_as_git_counts_it(forks_repo: ForksRepo) -> None:
    base = forks_repo.repo.commit({"app.py": LINES, "gone.txt": "a\nb\n", "logo": b"\0\1", "mode.sh": "x\n"})
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    a.checkout.commit({"app.py": LINES.replace("line 5\n", "five\nfive and a half\n"), "new.py": "1\n2\n3"}, "one")
    a.checkout.commit({"app.py": LINES.replace("line 5\n", "5\n"), "logo": b"\0\2"}, "two")
    a.checkout.write({"gone.txt": None, "untracked.txt": "u\n", "app.py": LINES.replace("line 30\n", "")})
    (a.checkout.path / "mode.sh").chmod(0o755)
    (a.checkout.path / "link").symlink_to("app.py")
    comparison = compare(forks_repo, a, b)
    first, other = comparison.forks
    assert comparison.base == base
    assert counted(first) == numstat(a.checkout, base)
    assert other.changes == ()
    assert [commit.subject for commit in first.commits] == ["two", "one"]
    uncommitted = {change.path for change in first.changes if change.uncommitted}
    assert uncommitted == {"app.py", "gone.txt", "untracked.txt", "mode.sh", "link"}
    assert (first.added, first.removed) == (5, 3)


def test_a_rename_is_counted_as_git_counts_it(forks_repo: ForksRepo) -> None:
    base = forks_repo.repo.commit({"app.py": LINES, "other.py": LINES + "o\n"})
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    a.checkout.commit({"app.py": None, "lib/app.py": LINES.replace("line 5\n", "five\n")}, "move")
    a.checkout.write({"other.py": None, "another.py": LINES + "more\n"})
    b.checkout.commit({"app.py": None}, "drop")
    first, other = compare(forks_repo, a, b).forks
    assert counted(first) == numstat(a.checkout, base) == {"lib/app.py": (1, 1), "another.py": (1, 1)}
    assert counted(other) == numstat(b.checkout, base)
    assert {change.path: (change.renamed_from, change.uncommitted) for change in first.changes} == {
        "lib/app.py": ("app.py", False),
        "another.py": ("other.py", True),
    }
