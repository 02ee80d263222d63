"""A real Neovim for tests: headless or in a terminal, in a home of its own, set up as the README says, driven by Lua."""

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.claude.rig import Terminal
from tests.patient import make_program
from tests.rigs import RIGS, ROOT
from tests.waiting import wait_for

PLUGIN = ROOT / "editors" / "neovim"

# What the README tells a person to write, and nothing else.
INIT = f"""
vim.opt.runtimepath:prepend({json.dumps(str(PLUGIN))})
vim.lsp.enable('forksight')
"""


def binary(version: str) -> Path | None:
    """The nvim of that rig (`0.12`, `0.11`; see scripts/rigs/neovim.sh), else one of that version on PATH, else None."""
    path = RIGS / f"neovim-{version}" / "bin" / "nvim"
    if path.exists():
        return path
    program = shutil.which("nvim")
    if program and f"NVIM v{version}." in subprocess.check_output([program, "--version"], text=True):
        return Path(program)
    return None


@dataclass(frozen=True)
class Install:
    """One Neovim binary with its own home."""

    path: Path
    home: Path
    init: str = ""  # its init.lua, after `INIT`
    extra_env: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The whole environment to run it in; nothing of the user's own leaks in."""
        folders = {f"XDG_{name.upper()}_HOME": str(self.home / name) for name in ("config", "state", "cache")}
        # As the person's command line has it: the ledger's key is there.
        folders["XDG_DATA_HOME"] = str(Path.home() / ".local/share")
        return {
            "PATH": f"{self.home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "FORKSIGHT_TEST_PORT": str(self.home / "port"),
            **folders,
            **self.extra_env,
        }

    def prepare(self) -> list[str]:
        """Write the configuration; the command line to start it with."""
        config = self.home / "config" / "nvim"
        config.mkdir(parents=True, exist_ok=True)
        (config / "init.lua").write_text(INIT + self.init)
        (self.home / "port").unlink(missing_ok=True)
        if not (self.home / "bin").exists():
            make_program(self.home / "bin")
        return [str(self.path), "--cmd", f"luafile {ROOT / 'tests/neovim/bridge.lua'}"]

    @contextmanager
    def headless(self, cwd: Path, *args: str) -> Iterator["Neovim"]:
        """It runs without a screen until the block ends."""
        with (self.home / "output").open("wb") as output:
            process = subprocess.Popen(
                [*self.prepare(), "--headless", *args],
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            with self._connect() as neovim:
                yield neovim
                neovim.quit()
                process.wait(120)
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def terminal(self, cwd: Path, *args: str, size: tuple[int, int] = (100, 30)) -> Iterator[tuple["Neovim", "Screen"]]:
        """It runs in a terminal of its own (tmux) until the block ends; `size` is columns and rows."""
        screen = Screen(f"forksight-{uuid.uuid4().hex[:8]}", self.env)
        try:
            screen.start(cwd, [*self.prepare(), *args], size)
            with self._connect() as neovim:
                yield neovim, screen
                neovim.quit()
        finally:
            screen.end()

    @contextmanager
    def _connect(self) -> Iterator["Neovim"]:
        def port() -> int | None:
            path = self.home / "port"
            return int(path.read_text()) if path.exists() else None

        with socket.create_connection(("127.0.0.1", wait_for("Neovim to start", port)), timeout=120) as peer:
            yield Neovim(peer)


HAS = "return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n'):find(..., 1, true) ~= nil"  # buffer has text


class Neovim:
    """A running Neovim. The Lua that a test sends sees its arguments as `...`, and `return`s plain data."""

    def __init__(self, peer: socket.socket) -> None:
        self._stream = peer.makefile("rwb")

    def lua(self, code: str, *args: object) -> Any:
        """Run Lua there; what it returns. Raises AssertionError with Lua's traceback."""
        self._stream.write(json.dumps({"code": code, "args": args}).encode() + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        assert line, "Neovim has gone"
        answer = json.loads(line)
        assert answer["ok"], answer["value"]
        return answer.get("value")

    def wait(self, code: str, *args: object, seconds: float = 120) -> Any:
        """Wait until the Lua returns something true; what it returns.

        It is asked again and again: `vim.wait` would keep keys waiting that were typed in the terminal just before.
        """
        try:
            return wait_for(code, lambda: self.lua(code, *args), seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.state()}") from None

    def completes(self, typed: str, *expected: str) -> None:
        """Wait until a command line completes to just these, in any order: completion itself does not wait long."""
        code = """
            local typed, expected = ...
            local completions = vim.fn.getcompletion(typed, 'cmdline')
            table.sort(completions)
            return table.concat(completions, '\\n') == expected
        """
        self.wait(code, typed, "\n".join(sorted(expected)))

    def state(self) -> str:
        """What a person would look at if something does not happen."""
        shown = self.lua(
            """
            return {
              buffer = vim.api.nvim_buf_get_name(0),
              mode = vim.api.nvim_get_mode().mode,
              windows = vim.fn.winlayout(),
              loaded = vim.tbl_map(function(buffer) return { buffer.bufnr, buffer.name, buffer.windows } end,
                vim.fn.getbufinfo({ bufloaded = 1 })),
              clients = vim.tbl_map(function(client)
                return { client.name, vim.tbl_map(function(folder) return folder.name end, client.workspace_folders or {}) }
              end, vim.lsp.get_clients()),
              diagnostics = vim.tbl_map(function(d) return d.lnum .. ': ' .. d.message end, vim.diagnostic.get()),
              notified = _G.notified,
              log = vim.fn.filereadable(vim.lsp.log.get_filename()) == 1
                and vim.list_slice(vim.fn.reverse(vim.fn.readfile(vim.lsp.log.get_filename())), 1, 20) or {},
            }
            """
        )
        return json.dumps(shown, indent=2)

    def command(self, text: str) -> None:
        """Run an Ex command."""
        self.lua("vim.cmd((...))", text)

    def notified(self, pattern: str) -> str:
        """Wait for a message that matches this Lua pattern; the message. Neovim 0.11 echoes a server's, 0.12 notifies."""
        message = self.wait(
            """
            local pattern = ...
            local echoed = vim.split(vim.fn.execute('messages'), '\\n')
            return vim.iter({ _G.notified, echoed }):flatten():find(function(said) return said:find(pattern) end)
            """,
            pattern,
        )
        assert isinstance(message, str)
        return message

    def press(self, keys: str) -> None:
        """Type keys as a person would, mappings included; `<CR>` and the like as Vim writes them."""
        self.lua("vim.api.nvim_feedkeys(vim.keycode((...)), 'mx', false)", keys)

    def lines(self) -> list[str]:
        """The current buffer's text."""
        lines: list[str] = self.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)")
        return lines

    def diagnostics(self) -> list[dict[str, Any]]:
        """Ours in the current buffer, by line."""
        lines = self.lua(
            """
            return vim.tbl_map(
              function(d) return { lnum = d.lnum, end_lnum = d.end_lnum, message = d.message,
                                   severity = d.severity, code = d.code } end,
              vim.tbl_filter(function(d) return d.source == 'forksight' end, vim.diagnostic.get(0)))
            """
        )
        return sorted(lines, key=lambda item: int(item["lnum"]))

    def quit(self) -> None:
        """Leave it, whatever is unsaved or running."""
        self._stream.write(
            json.dumps({"code": "vim.schedule(function() vim.cmd('qall!') end)", "args": []}).encode() + b"\n"
        )
        self._stream.flush()


class Screen(Terminal):
    """A terminal with colours, of a chosen size."""

    def start(self, cwd: Path, command: list[str], size: tuple[int, int]) -> None:
        """Open the window on a command; `size` is columns and rows."""
        settings = {
            "status": "off",
            "escape-time": "0",
            "default-terminal": "tmux-256color",
            "terminal-overrides": r",*:Tc:Smulx=\E[4::%p1%dm",  # colours and curly underlines as they are
        }
        options = [word for name, value in settings.items() for word in ("set-option", "-g", name, value, ";")]
        columns, rows = map(str, size)
        place = ("-d", "-x", columns, "-y", rows, "-c", str(cwd))
        self.tmux("start-server", ";", *options, "new-session", *place, "--", *command)

    def ansi(self) -> str:
        """What the window shows now, with its colours."""
        return self.tmux("capture-pane", "-p", "-e")

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
