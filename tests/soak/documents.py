"""A server that has seen very many documents is as big as a new one: `python -m tests.soak.documents --count 100000`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Checkout
from tests.lsp.client import Editor
from tests.patient import ARGV

_AT_ONCE = 200  # documents that are open at a time
_TEXT = "".join(f"line {number}\n" for number in range(50))


def grown(folder: Path, count: int, say: Callable[[str], None]) -> float:
    """Open and close so many documents that other worktrees change, too; by how many bytes the server grew for each.

    What the first tenth of them takes does not count: caches fill, and modules are loaded.
    """
    main = Checkout(folder / "main")
    main.path.mkdir()
    main.git("init", "--quiet", "--initial-branch=main")
    files = [f"d{number % 100}/f{number}.txt" for number in range(_AT_ONCE)]
    main.commit({**dict.fromkeys(files, _TEXT), ".gitattributes": "*.txt text\n"})
    main.worktree("other").write({files[0]: _TEXT.replace("line 5\n", "theirs\n")})
    editor = Editor.start(main.path, program=ARGV)
    try:
        editor.initialize(main.path, options={"overlaps": {"delay": 0}})
        first, seen = 0, 0
        while seen < count:
            mark = editor.mark()
            uris = [editor.open(main.path / files[0], _TEXT.replace("line 5\n", "mine\n"))]
            uris += [editor.open(main.path / f"{seen}/n{number}.txt", f"{seen}\n") for number in range(_AT_ONCE - 1)]
            editor.diagnostics(uris[0], since=mark)
            editor.diagnostics(uris[-1], lambda _: True, since=mark)
            for uri in uris:
                editor.close(uri)
            seen += _AT_ONCE
            del editor.messages[: editor.mark()]
            if seen >= count // 10 and not first:
                first, begun = _resident(editor), seen
            if seen % (count // 10) < _AT_ONCE:
                say(f"{seen:>8} documents: {_resident(editor) / 2**20:.1f} MiB")
        return (_resident(editor) - first) / (seen - begun)
    finally:
        editor.kill()


def _resident(editor: Editor) -> int:
    assert editor.process is not None
    time.sleep(0.2)  # what was freed is given back
    pages = int(Path(f"/proc/{editor.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run it; exit status 1 if the server grew by more than a few bytes for each document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="documents-", ignore_cleanup_errors=True) as folder:
        growth = grown(Path(folder).resolve(), given.count, lambda text: print(text, flush=True))
    print(f"{growth:.0f} bytes for each document")
    sys.exit(0 if growth < 100 else 1)


if __name__ == "__main__":
    main()
