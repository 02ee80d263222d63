"""What happens in other worktrees is seen without the client's help, whatever way it happens."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor, insert, is_empty, lines_of, uri_of
from tests.lsp.conftest import edited
from tests.lsp.fixtures import NUMBERS, Start
from tests.waiting import wait_for


@pytest.fixture
def mine(editor: Editor, shop: Checkout, pay: Checkout) -> str:
    """An open document that changes line 5, with pay's edit seen; and a server that watches by now."""
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
    editor.diagnostics(uri)
    for text in (NUMBERS, edited(5, "theirs\n")):  # two rounds: the second one came through a watch
        mark = editor.mark()
        pay.write({"pay.py": text})
        editor.diagnostics(uri, is_empty if text == NUMBERS else bool, since=mark)
    return uri


def act_and_wait(
    editor: Editor, uri: str, act: Callable[[], object], wanted: Callable[[list[dict[str, object]]], bool]
) -> None:
    """Wait until a document's diagnostics are what is wanted after an act; how soon is for the bench to say."""
    mark = editor.mark()
    act()
    editor.diagnostics(uri, wanted, since=mark)


def test_save_by_rename(editor: Editor, mine: str, pay: Checkout) -> None:
    def save() -> None:
        (pay.path / "pay.py~tmp").write_text(NUMBERS)
        os.replace(pay.path / "pay.py~tmp", pay.path / "pay.py")

    act_and_wait(editor, mine, save, is_empty)


def test_commit_checkout_and_reset(editor: Editor, mine: str, pay: Checkout) -> None:
    act_and_wait(editor, mine, pay.commit, lambda diagnostics: "(committed)" in str(diagnostics))
    act_and_wait(editor, mine, lambda: pay.git("checkout", "--quiet", "--detach", "main"), is_empty)
    act_and_wait(editor, mine, lambda: pay.git("checkout", "--quiet", "feature/pay"), bool)
    act_and_wait(editor, mine, lambda: pay.git("reset", "--quiet", "--hard", "main"), is_empty)


def test_rebase_that_stops(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    # What is published late must not be taken for the rebase's: its abort would then come before the server saw it stop.
    act_and_wait(editor, mine, pay.commit, lambda diagnostics: "(committed)" in str(diagnostics))
    shop.commit({"pay.py": edited(5, "base moved\n")}, "moved")

    def rebase() -> None:
        with pytest.raises(AssertionError, match="could not apply"):
            pay.git("rebase", "--quiet", "main")

    act_and_wait(editor, mine, rebase, is_empty)
    mark = editor.mark()
    pay.git("rebase", "--abort")
    editor.diagnostics(mine, lambda diagnostics: "feature/pay" in str(diagnostics), since=mark)


def test_a_worktree_comes_and_goes(editor: Editor, mine: str, shop: Checkout) -> None:
    new = shop.path.parent / "newcomer"

    def create() -> None:
        shop.worktree("newcomer").write({"pay.py": edited(5, "new\n")})

    act_and_wait(editor, mine, create, lambda diagnostics: "newcomer" in str(diagnostics))
    act_and_wait(
        editor,
        mine,
        lambda: shop.git("worktree", "remove", "--force", str(new)),
        lambda diagnostics: "newcomer" not in str(diagnostics),
    )


def test_a_worktree_is_deleted_by_hand(editor: Editor, mine: str, pay: Checkout) -> None:
    def delete() -> None:
        for path in sorted(pay.path.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        pay.path.rmdir()

    act_and_wait(editor, mine, delete, is_empty)


def test_a_worktree_is_moved_away_and_back(editor: Editor, mine: str, pay: Checkout) -> None:
    away = pay.path.parent / "away"
    act_and_wait(editor, mine, lambda: pay.path.rename(away), is_empty)
    act_and_wait(editor, mine, lambda: away.rename(pay.path), bool)
    (pay.path / ".git").rename(away)
    act_and_wait(editor, mine, lambda: pay.write({"pay.py": edited(5, "theirs again\n")}), is_empty)
    act_and_wait(editor, mine, lambda: away.rename(pay.path / ".git"), bool)


def test_the_link_of_a_worktree_is_gone_for_a_while(editor: Editor, mine: str, pay: Checkout) -> None:
    link, away = pay.path / ".git", pay.path.parent / "away"
    link.rename(away)
    act_and_wait(editor, mine, lambda: pay.write({"pay.py": edited(5, "theirs again\n")}), is_empty)
    act_and_wait(editor, mine, lambda: away.rename(link), bool)


@pytest.mark.permissions
def test_a_worktree_that_may_not_be_read_for_a_while(editor: Editor, mine: str, pay: Checkout) -> None:
    act_and_wait(editor, mine, lambda: pay.path.chmod(0), is_empty)
    act_and_wait(editor, mine, lambda: pay.path.chmod(0o755), bool)
    assert not any("max_user" in str(message) for message in editor.messages)


def test_our_own_worktree_is_deleted_and_comes_back(editor: Editor, mine: str, pay: Checkout, shop: Checkout) -> None:
    mine_there = editor.open(pay.path / "cart.py", edited(5, "there\n"))
    shop.write({"cart.py": edited(5, "here\n")})
    editor.diagnostics(mine_there)
    mark = editor.mark()
    shop.git("worktree", "remove", "--force", str(pay.path))
    editor.diagnostics(mine_there, is_empty, since=mark)
    mark = editor.mark()
    shop.git("worktree", "add", "--quiet", str(pay.path), "feature/pay")
    editor.diagnostics(mine_there, since=mark)


def test_new_folders(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    (shop.path / "new/deep").mkdir(parents=True)
    uri = editor.open(shop.path / "new/deep/file.py", "mine\n")
    act_and_wait(editor, uri, lambda: pay.write({"new/deep/file.py": "theirs\n"}), bool)
    assert lines_of(editor.diagnostics(uri))[0][2] == "add-add"
    act_and_wait(
        editor,
        uri,
        lambda: pay.write({"new/deep/file.py": "mine\n"}),
        lambda diagnostics: "identical" in str(diagnostics),
    )
    act_and_wait(editor, uri, lambda: pay.write({"new/deep/file.py": None}), is_empty)


def test_a_branch_moves_without_its_worktree(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    base = shop.git("rev-parse", "HEAD")
    act_and_wait(editor, mine, pay.commit, lambda diagnostics: "(committed)" in str(diagnostics))
    act_and_wait(
        editor,
        mine,
        lambda: shop.git("update-ref", "refs/heads/feature/pay", base),
        lambda diagnostics: "uncommitted" in str(diagnostics),
    )


def test_ignored_files_are_not_looked_at(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    pay.write({".gitignore": "build/\n"})
    ours = editor.open(shop.path / "build/out.py", "mine\n")
    editor.diagnostics(ours, is_empty, version=0)
    pay.write({"build/out.py": "theirs\n"})
    act_and_wait(editor, mine, lambda: pay.write({"pay.py": NUMBERS}), is_empty)
    assert editor.published(ours) == [{"uri": ours, "version": 0, "diagnostics": []}]
    act_and_wait(editor, ours, lambda: pay.write({".gitignore": None}), bool)


def test_a_worktree_that_is_made_slowly(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    """`git worktree add` makes the entry first and the checkout later: a look in between must not be the last one."""
    shop.git("branch", "late")
    late = Checkout(shop.path.parent / "late")
    entry = shop.path / ".git/worktrees/late"
    entry.mkdir()
    act_and_wait(editor, mine, lambda: pay.write({"pay.py": NUMBERS}), is_empty)  # by now it has been looked at
    late.path.mkdir()
    for path, text in (("gitdir", f"{late.path}/.git"), ("commondir", "../.."), ("HEAD", "ref: refs/heads/late")):
        (entry / path).write_text(f"{text}\n")
    (late.path / ".git").write_text(f"gitdir: {entry}\n")
    late.git("reset", "--quiet", "--hard")
    late.write({"pay.py": edited(5, "late\n")})
    assert editor.diagnostics(mine, lambda diagnostics: "late changed" in str(diagnostics))


def test_a_burst_of_writes_is_one_change(editor: Editor, mine: str, pay: Checkout) -> None:
    mark = editor.mark()
    for number in range(1000):
        pay.write({f"gen/{number % 50}.txt": f"{number}\n"})
    pay.write({"pay.py": NUMBERS})
    editor.diagnostics(mine, is_empty, since=mark)
    assert len(editor.published(mine, mark)) == 1


def test_compared_refs(start: Start, shop: Checkout) -> None:
    shop.git("branch", "release")
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0, "refs": ["release"]}})
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
    editor.diagnostics(uri, is_empty)
    tree = commit_of(shop, edited(5, "released\n"))
    act_and_wait(
        editor,
        uri,
        lambda: shop.git("update-ref", "refs/heads/release", tree),
        lambda diagnostics: "release changed" in str(diagnostics),
    )
    assert editor.diagnostics(uri)[0]["relatedInformation"] == []


def commit_of(shop: Checkout, text: str) -> str:
    """A commit on top of HEAD with another pay.py, made beside the worktree."""
    index = {"GIT_INDEX_FILE": str(shop.path.parent / "scratch-index")}
    blob = shop.git("hash-object", "-w", "--stdin", stdin=text.encode())
    shop.git("read-tree", "HEAD", env=index)
    shop.git("update-index", "--cacheinfo", f"100644,{blob},pay.py", env=index)
    tree = shop.git("write-tree", env=index)
    return shop.git("commit-tree", tree, "-p", "HEAD", "-m", "released")


def test_nested_worktrees_belong_to_themselves(start: Start, shop: Checkout) -> None:
    nested = shop.worktree(".claude/worktrees/inner", "inner").write({"pay.py": edited(5, "inner\n")})
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    outer = editor.open(shop.path / "pay.py", edited(5, "outer\n"))
    assert editor.diagnostics(outer)[0]["message"].startswith("inner ")
    within = editor.open(nested.path / "cart.py", edited(5, "inner too\n"))
    editor.diagnostics(within, is_empty)
    mark = editor.mark()
    shop.write({"cart.py": edited(5, "outer too\n")})
    assert editor.diagnostics(within, since=mark)[0]["message"].startswith("main ")


def test_ten_documents_in_five_worktrees(start: Start, shop: Checkout) -> None:
    others = [shop.worktree(f"w{number}") for number in range(4)]
    places = [shop, *others]
    editor = start(shop.path)
    editor.initialize(*(place.path for place in places), options={"overlaps": {"delay": 0}})
    uris = [editor.open(place.path / name) for place in places for name in ("pay.py", "cart.py")]
    for number, uri in enumerate(uris):
        version = editor.change(uri, insert(4, 0, f"{number} "))
        editor.diagnostics(uri, is_empty, version=version)
    for place in others:
        place.write({"pay.py": edited(5, f"{place.path.name}\n"), "cart.py": edited(5, f"{place.path.name}\n")})
    for name in ("pay.py", "cart.py"):
        uri = uri_of(shop.path / name)
        diagnostics = editor.diagnostics(uri, lambda diagnostics: len(diagnostics) == 4)
        assert lines_of(diagnostics) == [(4, 4, "conflict")] * 4


def test_five_servers_on_one_repository_that_stays_untouched(start: Start, shop: Checkout, pay: Checkout) -> None:
    shop.write({"cart.py": edited(5, "dirty\n"), "untracked.txt": "x\n"})
    before = state_of(shop, pay)
    editors = [start(place.path) for place in (shop, pay, shop, pay, shop)]
    for editor in editors:
        editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
        uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
        assert lines_of(editor.diagnostics(uri)) == [(4, 4, "conflict")]
        for column in range(20):
            version = editor.change(uri, insert(4, column, "y"))
        editor.diagnostics(uri, version=version)
    for editor in editors:
        assert editor.leave() == 0
        assert editor.shown() == []
    assert state_of(shop, pay) == before


def state_of(*checkouts: Checkout) -> list[object]:
    """What looking must not change: index bytes, refs, and the number of objects."""
    state: list[object] = []
    for checkout in checkouts:
        git_dir = Path(checkout.git("rev-parse", "--absolute-git-dir"))
        state += [
            (git_dir / "index").read_bytes(),
            (git_dir / "index").stat().st_mtime_ns,
            checkout.git("for-each-ref"),
        ]
    common = Path(checkouts[0].git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    state.append(sorted(str(path) for path in common.rglob("*")))
    return state


def test_the_first_document_is_checked_before_worktrees_are_scanned_whole(
    start: Start, shop: Checkout, pay: Checkout, tmp_path: Path
) -> None:
    git, may_scan, held = tmp_path / "bin/git", tmp_path / "may-scan", tmp_path / "held"
    git.parent.mkdir()
    git.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "*:\\(top,literal\\)*) ;;\n"
        f'*" status "*|"status "*) touch "{held}"; while [ ! -e "{may_scan}" ]; do sleep 0.02; done ;;\n'
        "esac\n"
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    git.chmod(0o755)
    editor = start(shop.path, env={"PATH": f"{git.parent}:{os.environ['PATH']}"})
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    (pay.path / "cart.py").unlink()
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
    assert lines_of(editor.diagnostics(uri)) == [(4, 4, "conflict")]
    wait_for("a whole scan to begin", held.exists)
    assert not may_scan.exists()
    version = editor.change(uri, insert(0, 0, "typed\n"))
    assert lines_of(editor.diagnostics(uri, version=version)) == [(5, 5, "conflict")]
    mark = editor.mark()
    pay.write({"pay.py": NUMBERS})
    may_scan.touch()
    assert editor.diagnostics(uri, is_empty, since=mark) == []
