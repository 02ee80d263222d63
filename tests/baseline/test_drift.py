"""What changed since a baseline learned the project, in words; where it is said, and to whom."""

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from forksight.core.baseline.drift import Drift, Fate, ReadFile, changed_rules, fates, new_folders
from forksight.core.baseline.wording import phrases
from forksight.core.git.snapshot import Change, Entry
from forksight.core.overlaps.overlap import Conflicts
from forksight.core.sessions.session import Mark
from forksight.core.sessions.tree import outdated
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline import baselines
from forksight.features.baseline.drift import drift
from forksight.features.sessions.tree import fork_tree
from forksight.features.status import status
from tests.forks.sessions_repo import DAY, SessionsRepo
from tests.lsp.client import FULL, Editor, Json, uri_of

ONE, TWO = Entry(0o100644, "1" * 40), Entry(0o100644, "2" * 40)
ADDED, CHANGED, DELETED = Change(None, ONE), Change(ONE, TWO), Change(ONE, None)


def learned(sessions_repo: SessionsRepo, *names: str) -> str:
    """The baseline `payments`, whose session has read these files (committed)."""
    sessions_repo.repo.commit({name: name + "\nsame line" * 20 + "\n" for name in names}, "what it learns")
    session = sessions_repo.session(reads=names)
    sessions_repo.mark(session)
    return session


def measured_drift(sessions_repo: SessionsRepo) -> Drift:
    context = sessions_repo.context()
    view, _ = context.ledger.view()
    (node,) = [node for node in fork_tree(context).nodes if node.id == view.baselines[0].generation.session]
    measured, problems = drift(context, view.baselines[0], node)
    assert problems == ()
    assert measured is not None
    return measured


@pytest.mark.parametrize(
    ("drifted", "said"),
    [
        (Drift("a", "a", "main", 0), ()),
        (Drift("a", "b", "main", 1), ("1 commit",)),
        (
            Drift(
                *("a", "b", "main", 34, 15),
                tuple(
                    ReadFile(path, Fate.CHANGED, path)
                    for path in ("src/auth/a", "src/auth/b", "src/auth/c", "src/auth/in/d", "x", "src/y")
                ),
            ),
            ("34 commits; 6 of the 15 files it read changed, most in src/auth",),
        ),
        (
            Drift("a", "b", "main", 2, 1, (ReadFile("x.py", Fate.DELETED, None),), ("api", "web"), ("CLAUDE.md",)),
            ("2 commits; the one file it read changed", "CLAUDE.md changed", "new: api/ and web/"),
        ),
        (
            Drift("a", "b", None, 0, 0, (), (), ("a/README.md", "b/README.md", "c/README.md", "d/README.md")),
            ("a/README.md, b/README.md, c/README.md and 1 more changed",),
        ),
    ],
)
def test_in_words(drifted: Drift, said: tuple[str, ...]) -> None:
    assert phrases(drifted) == said


def test_what_became_of_files_that_were_read() -> None:
    changes = {"a": CHANGED, "b": DELETED, "c": DELETED, "new/c": ADDED, "e": ADDED}
    assert fates(["e", "d", "c", "b", "a"], changes, {"c": "new/c"}) == (
        ReadFile("a", Fate.CHANGED, "a"),
        ReadFile("b", Fate.DELETED, None),
        ReadFile("c", Fate.MOVED, "new/c"),
    )


def test_new_folders_are_told_by_the_outermost() -> None:
    changes = dict.fromkeys(["top.py", "api/v1/a.py", "api/b.py", "src/pay/deep/c.py", "src/old/d.py"], ADDED)
    assert new_folders({**changes, "gone/x": DELETED}, {"src", "src/old"}) == ("api", "src/pay")


def test_rules_are_found_anywhere() -> None:
    names = ["web/package.json", "CLAUDE.md", "src/readme.py", "docs/README.rst", "pyproject.toml"]
    assert changed_rules(dict.fromkeys(names, CHANGED)) == (
        *("CLAUDE.md", "pyproject.toml"),
        *("docs/README.rst", "web/package.json"),
    )


def test_no_drift_where_nothing_happened(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    drifted = measured_drift(sessions_repo)
    assert (drifted.commits, drifted.read, drifted.files, drifted.rules) == (0, 1, (), ())
    result = baselines.check(sessions_repo.context(), None)
    assert result.stale == ()


def test_changed_deleted_and_moved_files(sessions_repo: SessionsRepo) -> None:
    learned(sessions_repo, "src/auth/a.py", "src/auth/b.py", "src/auth/c.py", "src/d.py")
    sessions_repo.repo.git("mv", "src/auth/c.py", "src/moved.py")
    moved = sessions_repo.repo.path / "src" / "moved.py"
    sessions_repo.repo.commit(
        {"src/auth/a.py": "new\n", "src/auth/b.py": None, "src/moved.py": moved.read_text() + "more\n"}
    )
    sessions_repo.repo.commit({"api/v1/x.py": "x\n", "CLAUDE.md": "rules\n", "never/read.py": "y\n"})
    drifted = measured_drift(sessions_repo)
    assert drifted.branch == "main"
    assert drifted.commits == 2
    assert drifted.read == 4
    assert drifted.files == (
        ReadFile("src/auth/a.py", Fate.CHANGED, "src/auth/a.py"),
        ReadFile("src/auth/b.py", Fate.DELETED, None),
        ReadFile("src/auth/c.py", Fate.MOVED, "src/moved.py"),
    )
    assert drifted.folders == ("api", "never")
    assert drifted.rules == ("CLAUDE.md",)
    assert phrases(drifted)[0] == "2 commits; 3 of the 4 files it read changed, all in src/auth"


def test_the_branch_that_it_was_made_on_counts(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.git("switch", "--quiet", "-c", "other")
    sessions_repo.repo.commit({"app.py": "other\n"})
    assert measured_drift(sessions_repo).commits == 0
    sessions_repo.repo.git("branch", "-D", "main")
    drifted = measured_drift(sessions_repo)
    assert (drifted.branch, drifted.commits) == (None, 1)


@pytest.mark.parametrize(("limit", "stale"), [(1, True), (2, True), (3, False)])
def test_commits_make_it_stale_from_the_set_number_on(
    sessions_repo: SessionsRepo, baseline_id: str, limit: int, *, stale: bool
) -> None:
    sessions_repo.repo.commit({"app.py": "1\n"})
    sessions_repo.repo.commit({"app.py": "2\n"})
    result = baselines.check(sessions_repo.context(baseline={"staleAfterCommits": limit}), None)
    assert result.stale == (("2 commits; the one file it read changed",) if stale else ())
    assert result.drift is not None
    assert result.drift.commits == 2


def test_age_makes_it_stale(sessions_repo: SessionsRepo) -> None:
    sessions_repo.mark(sessions_repo.session(age=8 * DAY))
    assert baselines.check(sessions_repo.context(), None).stale == ("it learned nothing for 8 days",)


def test_a_commit_that_is_gone_is_a_problem(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    lost = sessions_repo.repo.git("rev-parse", "HEAD")
    sessions_repo.repo.git("checkout", "--quiet", "--orphan", "fresh")
    sessions_repo.repo.commit()
    sessions_repo.repo.git("branch", "-D", "main")
    sessions_repo.repo.git("reflog", "expire", "--expire=now", "--all")
    sessions_repo.repo.git("gc", "--quiet", "--prune=now")
    assert lost not in sessions_repo.repo.git("rev-list", "--all")
    result = baselines.check(sessions_repo.context(), None)
    assert result.drift is None
    assert "drift-unknown" in [problem.code for problem in result.problems]


def test_the_command_says_fit_and_stale(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    done = sessions_repo.cli("baseline", "check")
    assert (done.returncode, done.stdout) == (0, "payments is fit to fork from.\npayments is up to date.\n")
    for number in range(20):
        sessions_repo.repo.commit({"app.py": f"{number}\n"})
    done = sessions_repo.cli("baseline", "check")
    assert done.returncode == 1
    assert "- 20 commits; the one file it read changed\n" in done.stdout
    document = json.loads(sessions_repo.cli("baseline", "check", "--json").stdout)
    assert (document["fit"], document["stale"]) == (True, True)
    said = "20 commits; the one file it read changed"
    assert document["reasons"] == [{"code": "baseline-stale", "message": said, "rows": []}]
    assert document["drift"]["files"] == [{"path": "app.py", "fate": "changed", "now": "app.py"}]


def test_forks_of_an_older_generation_are_marked(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    context = sessions_repo.context()
    (old,) = context.ledger.view()[0].baselines
    second = Generation(2, sessions_repo.session("second"), old.generation.commit, old.generation.created)
    context.ledger.save_baseline(Baseline("payments", 2, (*old.generations, second)), replacing=old)
    tree = fork_tree(sessions_repo.context())
    assert outdated(tree) == {launch.session: Mark("payments", 1, current=False)}
    assert "of payments 1, superseded" in sessions_repo.cli("tree").stdout
    (there,) = [worktree for worktree in context.repository.worktrees()[0] if worktree.path == launch.cwd]
    fresh = status(context, tree, there, Conflicts()).baseline
    assert fresh is not None
    assert fresh.reasons == ("the session here knows generation 1, not 2: fork again with `forksight fork x --again`",)
    again = sessions_repo.fork("x", again=True).launch
    assert (again.cwd, again.argv[2]) == (launch.cwd, second.session)


@pytest.fixture
def editor(sessions_repo: SessionsRepo) -> Iterator[Callable[[], Editor]]:
    editors = []

    def start() -> Editor:
        editor = Editor.start(sessions_repo.repo.path)
        editors.append(editor)
        ready: Mapping[str, Callable[[Json], Json | list[None] | None]] = {
            "workspace/configuration": lambda _: [None],
            "client/registerCapability": lambda _: None,
        }
        editor.answers.update(ready)
        editor.initialize(sessions_repo.repo.path, capabilities={**FULL, "experimental": {"forksight": {}}}, options={})
        return editor

    yield start
    for client in editors:
        client.kill()


def test_an_editor_says_it_in_the_conventions_file_and_the_status(
    sessions_repo: SessionsRepo, baseline_id: str, editor: Callable[[], Editor]
) -> None:
    for number in range(20):
        sessions_repo.repo.commit({"CLAUDE.md": f"{number}\n"})
    client = editor()
    code = client.open(sessions_repo.repo.path / "app.py")
    rules = client.open(sessions_repo.repo.path / "CLAUDE.md")
    (diagnostic,) = client.diagnostics(rules)
    assert (diagnostic["code"], diagnostic["severity"], diagnostic["source"]) == ("baseline-stale", 3, "forksight")
    assert (
        diagnostic["message"] == "The baseline payments is stale: 20 commits; CLAUDE.md changed. Run “Refresh baseline”"
    )
    status = client.request("forksight/status", {"textDocument": {"uri": code}})
    assert status["baseline"]["stale"] is True
    assert status["baseline"]["reasons"] == ["20 commits", "CLAUDE.md changed"]
    assert not [
        diagnostic for diagnostic in client.diagnostics(code, lambda _: True) if diagnostic["code"] == "baseline-stale"
    ]
    since = client.mark()
    sessions_repo.context().ledger.remove_baseline("payments")
    client.diagnostics(rules, lambda left: not left, since=since)


def test_a_closed_conventions_file_is_told_of_too(
    sessions_repo: SessionsRepo, baseline_id: str, editor: Callable[[], Editor]
) -> None:
    for number in range(20):
        sessions_repo.repo.commit({"README": f"{number}\n"})
    client = editor()
    client.open(sessions_repo.repo.path / "app.py")
    (diagnostic,) = client.diagnostics(uri_of(sessions_repo.repo.path / "README"))
    assert diagnostic["code"] == "baseline-stale"
