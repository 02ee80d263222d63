"""The whole flow, with the real Claude Code in Neovim's terminals: mark a baseline, fork, see it live, resume, restart."""

import os
import signal

import psutil

from tests.claude.rig import Claude, is_recorded
from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import Shop
from tests.waiting import wait_for

MARK = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"  # before what is typed to Claude Code


def line_of(neovim: Neovim, *words: str) -> int:
    """Wait until a line of the current buffer has all these words; its number."""
    number = neovim.wait(
        """
        for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
          local has = vim.iter(...):all(function(word) return line:find(word, 1, true) end)
          if has then return number end
        end
        """,
        list(words),
        seconds=120,
    )
    return int(number)


def ask(neovim: Neovim, prompt: str) -> None:
    """Type a prompt into the session in the current buffer, and wait for its answer."""
    line_of(neovim, MARK)
    neovim.lua("vim.fn.chansend(vim.bo.channel, (...))", prompt)
    line_of(neovim, MARK, prompt)
    neovim.lua("vim.fn.chansend(vim.bo.channel, (...))", "\r")
    line_of(neovim, f"OK: {prompt}")


def server_of(neovim: Neovim) -> int:
    """The server's process."""
    children: list[int] = neovim.lua("return vim.api.nvim_get_proc_children(vim.fn.getpid())")
    return next(pid for pid in children if "server" in psutil.Process(pid).cmdline())


def test_from_a_baseline_to_a_live_fork_and_back(person: Install, shop: Shop, claude: Claude) -> None:
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    claude.trust(shop.main)
    current = "return vim.api.nvim_get_current_buf()"
    with person.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command(f"Forksight baseline set {baseline} project")
        neovim.notified("project is a baseline now")

        neovim.command("Forksight fork feature/auth")
        neovim.wait("return vim.bo.buftype == 'terminal'", seconds=120)
        terminal = neovim.lua(current)
        ask(neovim, "READ NOTES")
        wait_for("the answer on disk", lambda: is_recorded(claude.config, "OK: READ NOTES"))
        assert "branch refs/heads/feature/auth" in shop.git("worktree", "list", "--porcelain")

        neovim.command("wincmd t | Forksight tree")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        top = line_of(neovim, "know the shop", "main", "project 1")
        assert line_of(neovim, "feature/auth", "your turn") == top + 1

        neovim.command(f"{top + 1}")
        neovim.lua("vim.api.nvim_feedkeys('r', 'x', false)")  # it runs: it is shown
        neovim.wait(f"{current} == ...", terminal)

        neovim.command("bdelete!")
        neovim.command("Forksight tree")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        neovim.command(str(line_of(neovim, "feature/auth", "not running")))
        neovim.lua("vim.api.nvim_feedkeys('r', 'x', false)")
        neovim.wait("return vim.bo.buftype == 'terminal'", seconds=120)
        line_of(neovim, "OK: READ NOTES")  # it goes on where it was

        os.kill(server_of(neovim), signal.SIGKILL)
        neovim.notified("`:Forksight restart` starts it again")
        neovim.command("Forksight restart")
        neovim.wait("return #vim.lsp.get_clients() == 1")
        neovim.command("wincmd t | Forksight tree")
        line_of(neovim, "feature/auth", "your turn")
