"""Which buffers the server hears of, and how many servers there are."""

import os
import re
import signal

from tests.neovim.rig import PLUGIN, Install, Neovim
from tests.neovim.shop import Shop
from tests.rigs import ROOT

ATTACHED = "return #vim.lsp.get_clients({ bufnr = 0, name = 'forksight' }) == 1"
FOLDERS = "return vim.tbl_map(function(f) return f.name end, vim.lsp.get_clients()[1].workspace_folders)"


def open_attached(neovim: Neovim, path: object) -> None:
    neovim.command(f"edit {path}")
    neovim.wait(ATTACHED)


def test_one_client_serves_all_worktrees_and_every_kind_of_file(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait(ATTACHED)
        assert neovim.lua("return vim.bo.filetype") == "python"
        open_attached(neovim, "NOTES")
        assert neovim.lua("return vim.bo.filetype") == ""
        open_attached(neovim, "not/yet/written.xyz")
        open_attached(neovim, shop.pay / "NOTES")
        assert neovim.wait(f"{FOLDERS}") == [str(shop.main), str(shop.pay)]
        assert neovim.lua("return #vim.lsp.get_clients()") == 1


def test_another_repository_has_a_client_of_its_own(install: Install, shop: Shop) -> None:
    other = shop.main / "vendor"
    other.mkdir()
    shop.git("init", "--quiet", "--initial-branch", "trunk", cwd=other)
    (other / "file.py").write_text("x = 1\n")
    shop.git("add", ".", cwd=other)
    shop.git("commit", "--quiet", "--message", "Begin", cwd=other)
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait(ATTACHED)
        neovim.completes("Forksight fork ", "feature/pay", "main")
        open_attached(neovim, "vendor/file.py")
        assert neovim.lua("return #vim.lsp.get_clients()") == 2
        neovim.completes("Forksight fork ", "trunk")  # each request is about where the person is
        neovim.command("edit NOTES")
        neovim.completes("Forksight fork ", "feature/pay", "main")


def test_the_readmes_lines_for_a_plugin_manager(install: Install, shop: Shop) -> None:
    """A manager that clones the repository calls `config` with where it is, once Neovim has started."""
    (spec,) = re.findall(r"```lua\n(\{\n.*?)```", (PLUGIN / "README.md").read_text(), re.DOTALL)
    with install.headless(shop.main, "--clean", "NOTES") as neovim:
        neovim.lua(f"local spec = {spec} spec.config({{ dir = ... }})", str(ROOT))
        neovim.wait(ATTACHED)


def test_never_attaches_to_what_is_not_a_file_of_a_worktree(install: Install, shop: Shop) -> None:
    commands = [
        "enew",
        "edit .git/config",
        "edit .git/worktrees/shop-pay/COMMIT_EDITMSG",
        "edit /etc/hostname",
        "edit shop",
        "edit scheme://host/shop/checkout.py",
        "terminal true",
        "help",
        "copen",
        "enew | setlocal buftype=nofile | file scratch.py | setfiletype python",
    ]
    with install.headless(shop.main) as neovim:
        buffers = {}
        for command in commands:
            neovim.command("tabnew")
            neovim.command(command)
            buffers[command] = neovim.lua("return vim.api.nvim_get_current_buf()")
        neovim.command("tabnew")
        open_attached(neovim, "NOTES")  # those before it have had their turn
        attached = "return #vim.lsp.get_clients({ bufnr = ... }) > 0"
        assert [command for command, buffer in buffers.items() if neovim.lua(attached, buffer)] == []


def test_enabled_late_by_a_plugin_manager(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "--clean", "NOTES") as neovim:
        neovim.lua("vim.opt.runtimepath:append((...))", str(PLUGIN))
        neovim.command("runtime plugin/forksight.lua")
        neovim.lua("vim.lsp.enable('forksight')")
        neovim.wait(ATTACHED)


def test_a_buffer_that_gets_a_name_is_a_file_from_then_on(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        neovim.command("write LATER")
        neovim.wait(ATTACHED)


def test_a_missing_server_is_said_once_and_what_to_do(install: Install, shop: Shop) -> None:
    without = Install(install.path, install.home, init="vim.env.PATH = '/usr/bin:/bin'\n")
    with without.headless(shop.main, "NOTES") as neovim:
        assert f"uv tool install '{ROOT}'" in neovim.notified("`forksight` was not found")
        neovim.command("edit shop/checkout.py")
        neovim.command("edit other.py")
        assert neovim.lua("return #_G.notified") == 1


def test_a_command_before_the_server_is_up_waits_for_the_one_that_starts(install: Install, shop: Shop) -> None:
    with_client = "require('forksight.client').with(function(client) _G.got = client.id end)"
    with install.headless(shop.main) as neovim:
        neovim.lua(f"vim.cmd.edit('NOTES') {with_client}")
        neovim.wait("return _G.got")
        neovim.wait(ATTACHED)
        assert neovim.lua("return #vim.lsp.get_clients()") == 1


def test_a_command_starts_a_server_where_no_file_is_open(install: Install, shop: Shop) -> None:
    with_client = "require('forksight.client').with(function(client) _G.got = client.id end)"
    with install.headless(shop.main) as neovim:
        neovim.lua(with_client)
        neovim.lua(with_client)
        neovim.wait("return _G.got")
        neovim.command("edit NOTES")
        neovim.wait(ATTACHED)
        assert neovim.lua("return #vim.lsp.get_clients()") == 1


def test_restart_keeps_the_buffers(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait(ATTACHED)
        before = neovim.lua("return vim.lsp.get_clients()[1].id")
        neovim.command("Forksight restart")
        neovim.wait(
            "local c = vim.lsp.get_clients({ bufnr = 0 }) return #c == 1 and c[1].id ~= ... and c[1].initialized",
            before,
        )
        neovim.wait("return vim.lsp.get_client_by_id(...) == nil", before)


def test_a_server_that_dies_is_said_and_started_again(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        open_attached(neovim, "shop/checkout.py")
        (server,) = neovim.lua("return vim.api.nvim_get_proc_children(vim.fn.getpid())")
        os.kill(server, signal.SIGKILL)
        neovim.notified("`:Forksight restart` starts it again")
        neovim.wait("return #vim.lsp.get_clients() == 0")
        neovim.command("Forksight restart")
        neovim.wait(ATTACHED)
        neovim.wait("return vim.tbl_count(vim.lsp.get_clients()[1].attached_buffers) == 2")
