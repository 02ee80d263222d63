"""The fork tree's buffer: what it shows, and that it stays where the person is."""

import uuid

from tests.cleanup.forks_repo import ForksRepo
from tests.neovim.rig import Install
from tests.neovim.shop import CHECKOUT, Shop
from tests.neovim.test_asking import answers


def session(identity: str, title: str | None, parent: str | None = None, **more: object) -> dict[str, object]:
    tokens = {"own": "1.2k", "inherited": "0"}
    words = {"state": "idle", "stateText": "not running", "isFork": parent is not None}
    return {"id": identity, "title": title, "parent": parent, "tokensText": tokens, **words, **more}


TREE = [
    session("base-1", "project", branch="main", baseline={"name": "project", "generation": 2, "current": True}),
    session(
        "pay-2",
        "payments",
        "base-1",
        worktree="/w/pay",
        branch="feature/pay",
        state="live-waiting",
        stateText="waits for a permission",
        last_active="2026-01-01T00:00:00Z",
    ),
    session("deep-3", "retry", "pay-2", tokensText={"own": "0", "inherited": "1.5M"}),
    session("auth-4", "logîn\n", "base-1", state="orphaned", stateText="worktree gone"),
    session("lost-567890", None, "gone", state="archived", stateText="archived"),
]

VIEW = "local view = require('forksight.tree.view') "
WORDS = "local words = require('forksight.words') "
DRAW = (
    VIEW
    + "local tree, conflicts, now = ... return view.lines(require('forksight.json').without_nulls(tree), conflicts, now)"
)


def test_sessions_stand_below_their_parents_in_columns(install: Install, shop: Shop) -> None:
    now = 1767232800  # 2026-01-01 02:00 UTC
    with install.headless(shop.main) as neovim:
        worktrees = [{"path": "/w/pay", "branch": "feature/pay"}, {"path": "/w/docs", "branch": "docs"}]
        tree = {
            "sessions": TREE,
            "worktrees": worktrees,
            "sharing": "Sharing through origin: published 14:30; 1 other machine",
            "colleagues": [
                {"label": "Ada (ada-laptop)", "text": "main · 1 file · seen 14:32", "conflicts": [{"with": "docs"}]}
            ],
            "ignored": ["wip"],
            "problems": [{"message": "one was not read"}],
        }
        lines = neovim.lua(DRAW, tree, {"/w/pay": 2}, now)
        assert [line["text"] for line in lines] == [
            "Fork tree: 5 sessions, 1 live   g? help",
            "session     state                   baseline     active   conflicts here  branch       tokens, own + inherited",
            "project     not running             ★ project 2                           main         1.2k",
            "├ payments  waits for a permission               2 h ago  2 conflicts     feature/pay  1.2k",
            "│ └ retry   not running                                                                0 + 1.5M",
            "└ logîn     worktree gone                                                              1.2k",
            "lost-567    archived                                                                   1.2k",
            "docs  no session  /w/docs",
            "Colleagues · Sharing through origin: published 14:30; 1 other machine",
            "└ Ada (ada-laptop)  main · 1 file · seen 14:32",
            "Overlaps with wip are ignored: u shows them again",
            "one was not read",
        ]
        assert [line["level"] for line in lines] == ["0", "0", ">1", ">2", "2", "1", "0", "0", ">1", "1", "0", "0"]
        for line in lines:
            for mark in line["marks"]:
                assert 0 <= mark["from"] < mark["to"] <= len(line["text"].encode())


def test_the_work_in_a_worktree_and_what_was_said_last_can_be_hidden(install: Install, shop: Shop) -> None:
    place = {"path": "/w/pay", "branch": "feature/pay", "uncommittedText": "3 uncommitted"}
    worktrees = [
        place | {"distanceText": "2 ahead of main"},
        {**place, "path": "/w/b", "branch": "b", "distanceText": ""},
    ]
    tree = {
        "sessions": [session("pay", "pay", worktree="/w/pay", last_sentence="All tests pass.")],
        "worktrees": worktrees,
        "ignored": [],
        "problems": [],
    }
    with install.headless(shop.main) as neovim:
        row, other = (line["text"] for line in neovim.lua(DRAW, tree, {}, 0)[2:])
        assert "3 uncommitted · 2 ahead of main" in row
        assert row.endswith("“All tests pass.”")
        assert other == "b  no session · 3 uncommitted  /w/b"
        hidden = tree | {"hide": ["uncommitted", "distance", "answer", "tokens"]}
        row, other = (line["text"] for line in neovim.lua(DRAW, hidden, {}, 0)[2:])
        assert row.split() == ["pay", "not", "running"]
        assert other == "b  no session  /w/b"


def test_a_long_sentence_takes_several_lines(install: Install, shop: Shop) -> None:
    message = f"“backoff” goes on where “payments” stopped: {'x' * 90} with nothing beside it, in {install.home}/shop"
    with install.headless(shop.main) as neovim:
        lines = neovim.lua(DRAW, {"sessions": TREE, "ignored": [], "problems": [{"message": message}]}, {}, 0)
        assert [line["text"] for line in lines[-3:]] == [
            "“backoff” goes on where “payments” stopped:",
            f"  {'x' * 90}",
            "  with nothing beside it, in ~/shop",
        ]


def test_an_empty_repository_says_how_to_begin(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        lines = neovim.lua(DRAW, {"sessions": [], "ignored": [], "problems": []}, {}, 0)
        assert lines[0]["text"] == "No sessions in this repository yet."
        assert ":Forksight baseline set" in lines[1]["text"]


def test_ages_are_coarse(install: Install, shop: Shop) -> None:
    now = 1767232800
    with install.headless(shop.main) as neovim:
        age = WORDS + "return words.age(...)"
        assert neovim.lua(age, "2026-01-01T01:59:50Z", now) == "now"
        assert neovim.lua(age, "2026-01-01T01:01:00.123Z", now) == "59 min ago"
        assert neovim.lua(age, "2025-12-31T01:00:00+00:00", now) == "25 h ago"
        assert neovim.lua(age, "2025-12-01T00:00:00Z", now) == "31 days ago"
        assert neovim.lua(WORDS + "return words.age(nil, ...)", now) == ""


def test_the_keys_of_a_worktree_without_a_session(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    path = shop.main / "shop/checkout.py"
    path.write_text(CHECKOUT.replace("range(3)", "range(5)"))
    warned = "return #vim.diagnostic.get() == ..."
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait(warned, 1)
        answers(neovim, "main")
        row = "return vim.bo.filetype == 'forksight-tree' and vim.fn.search('feature/pay  no session', 'cw') > 0"
        for key, panel in ("m", "land"), ("x", "clean"), ("d", "compare"):
            neovim.command("Forksight tree")
            neovim.wait(row)
            neovim.press(key)
            neovim.wait("return vim.bo.filetype == 'forksight-' .. ...", panel)
        neovim.command("Forksight tree")
        neovim.wait(row)
        neovim.press("i")
        neovim.wait(warned, 0)
        neovim.wait("return vim.fn.search('Overlaps with feature/pay are ignored') > 0")
        neovim.lua("vim.api.nvim_feedkeys('u', 'x', false)")
        neovim.wait(warned, 1)
        neovim.wait("return vim.fn.search('are ignored') == 0")


def test_keys_folds_and_a_redraw_that_moves_nothing(tidy: Install, forks_repo: ForksRepo) -> None:
    pay, auth = forks_repo.add_fork("feature/pay"), forks_repo.add_fork("feature/auth", age=60)
    forks_repo.fork_of(pay.id, str(uuid.uuid4()), str(pay.checkout.path), "feature/pay", age=30)
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight tree")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        assert neovim.lua("return { vim.fn.line('.'), vim.bo.modifiable }") == [3, False]
        neovim.lua("vim.fn.search('feature/pay', 'w')")
        row = neovim.lua("return vim.fn.line('.')")
        neovim.press("zc")
        assert neovim.lua("return vim.fn.foldtextresult(vim.fn.line('.'))").endswith("(+1)")

        forks_repo.add_fork("feature/aaa", age=1)  # elsewhere; the server says that the tree has changed
        neovim.wait(
            "return vim.iter(vim.api.nvim_buf_get_lines(0, 0, -1, false)):any(function(l) return l:find('aaa') end)"
        )
        assert neovim.lua("return vim.fn.foldclosed(vim.fn.search('feature/pay', 'cw'))") > 0
        assert "feature/pay" in neovim.lua("return vim.api.nvim_get_current_line()")
        neovim.press("R")
        assert abs(neovim.lua("return vim.fn.line('.')") - row) <= 1

        neovim.press("g?")
        help_shown = "return vim.iter(vim.api.nvim_list_wins()):any(function(w) return vim.api.nvim_win_get_config(w)"
        neovim.wait(f"{help_shown}.relative ~= '' end)")
        neovim.press("<Esc>")
        neovim.wait(f"{help_shown}.relative == '' end) and vim.bo.filetype == 'forksight-tree'")
        neovim.press("<CR>")
        neovim.wait("return vim.fn.getcwd() == ...", str(pay.checkout.path))
        neovim.wait("return vim.fn.expand('%:p') == ...", str(pay.checkout.path / "app.py"))  # the file that one was in
        assert neovim.lua("return vim.fn.tabpagenr('$')") == 2
        neovim.command("tabclose")
        neovim.press("q")
        assert neovim.lua("return vim.fn.winnr('$')") == 1
    assert auth.checkout.path.exists()
