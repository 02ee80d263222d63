"""What was not said with a command is asked for, and leaving any of the questions does nothing."""

from dataclasses import replace

from tests.cleanup.forks_repo import ForksRepo
from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import Shop

TERMINAL = "return vim.bo.buftype == 'terminal'"


def answers(neovim: Neovim, *given: str | None) -> None:
    """Answers the questions in their order: the choice that begins so, or what is typed; None, and all after it: left."""
    neovim.lua(
        """
        local given = ...
        _G.asked = {}
        local function answer(prompt, choices)
          table.insert(_G.asked, { prompt, choices })
          return given[#_G.asked]
        end
        vim.ui.select = function(items, options, choose)
          local texts = vim.tbl_map(options.format_item, items)
          local wanted = answer(options.prompt, texts)
          for i, text in ipairs(texts) do
            if wanted and wanted ~= vim.NIL and vim.startswith(text, wanted) then
              return choose(items[i], i)
            end
          end
          choose(nil)
        end
        vim.ui.input = function(options, on_confirm)
          local typed = answer(options.prompt, { options.default })
          on_confirm(typed ~= vim.NIL and typed or nil)
        end
        """,
        list(given),
    )


def prompts(neovim: Neovim) -> list[str]:
    lines: list[str] = neovim.lua("return vim.tbl_map(function(asked) return asked[1] end, _G.asked)")
    return lines


def choices(neovim: Neovim, number: int) -> list[str]:
    lines: list[str] = neovim.lua("return _G.asked[...][2]", number + 1)
    return lines


def test_from_no_baseline_to_a_fork_of_a_new_branch(tidy: Install, forks_repo: ForksRepo) -> None:
    forks_repo.add_fork("feature/pay")
    forks_repo.repo.git("branch", "release", "HEAD")
    forks_repo.repo.commit({"app.py": "newer\n"})
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        answers(neovim, "payments", "shop-core", "New branch…", "feature/new", "release", "READ app.py ")
        neovim.command("Forksight fork")
        neovim.wait(TERMINAL)
        assert prompts(neovim) == [
            "Which session knows what every fork should know?",
            "Name of the baseline: ",
            "Fork session for which branch?",
            "New branch: ",
            "Start the new branch from",
            "What is it to do? (may be empty) ",
        ]
        pay = next(choice for choice in choices(neovim, 2) if choice.startswith("feature/pay"))
        assert " · worktree " in pay
        assert pay.endswith("fork feature/pay (not running)")
        assert choices(neovim, 2)[0] == "New branch… · in a worktree of its own"
        assert next(choice for choice in choices(neovim, 2) if choice.startswith("main")).endswith(
            "no worktree of its own"
        )
        assert choices(neovim, 4)[0] == "HEAD · where you are"
        assert neovim.lua("return vim.api.nvim_buf_get_name(0)").endswith("feature/new")
    assert forks_repo.repo.git("rev-parse", "feature/new") == forks_repo.repo.git("rev-parse", "release")
    (made,) = (fork for fork in forks_repo.context().ledger.view()[0].forks if fork.branch == "feature/new")
    assert made.prompt == "READ app.py"


def test_a_first_session(install: Install, shop: Shop) -> None:
    settings = "vim.g.forksight = { settings = { claude = { path = '/bin/echo', extraArgs = { '--brief' } } } }"
    with replace(install, init=settings).headless(shop.main, "NOTES") as neovim:
        neovim.command("Forksight fork")
        neovim.notified("no session in this repository yet: `:Forksight start` begins one")
        neovim.command("Forksight start")
        neovim.wait(TERMINAL)
        neovim.notified("let Claude Code learn the project")
        neovim.wait("return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == '--brief'")
        assert neovim.lua("return vim.b.forksight_place.worktree") == str(shop.main)


def test_leaving_a_question_makes_nothing(tidy: Install, forks_repo: ForksRepo) -> None:
    refs = forks_repo.repo.git("for-each-ref")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        given = ["payments", "shop-core", "New branch…", "feature/new", "HEAD", ""]
        answered = 0  # the first two make a baseline, and are not asked again
        for left in range(len(given)):
            answers(neovim, *given[answered:left])
            neovim.command("Forksight fork")
            neovim.wait("return #_G.asked == ...", left - answered + 1)
            answered = 2 if left >= 2 else 0
            neovim.command("Forksight tree")  # what it asks the server for comes after all that was asked before
            neovim.wait("return vim.bo.filetype == 'forksight-tree'")
            assert not any("feature/new" in line for line in neovim.lines())
            neovim.command("close")
    assert forks_repo.repo.git("for-each-ref") == refs


def test_resume_asks_which_or_takes_a_branch(tidy: Install, forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("feature/pay")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        answers(neovim, "feature/pay")
        neovim.command("Forksight resume")
        neovim.wait(TERMINAL)
        assert prompts(neovim) == ["Resume which session?"]
        assert "30 days ago" in choices(neovim, 0)[1]
        assert neovim.lua("return vim.fn.getcwd(-1, 0)") == str(forks_repo.repo.path)
        assert neovim.lua("return vim.b.forksight_place.worktree") == str(fork.checkout.path)
        neovim.command("bdelete!")
        neovim.command("Forksight resume feature/pay")
        neovim.wait(TERMINAL)
        assert len(prompts(neovim)) == 1
        neovim.completes("Forksight resume feature/", "feature/pay")


def test_restore_asks_which_of_the_archived(tidy: Install, forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("feature/pay")
    with tidy.headless(forks_repo.repo.path, "app.py") as neovim:
        neovim.command("Forksight restore")
        neovim.notified("there is no such session")
        forks_repo.clean()
        assert not fork.checkout.path.exists()
        answers(neovim, "feature/pay")
        neovim.command("Forksight restore")
        neovim.notified("“feature/pay” is back in")
        assert prompts(neovim) == ["Restore which session?"]
    assert fork.checkout.path.exists()
