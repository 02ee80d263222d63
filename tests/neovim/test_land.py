"""`:Forksight land` and `show`: the plan, a yes to it, the way back; and what is in a fork, as a document."""

import time
from typing import Any

import pytest

from forksight.core.sessions.session import Tokens
from forksight.core.store.ledger import Findings
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.land.forks_to_land import LINES, done, line
from tests.neovim.rig import HAS, Install, Neovim

OPENED = "return vim.bo.filetype == 'forksight-land'"


@pytest.fixture
def three(forks_repo: ForksRepo) -> tuple[Forked, Forked, Forked]:
    """Two forks that are done and conflict with each other, and one with uncommitted work."""
    forks_repo.repo.commit({"code.py": LINES})
    forks = (
        done(forks_repo, "feature/a", {"code.py": line(3, "a")}, "change a"),
        done(forks_repo, "feature/b", {"code.py": line(3, "b")}, "change b"),
        done(forks_repo, "feature/dirty", {"new.py": "n\n"}, "begin"),
    )
    forks[2].checkout.write({"more.py": "m\n"})
    return forks


def answer(neovim: Neovim, number: int) -> None:
    """Whoever is asked answers this: 1 cancels, 2 lands."""
    neovim.lua(
        """
        local number = ...
        vim.fn.confirm = function(message, _, default)
          _G.asked = { message = message, default = default }
          return number
        end
        """,
        number,
    )


def test_a_plan_a_yes_and_the_way_back(tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]) -> None:
    head = forks_repo.repo.git("rev-parse", "main")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight land")
        neovim.wait(OPENED)
        neovim.wait(HAS, "feature/dirty")
        shown = "\n".join(neovim.lines())
        assert shown.startswith("Land: 1 can land, 1 stopped by a conflict, 1 held.   <CR> land")
        assert "→  feature/a      1 commit, to be merged into main" in shown
        assert "✗  feature/b      conflicts with feature/a\n     code.py line 3: conflict with feature/a" in shown
        assert "·  feature/dirty  1 file is not committed in" in shown
        answer(neovim, 1)
        neovim.press("<CR>")
        asked: dict[str, Any] = neovim.lua("return _G.asked")
        assert (asked["default"], asked["message"].splitlines()[0]) == (1, "Land feature/a?")
        assert forks_repo.repo.git("rev-parse", "main") == head
        answer(neovim, 2)
        neovim.press("<CR>")
        neovim.notified("1 landed")
        neovim.wait(HAS, "✓  feature/a")
        assert (forks_repo.repo.path / "code.py").read_text() == line(3, "a")
        neovim.press("u")
        neovim.notified("main is back at")
        neovim.wait(HAS, "→  feature/a")
        assert forks_repo.repo.git("rev-parse", "main") == head
        neovim.lua("vim.fn.search('feature/dirty')")
        neovim.lua(
            "vim.api.nvim_create_autocmd('CmdlineLeave', { callback = function() _G.typed = vim.fn.getcmdline() end })"
        )
        neovim.press("c")
        neovim.wait("return _G.typed ~= nil")
        assert neovim.lua("return _G.typed").startswith(f"!git -C {three[2].checkout.path} add --all && git -C")
    assert three[2].checkout.git("log", "-1", "--format=%s") == "begin"


def test_from_the_tree_and_what_is_in_a_fork(tidy: Install, forks_repo: ForksRepo, three: tuple[Forked, ...]) -> None:
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight tree")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        neovim.wait(HAS, "feature/b")
        neovim.lua("vim.fn.search('feature/b')")
        neovim.press("K")
        neovim.wait("return vim.bo.filetype == 'markdown'")
        neovim.wait(HAS, "- **commits**: change b")
        neovim.press("q")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        neovim.press("m")
        neovim.wait(OPENED)
        neovim.wait(HAS, "→  feature/b  1 commit")  # without the other one it would land
        neovim.command("Forksight show feature/a")
        neovim.wait("return vim.bo.filetype == 'markdown'")
        neovim.wait(HAS, "- **commits**: change a")
        ledger, session = forks_repo.context().ledger, three[0].id
        ledger.record_findings(Findings(session, "feature/a", None, "a is the third letter", time.time(), Tokens()))
        neovim.completes("Forksight fi", "findings")
        neovim.command("Forksight findings feature/a")
        neovim.wait(HAS, "a is the third letter")
