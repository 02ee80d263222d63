"""`:Forksight compare` and `:Forksight savings`: the server's documents, and each file side by side."""

import pytest

from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.neovim.rig import Install, Neovim

OPENED = "return vim.bo.filetype == 'forksight-compare'"
LABELS = """
    return vim.tbl_map(function(window)
      local buf = vim.api.nvim_win_get_buf(window)
      return { vim.wo[window].winbar, vim.wo[window].diff, vim.bo[buf].readonly or not vim.bo[buf].modifiable,
               vim.api.nvim_buf_get_lines(buf, 0, -1, false)[1] }
    end, vim.api.nvim_tabpage_list_wins(0))
"""


@pytest.fixture
def two(forks_repo: ForksRepo) -> tuple[Forked, Forked]:
    """Two forks that changed the same line; one of them made a file besides."""
    forks = forks_repo.add_fork("feature/pay", age=60), forks_repo.add_fork("feature/auth", age=30)
    forks[0].checkout.write({"app.py": "pay\n", "pay.py": "pay\n"})
    forks[1].checkout.commit({"app.py": "auth\n"}, "log in")
    return forks


def row(neovim: Neovim, name: str) -> str:
    return next(line for line in neovim.lines() if line.startswith(name))


def see(neovim: Neovim, name: str, windows: int = 2) -> list[list[object]]:
    """Open the file's diff; what each of its windows shows: label, diff mode, protected, first line."""
    assert neovim.lua("return vim.fn.search('^' .. ..., 'w')", name) > 0
    tab = neovim.lua("return vim.api.nvim_get_current_tabpage()")
    neovim.press("<CR>")
    neovim.wait("return vim.api.nvim_get_current_tabpage() ~= ... and #vim.api.nvim_tabpage_list_wins(0) == 2", tab)
    lines: list[list[object]] = neovim.lua(LABELS)
    assert len(lines) == windows
    return lines


def test_the_document_and_below_it_every_file(tidy: Install, forks_repo: ForksRepo, two: tuple[Forked, Forked]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight compare feature/pay feature/auth")
        neovim.wait(OPENED)
        assert neovim.lines()[0].startswith("feature/pay and feature/auth: 2 files changed")
        assert row(neovim, "app.py").endswith("  conflict")
        assert "+1 −9 *" in row(neovim, "app.py")  # noqa: RUF001 - as it is shown
        assert row(neovim, "pay.py").split() == ["pay.py", "+1", "−0", "*", "–"]  # noqa: RUF001
        neovim.command("wincmd k")
        neovim.wait("return vim.fn.getline(1) == '# feature/pay and feature/auth'")
        assert neovim.lua("return { vim.bo.filetype, vim.bo.buftype, vim.bo.modifiable }") == [
            "markdown",
            "nofile",
            False,
        ]
        neovim.wait("return vim.fn.search('Merging them: conflicts in 1 file') > 0")


def test_a_file_side_by_side_is_let_go_of_afterwards(
    tidy: Install, forks_repo: ForksRepo, two: tuple[Forked, Forked]
) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight compare feature/pay feature/auth")
        neovim.wait(OPENED)
        assert see(neovim, "app.py") == [
            ["feature/pay  app.py", True, True, "pay"],
            ["feature/auth  app.py", True, True, "auth"],
        ]
        assert neovim.lua("return vim.api.nvim_buf_get_name(0)") == str(two[0].checkout.path / "app.py")
        neovim.command("close")
        neovim.wait(OPENED)
        assert see(neovim, "pay.py")[1] == ["feature/auth  pay.py (not there)", True, True, ""]
        neovim.command("tabclose")
        neovim.wait(OPENED)
        neovim.wait("return #vim.lsp.get_clients()[1].workspace_folders == 1")  # they can be cleaned up


def test_a_branch_without_a_worktree(tidy: Install, forks_repo: ForksRepo, two: tuple[Forked, Forked]) -> None:
    forks_repo.repo.git("worktree", "remove", "--force", str(two[1].checkout.path))
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight compare feature/pay feature/auth")
        neovim.wait(OPENED)
        assert see(neovim, "app.py")[1] == ["feature/auth  app.py", True, True, "auth"]
        assert neovim.lua("return vim.bo[vim.fn.winbufnr(2)].filetype") == "python"
        neovim.command("tabclose")
        neovim.wait(OPENED)
        assert see(neovim, "pay.py")[1] == ["feature/auth  pay.py (not there)", True, True, ""]


def test_what_is_not_named_is_asked_for(tidy: Install, forks_repo: ForksRepo, two: tuple[Forked, Forked]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.lua(
            """
            _G.asked = {}
            vim.ui.select = function(items, options, choose)
              table.insert(_G.asked, { options.prompt, vim.tbl_map(options.format_item, items) })
              choose(items[#items])
            end
            """
        )
        neovim.command("Forksight tree")
        neovim.wait("return vim.fn.search('feature/pay', 'w') > 0")
        neovim.press("d")
        neovim.wait(OPENED)
        ((prompt, choices),) = neovim.lua("return _G.asked")
        assert prompt == "Compare it with which?"
        assert [choice.split(" ")[0] for choice in choices] == ["feature/auth"]
        neovim.completes("Forksight compare feature/", "feature/auth", "feature/pay")


def test_savings_are_a_document_that_q_closes(tidy: Install, forks_repo: ForksRepo, two: tuple[Forked, Forked]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight savings")
        neovim.wait("return vim.fn.getline(1) == '# Savings'")
        assert neovim.lua("return vim.bo.filetype") == "markdown"
        assert any(line.startswith("## Forks of payments") for line in neovim.lines())
        neovim.command("tabprevious | Forksight savings")  # again: the same window
        neovim.wait("return vim.fn.getline(1) == '# Savings'")
        assert neovim.lua("return vim.fn.tabpagenr('$')") == 2
        neovim.press("q")
        assert neovim.lua("return vim.fn.expand('%')") == "app.py"
