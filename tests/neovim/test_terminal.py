"""Terminals for sessions: started as the server says, shown again while they run."""

import pytest

from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import Shop

OPEN = "return require('forksight.terminal').open(vim.json.decode(vim.json.encode((...))))"


def launch(shop: Shop, script: str, *args: str, env: dict[str, str | None] | None = None) -> dict[str, object]:
    """A launch as the server describes it; the script sees the arguments as $0, $1, …"""
    argv = ["sh", "-c", script, *args]
    return {"title": "payments", "cwd": str(shop.pay), "argv": argv, "env": env or {}}


def first_line(neovim: Neovim, text: str) -> None:
    neovim.wait("return vim.fn.getline(1) == ...", text)


def test_runs_the_argv_in_the_worktree_with_the_environment(install: Install, shop: Shop) -> None:
    script = 'echo "$0 $ADDED ${LANG-unset} ${PWD##*/}"; exec sleep 100'
    with install.headless(shop.main) as neovim:
        params = launch(shop, script, "two words", env={"ADDED": "a b"})
        assert neovim.lua(OPEN, params | {"unset": ["LANG"]}) == {"opened": True}
        first_line(neovim, "two words a b unset shop-pay")
        assert neovim.lua("return vim.bo.buftype") == "terminal"
        assert neovim.lua("return vim.api.nvim_buf_get_name(0)").endswith("payments")


def test_a_null_unsets(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        neovim.lua(OPEN, launch(shop, 'echo "${LANG-unset}"', env={"LANG": None}))
        first_line(neovim, "unset")


def test_a_fork_that_runs_is_shown_again_on_resume(install: Install, shop: Shop) -> None:
    script = "echo once; exec sleep 100"
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.lua(OPEN, launch(shop, script, "--resume", "parent", "--fork-session", "--session-id", "own"))
        first_line(neovim, "once")
        buffer = neovim.lua("return vim.api.nvim_get_current_buf()")
        for leave in ("wincmd p", "hide"):
            neovim.command(leave)
            assert neovim.lua(OPEN, launch(shop, script, "--resume", "own")) == {"opened": True}
            assert neovim.lua("return vim.api.nvim_get_current_buf()") == buffer
            assert neovim.lua("return vim.fn.winnr('$')") == 2

        neovim.lua(OPEN, launch(shop, script, "--resume", "parent", "--fork-session", "--session-id", "other"))
        assert neovim.lua("return vim.api.nvim_get_current_buf()") != buffer


def test_one_that_has_ended_is_replaced_in_its_window(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.lua(OPEN, launch(shop, "echo first", "--session-id", "own"))
        first_line(neovim, "first")
        neovim.wait("return vim.fn.jobwait({ vim.bo.channel }, 0)[1] ~= -1")
        neovim.lua(OPEN, launch(shop, "echo second; exec sleep 100", "--resume", "own"))
        first_line(neovim, "second")
        assert neovim.lua("return vim.fn.winnr('$')") == 2


@pytest.mark.parametrize(("where", "layout"), [("split", "col"), ("vsplit", "row"), ("tab", "leaf")])
def test_opens_where_the_person_wants_it(install: Install, shop: Shop, where: str, layout: str) -> None:
    chosen = Install(install.path, install.home, init=f"vim.g.forksight = {{ terminal = '{where}' }}\n")
    with chosen.headless(shop.main, "NOTES") as neovim:
        neovim.lua(OPEN, launch(shop, "exec sleep 100"))
        assert neovim.lua("return vim.fn.winlayout()[1]") == layout
        assert neovim.lua("return vim.fn.tabpagenr('$')") == (2 if where == "tab" else 1)


def test_what_does_not_start_is_said_and_leaves_no_window(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        params = {"title": "t", "cwd": str(shop.pay), "argv": ["no-such-program"], "env": {}}
        assert neovim.lua(OPEN, params) == {"opened": False}
        neovim.notified("could not start `no%-such%-program`")
        assert neovim.lua("return vim.fn.winnr('$')") == 1
