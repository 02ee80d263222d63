"""A colleague's lines, which no commit has, in the real editor of another machine."""

from dataclasses import replace

import pytest

from tests.forks.sessions_repo import SessionsRepo
from tests.neovim.rig import Install
from tests.neovim.test_asking import answers, choices, prompts
from tests.teams.machines import Machine, five

IN_DIFF_MODE = """vim.iter(vim.api.nvim_tabpage_list_wins(0)):any(function(window)
    local buf = vim.api.nvim_win_get_buf(window)
    return vim.wo[window].diff and not vim.bo[buf].modifiable
        and vim.list_contains(vim.api.nvim_buf_get_lines(buf, 0, -1, true), "ada's")
end)"""


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
def test_a_colleagues_lines_from_the_first_question_to_the_tree(install: Install, ada: Machine, bob: Machine) -> None:
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.clone.git("config", "forksight.teams.poll", "1")
    bob.clone.git("config", "user.email", "bob@example.org")
    bob.write({"pay.py": five("bob's\n")})
    with replace(install, extra_env=bob.env).headless(bob.clone.path, "pay.py") as neovim:
        answers(neovim, "Share this")
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command("Forksight share on")
        neovim.wait("return #_G.asked == 1")
        neovim.command("buffer pay.py")  # the plan is in front of it
        neovim.wait("return #vim.diagnostic.get(0) == 1")
        (plan,) = prompts(neovim)
        assert "1 file of 1 worktree" in plan
        assert choices(neovim, 0) == ["Share this"]
        assert [warning["message"].partition(" changed")[0] for warning in neovim.diagnostics()] == ["Ada (ada-laptop)"]
        neovim.wait("return require('forksight').status():find('sharing') ~= nil")
        neovim.lua("vim.api.nvim_win_set_cursor(0, { 5, 0 })")
        neovim.command("Forksight diff")
        neovim.wait(f"return {IN_DIFF_MODE}")
        assert neovim.lua("return vim.wo.winbar") == "Ada (ada-laptop)"
        neovim.command("close")
        neovim.wait("return not vim.wo.diff")
        neovim.command("Forksight tree")
        neovim.wait("""return vim.iter(vim.api.nvim_buf_get_lines(0, 0, -1, true)):any(function(line)
            return line:find('Ada (ada-laptop)  main · 1 file · seen', 1, true) ~= nil
        end)""")
        row = "return vim.bo.filetype == 'forksight-tree' and vim.fn.search('Ada (ada-laptop)', 'cw') > 0"
        neovim.wait(row)
        neovim.press("d")
        neovim.wait(f"return {IN_DIFF_MODE}")
        neovim.command("tabclose")
        neovim.wait(row)
        neovim.press("<CR>")
        neovim.wait("return vim.list_contains(vim.api.nvim_buf_get_lines(0, 0, -1, true), ...)", "ada's")
        assert neovim.lua("return vim.bo.readonly or not vim.bo.modifiable")
        neovim.command("Forksight tree")
        neovim.wait(row)
        neovim.press("c")
        neovim.wait("return vim.bo.buftype == 'quickfix'")
        assert neovim.lua("return vim.fn.getqflist()[1].text") == "conflicts with Ada (ada-laptop)"
        neovim.command("cclose")
        answers(neovim, "Ada (ada-laptop)")
        neovim.command("Forksight tree")
        neovim.wait(row)
        neovim.press("i")
        neovim.wait("return #_G.asked > 0")
        assert choices(neovim, 0) == ["Ada (ada-laptop)", "Ada", "main"]
        neovim.wait("return vim.fn.search('Overlaps with Ada (ada-laptop) are ignored', 'cw') > 0")


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
def test_a_colleagues_baseline_is_fetched_after_a_yes(install: Install, ada: Machine, bob: Machine) -> None:
    session = SessionsRepo(ada.clone, ada.claude).session("shop", reads=["pay.py"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.run("baseline", "publish", "--yes")
    bob.clone.git("config", "user.email", "bob@example.org")
    with replace(install, extra_env={**bob.env, **bob.homes}).headless(bob.clone.path, "pay.py") as neovim:
        answers(neovim, None, "Fetch this")
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command("Forksight baseline fetch")
        neovim.wait("return #_G.asked == 1")
        neovim.wait("return vim.fn.search('Fetch a baseline', 'cw') > 0")
        assert not list(bob.claude.glob("projects/*/*"))
        neovim.command("buffer pay.py")
        neovim.command("Forksight baseline fetch shop-core")
        neovim.wait("return vim.fn.execute('messages'):find('Ada/shop-core is a baseline here now', 1, true) ~= nil")
        assert len(list(bob.claude.glob("projects/*/*.jsonl"))) == 1
        assert "Ada/shop-core, generation 1, from origin" in prompts(neovim)[1]
        neovim.command("Forksight baseline publish")
        neovim.wait("return vim.fn.execute('messages'):find('is published already as generation 1', 1, true) ~= nil")
