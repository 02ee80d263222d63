"""`:Forksight`, its completion, its mappings, its help and its health check."""

import re
import uuid

import pytest

from tests.cleanup.forks_repo import ForksRepo
from tests.neovim.rig import PLUGIN, Install
from tests.neovim.shop import Shop

README = (PLUGIN / "README.md").read_text()
HELP = (PLUGIN / "doc" / "forksight.txt").read_text()
COMPLETE = "return vim.fn.getcompletion(..., 'cmdline')"


def test_the_table_the_mappings_and_the_help_agree(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        commands = neovim.lua(
            """
            return vim.tbl_map(function(command)
              return { name = command.name, arguments = command.arguments, summary = command.summary,
                       mapped = vim.fn.maparg('<Plug>(forksight-' .. command.name .. ')', 'n') ~= '' }
            end, require('forksight.commands.table'))
            """
        )
        squeezed = re.sub(r"\s+", " ", HELP)
        for command in commands:
            assert command["mapped"], command["name"]
            usage = f":Forksight {command['name']} {command['arguments']}".strip()
            assert f"`{command['name']}`" in README or f"`:Forksight {command['name']}`" in README
            assert f" {usage} *:Forksight-{command['name']}* {command['summary']}" in squeezed
        plugs = neovim.lua("return vim.tbl_map(function(m) return m.lhs end, vim.api.nvim_get_keymap('n'))")
        assert len([lhs for lhs in plugs if lhs.startswith("<Plug>(forksight-")]) == len(commands)
        for panel in "tree", "clean", "compare", "land":
            keys = "require('forksight.' .. ...).keys"
            for line in neovim.lua(f"return require('forksight.panel').help({keys})", panel):
                assert re.sub(r"\s+", " ", line) in squeezed


def test_help_tags_are_sound(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        folder = shop.main / "doc"
        folder.mkdir()
        (folder / "forksight.txt").write_text(HELP)
        neovim.command(f"helptags {folder}")  # fails on a duplicate
        own = set(re.findall(r"^(\S+)\t", (folder / "tags").read_text(), re.MULTILINE))
        for link in set(re.findall(r"(?<!\|)\|([^|\s]+)\|(?!\|)", HELP)):
            assert link in own or neovim.lua("return #vim.fn.getcompletion(..., 'help') > 0", link), link
        assert max(map(len, re.sub(r">\w*\n.*?\n<", "", HELP, flags=re.DOTALL).splitlines())) <= 78


def test_completion(install: Install, shop: Shop) -> None:
    shop.git("branch", "feature/auth")
    with install.headless(shop.main) as neovim:  # no server yet: anything may be offered
        assert neovim.lua(COMPLETE, "Forksight re") == ["resume", "restore", "restart"]
        neovim.command("edit NOTES")
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.completes("Forksight fork feature/", "feature/auth", "feature/pay")
        assert neovim.lua(COMPLETE, "Forksight baseline ro") == ["rollback"]
        assert neovim.lua(COMPLETE, "Forksight tree ") == []


def test_help_is_found_where_no_plugin_manager_made_its_tags(install: Install, shop: Shop) -> None:
    tags = PLUGIN / "doc" / "tags"
    tags.unlink(missing_ok=True)
    with install.headless(shop.main) as neovim:
        neovim.wait("return pcall(vim.cmd.help, 'forksight')")  # each Neovim that starts without them makes them
        assert neovim.lua("return vim.bo.buftype") == "help"


def test_titles_with_spaces(tidy: Install, forks_repo: ForksRepo) -> None:
    worktree = forks_repo.repo.worktree("http2", "feature/http2").path
    identity = str(uuid.uuid4())
    forks_repo.fork_of(forks_repo.parent, identity, str(worktree), "feature/http2", title="why is http2 slow")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.completes("Forksight resume wh", r"why\ is\ http2\ slow")
        assert identity not in neovim.lua(COMPLETE, "Forksight clean ")
        for spelled in "why is http2 slow", r"why\ is\ http2\ slow":
            neovim.command(f"Forksight resume {spelled}")
            neovim.wait("return vim.bo.buftype == 'terminal'")
            assert neovim.lua("return vim.b.forksight_place.worktree") == str(worktree)
            neovim.command("bdelete!")


def test_what_the_server_does_not_offer_is_neither_completed_nor_run(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(
            """
            local commands = vim.lsp.get_clients()[1].server_capabilities.executeCommandProvider.commands
            while table.remove(commands) do end
            """
        )
        offered = neovim.lua(COMPLETE, "Forksight ")
        assert sorted(offered) == ["cancel", "diff", "log", "overlaps", "restart", "start", "worktree"]
        neovim.command("Forksight savings")
        neovim.notified("does not offer `forksight.showSavings`: update it")


def test_a_typo_is_said(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim, pytest.raises(AssertionError, match="`frok` is not a command"):
        neovim.command("Forksight frok")


def test_outside_a_repository_it_says_so(install: Install, shop: Shop) -> None:
    with install.headless(install.home) as neovim:
        neovim.command("Forksight tree")
        neovim.notified("not in a git worktree")


def test_worktree_opens_in_a_tab_page_of_its_own(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "+14", "shop/checkout.py") as neovim:
        neovim.command("Forksight worktree feature/pay")
        neovim.wait("return vim.fn.getcwd() == ...", str(shop.pay))
        assert neovim.lua("return vim.fn.expand('%:p')") == str(shop.pay / "shop/checkout.py")
        assert neovim.lua("return vim.fn.line('.')") == 14
        assert neovim.lua("return vim.fn.tabpagenr('$')") == 2
        neovim.command("tabclose")
        neovim.lua("vim.ui.select = function(items, o, choose) _G.asked = o; choose(items[2]) end")
        neovim.command("Forksight worktree")
        neovim.wait("return vim.fn.getcwd() == ...", str(shop.pay))
        assert neovim.lua("return _G.asked.kind") == "forksight_worktree"
        neovim.command("Forksight worktree no/such")
        neovim.notified("no worktree has `no/such` checked out")


def test_alone_it_asks(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.lua(
            """
            vim.ui.select = function(items, options, choose)
              _G.asked = vim.tbl_map(options.format_item, items)
              choose(vim.iter(items):find(function(item) return item.name == 'log' end))
            end
            """
        )
        neovim.command("Forksight")
        assert any(line.startswith("overlaps ") for line in neovim.lua("return _G.asked"))
        assert neovim.lua("return vim.api.nvim_buf_get_name(0)").endswith("lsp.log")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("42", "must be a table"),
        ("{ terminal = 'window' }", "must be 'split', 'vsplit' or 'tab'"),
        ("{ cmd = 'forksight server' }", "must be a list of strings"),
        ("{ settings = { 'overlaps' } }", "must be a table of settings"),
        ("{ colour = 'red' }", "vim.g.forksight.colour is not a setting"),
    ],
)
def test_a_wrong_setting_is_named_and_costs_only_itself(
    install: Install, shop: Shop, settings: str, problem: str
) -> None:
    with install.headless(shop.main) as neovim:
        neovim.lua(f"vim.g.forksight = {settings}")
        config, problems = neovim.lua("return { require('forksight.config').check() }")
        assert config["terminal"] == "split"
        assert problem in problems[0]


def test_health_says_what_is_there_and_what_to_do(install: Install, shop: Shop) -> None:
    report = "return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')"
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command("checkhealth forksight")
        text = neovim.lua(report)
        assert "found on PATH" in text
        assert f"running for {shop.main}, attached to 1 buffer" in text
        assert "ERROR" not in text.replace("ERROR WARNING", ""), text
        neovim.command("close | tabfirst")
        neovim.lua("vim.lsp.enable('forksight', false)")
        neovim.lua("vim.g.forksight = { cmd = { 'no-such-server' } }")
        neovim.command("checkhealth forksight")
        text = neovim.lua(report)
        assert "`no-such-server` in vim.g.forksight.cmd is not an executable" in text
        assert "vim.lsp.enable('forksight')" in text
