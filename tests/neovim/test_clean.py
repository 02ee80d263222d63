"""`:Forksight clean`: a checklist in which nothing is ticked, a question for each fork at risk, and the way back."""

from pathlib import Path
from typing import Any

import pytest

from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.neovim.rig import Install, Neovim

OPENED = "return vim.bo.filetype == 'forksight-clean'"


@pytest.fixture
def three(forks_repo: ForksRepo) -> tuple[Forked, Forked, Forked]:
    """A fork without risk, one with uncommitted work, one with a commit of its own."""
    forks = forks_repo.add_fork("safe"), forks_repo.add_fork("dirty"), forks_repo.add_fork("ahead")
    forks[1].checkout.write({"app.py": "changed\n", "notes.txt": "x\n"})
    forks[2].checkout.commit({"new.py": "x\n"}, "half an idea")
    return forks


def open_checklist(neovim: Neovim, *names: str) -> None:
    neovim.command(f"Forksight clean {' '.join(names)}")
    neovim.wait(OPENED)


def answer(neovim: Neovim, *answers: int) -> None:
    """Whoever is asked answers this: 1 keeps, 2 cleans up; then 1 for ever."""
    neovim.lua(
        """
        local answers, asked = ..., {}
        vim.fn.confirm = function(message, buttons, default)
          table.insert(asked, { message = message, default = default })
          _G.asked = asked
          return table.remove(answers, 1) or 1
        end
        """,
        list(answers),
    )


def asked(neovim: Neovim) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = neovim.lua("return _G.asked or {}")
    return lines


def go_to(neovim: Neovim, title: str) -> None:
    assert neovim.lua("return vim.fn.search('^.... *' .. ..., 'w')", title) > 0


def row(neovim: Neovim, title: str) -> str:
    return next(line for line in neovim.lines() if line[4:].startswith(title))


def wait_for_row(neovim: Neovim, title: str, text: str) -> None:
    neovim.wait(
        """
        local title, text = ...
        return vim.iter(vim.api.nvim_buf_get_lines(0, 0, -1, false)):any(function(line)
          return vim.startswith(line:sub(5), title) and line:find(text, 1, true) ~= nil
        end)
        """,
        title,
        text,
    )


def test_nothing_is_ticked_and_all_is_told(tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        open_checklist(neovim)
        assert neovim.lines()[0].startswith("Clean up: 0 of 3 ticked")
        assert row(neovim, "safe").startswith("[ ] safe   nothing")
        assert row(neovim, "dirty").startswith("[ ] dirty  1 uncommitted, 1 untracked")
        assert row(neovim, "ahead").startswith("[ ] ahead  1 commit")
        assert "idle  worktree, branch safe, transcript" in row(neovim, "safe")
        shown = "return vim.iter(vim.fn.range(1, vim.fn.line('$'))):filter(function(n) return vim.fn.foldclosed(n) < 0"
        assert neovim.lua(f"{shown} or vim.fn.foldclosed(n) == n end):totable()").__len__() == 5
        text = "\n".join(line.strip() for line in neovim.lines())
        assert "lost      1 uncommitted file:\napp.py\n1 untracked file:\nnotes.txt" in text
        assert "lost      1 commit in no other branch:\nhalf an idea" in text
        assert f"goes      worktree {three[0].checkout.path}\nbranch safe\ntranscript (to the archive)" in text
        answer(neovim, 2)
        neovim.press("<CR>")
        neovim.notified("nothing is ticked")
        assert asked(neovim) == []
        neovim.press("q")
        assert not neovim.lua(OPENED)
    assert all(fork.checkout.path.exists() for fork in three)


def test_each_at_risk_is_asked_about_and_all_comes_back(
    tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]
) -> None:
    before = forks_repo.state(*three)
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        open_checklist(neovim)
        for title in "safe", "dirty", "ahead":
            go_to(neovim, title)
            neovim.press("<Space>")
        answer(neovim, 1, 2)
        neovim.press("<CR>")
        neovim.notified("Cleaned up “safe” and “ahead”")
        first, second = asked(neovim)
        assert (first["default"], second["default"]) == (1, 1)
        assert "1 uncommitted file:\n  • app.py\n\n1 untracked file:\n  • notes.txt" in first["message"]
        assert "1 commit in no other branch:\n  • half an idea" in second["message"]
        assert [fork.checkout.path.exists() for fork in three] == [False, True, False]
        assert row(neovim, "dirty").startswith("[ ] dirty")
        assert "cleaned up: u brings it back" in row(neovim, "ahead")

        for title in "ahead", "safe":
            go_to(neovim, title)
            neovim.press("u")
            wait_for_row(neovim, title, "restored")
        neovim.notified("“ahead” is back in")
    assert forks_repo.state(*three) == before


def test_the_tree_restores_too_and_completes(tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]) -> None:
    before = forks_repo.state(*three)
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.completes("Forksight clean ", "safe", "dirty", "ahead")
        neovim.completes("Forksight restore ")
        open_checklist(neovim, "safe")
        assert neovim.lines()[0].startswith("Clean up: 0 of 1 ticked")
        neovim.press("a<CR>")
        neovim.notified("Cleaned up “safe”")
        neovim.completes("Forksight restore ", "safe")
        neovim.press("q")
        neovim.command("Forksight tree")
        neovim.wait("return vim.fn.search('^. safe.*archived', 'w') > 0")
        neovim.press("u")
        neovim.wait("return vim.fn.search('^. safe.*not running', 'w') > 0")
    assert forks_repo.state(*three) == before


def test_the_tree_opens_the_checklist_of_one_fork(
    tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]
) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight tree")
        neovim.wait("return vim.fn.search('^. dirty', 'w') > 0")
        neovim.press("x")
        neovim.wait(OPENED)
        assert neovim.lines()[0].startswith("Clean up: 0 of 1 ticked")
        assert neovim.lua("return vim.fn.foldclosed(3)") == -1  # one fork: all of it at once


def test_what_was_not_shown_does_not_go(tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        open_checklist(neovim)
        go_to(neovim, "safe")
        neovim.press("<Space>")
        three[0].checkout.write({"late.txt": "an agent is at work\n"})
        neovim.press("<CR>")
        neovim.notified("“safe” was not cleaned up: more would go or be lost now than was shown")
        assert three[0].checkout.path.exists()
        neovim.press("R")
        wait_for_row(neovim, "safe", "1 untracked")


def test_what_this_neovim_has_open_can_not_go_until_it_is_closed(tidy: Install, forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("here")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command(f"edit {fork.checkout.path}/app.py")
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command("edit #")
        open_checklist(neovim)
        assert "can't go now: you are in" in row(neovim, "here")
        neovim.press("<Space>")
        neovim.notified("“here” can't be cleaned up: you are in")
        assert row(neovim, "here").startswith("    here")

        neovim.command(f"bdelete {fork.checkout.path}/app.py")
        neovim.press("R")
        wait_for_row(neovim, "here", "nothing")

        neovim.command(f"tabnew | tcd {fork.checkout.path} | tabprevious")
        neovim.press("R")
        wait_for_row(neovim, "here", "can't go now: you are in")


def test_no_fork_is_abandoned(tidy: Install, forks_repo: ForksRepo) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight clean")
        neovim.notified("No fork is abandoned")
        assert not neovim.lua(OPENED)


def test_a_long_list_of_losses_is_cut_in_the_question_only(tidy: Install, forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("wide")
    fork.checkout.write({f"note-{number:02}.txt": "x\n" for number in range(12)})
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        open_checklist(neovim)
        assert sum("note-" in line for line in neovim.lines()) == 12
        go_to(neovim, "wide")
        answer(neovim)
        neovim.press("<Space><CR>")
        (question,) = asked(neovim)
        assert question["message"].count("note-") == 8
        assert "and 4 more" in question["message"]
    assert Path(fork.checkout.path).exists()
