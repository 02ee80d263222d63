"""Long work on the message line: what the server is at, how to stop it, and what came of it."""

from dataclasses import replace

import pytest

from tests.claude.model import Model
from tests.claude.rig import Claude
from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import Shop
from tests.waiting import wait_for

UPDATE = "require('forksight.progress').update(1, { token = select(1, ...), value = select(2, ...) })"
ECHOED = """
_G.echoed = {}
vim.api.nvim_echo = function(chunks) table.insert(_G.echoed, chunks[1][1]) end
"""


def begin(neovim: Neovim, token: str, title: str) -> None:
    neovim.lua(UPDATE, token, {"kind": "begin", "title": title})


@pytest.mark.claude
@pytest.mark.timeout(900)
def test_refreshing_a_baseline_is_shown_and_can_be_cancelled(
    person: Install, shop: Shop, claude: Claude, model: Model
) -> None:
    read = f"READ {shop.main}/NOTES"
    baseline = claude.start(shop.main, read, "--name", "know the shop")
    claude.trust(shop.main)
    init = f"vim.g.forksight = {{ settings = {{ baseline = {{ refreshPrompt = '{read}\\nHOLD', staleAfterCommits = 1 }} }} }}"
    with person.headless(shop.main, "NOTES") as neovim:
        neovim.command(f"Forksight baseline set {baseline} shop")
        neovim.notified("shop is a baseline now")
    (shop.main / "NOTES").write_text("Prices are gross.\n")
    shop.git("commit", "--quiet", "--all", "--message", "Change the prices")
    with replace(person, init=init).terminal(shop.main, "NOTES", size=(130, 20)) as (neovim, screen):
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        screen.press(":Forksight baseline refresh", "Enter")
        wait_for("the model at work", model.held.is_set)
        screen.wait(r"Refreshing shop: 1 of 1 files read.*\(`:Forksight cancel` stops it\)")
        assert "Press ENTER" not in screen.screen()
        screen.press(":Forksight cancel", "Enter")
        screen.wait("(?s)it was stopped.*generation 1 stays")

        model.release()
        screen.press("Enter", ":Forksight baseline refresh shop", "Enter")
        screen.wait(r"Forksight: shop is at generation 2 now, for [\d,]+ tokens")
        screen.press(":Forksight baseline rollback", "Enter")
        screen.wait("Generation 1 of shop is current again")
        neovim.completes("Forksight baseline refresh ", "shop", "--interactive")


def test_what_is_over_at_once_is_not_shown(install: Install, shop: Shop) -> None:
    with install.headless(shop.main) as neovim:
        neovim.lua(ECHOED)
        neovim.lua(  # at once: it is shown after 400 ms
            """
            for _, news in ipairs(...) do
              require('forksight.progress').update(1, { token = news[1], value = news[2] })
            end
            """,
            [
                ("a", {"kind": "begin", "title": "Comparing forks"}),
                ("b", {"kind": "begin", "title": "Refreshing shop"}),
                ("a", {"kind": "end"}),
                ("b", {"kind": "report", "message": "1 of 9 files read"}),
            ],
        )
        neovim.wait("return #_G.echoed > 0")
        neovim.lua(UPDATE, "b", {"kind": "report", "message": "2 of 9 files read" + " and more" * 20})
        neovim.lua(UPDATE, "b", {"kind": "end"})
        first, second, last = neovim.lua("return _G.echoed")
        assert first == "Refreshing shop: 1 of 9 files read (`:Forksight cancel` stops it)"
        assert second.startswith("Refreshing shop: 2 of 9")
        assert len(second) < neovim.lua("return vim.o.columns") - 10  # or a key would have to be pressed
        assert last == ""
        neovim.command("Forksight cancel")
        neovim.notified("there is nothing to cancel")


def test_whoever_shows_progress_otherwise_has_it_once(install: Install, shop: Shop) -> None:
    quiet = replace(install, init="vim.g.forksight = { progress = false }")
    with quiet.headless(shop.main) as neovim:
        neovim.lua(ECHOED)
        begin(neovim, "a", "Refreshing shop")
        neovim.wait("vim.uv.update_time() _G.t = _G.t or vim.uv.now() return vim.uv.now() - _G.t > 600")
        assert neovim.lua("return _G.echoed") == []


def test_several_things_to_cancel_are_asked_about(install: Install, shop: Shop) -> None:
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(
            """
            _G.sent = {}
            vim.lsp.get_client_by_id = function()
              return { notify = function(_, method, params) table.insert(_G.sent, { method, params.token }) end }
            end
            vim.ui.select = function(items, options, choose)
              _G.asked = vim.tbl_map(options.format_item, items)
              choose(items[2])
            end
            """
        )
        begin(neovim, "a", "Refreshing shop")
        begin(neovim, "b", "Forking for feature/pay")
        neovim.command("Forksight cancel")
        assert neovim.lua("return _G.asked") == ["Refreshing shop", "Forking for feature/pay"]
        assert neovim.lua("return _G.sent") == [["window/workDoneProgress/cancel", "b"]]
