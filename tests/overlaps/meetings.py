"""Two worktrees that meet in one of many ways, and what `forksight overlaps --json` tells of them."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

from tests import command_line
from tests.conftest import Checkout

NINE = "".join(f"line {number}\n" for number in range(1, 10))


def run_json(checkout: Checkout, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of `forksight ARGUMENTS --json` in a checkout."""
    done = command_line.run(*arguments, "--json", cwd=checkout.path)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def regions(document: dict[str, Any]) -> list[tuple[str, str, list[int], list[int]]]:
    """(path, kind, lines here, lines there) of each overlap."""
    return [
        (overlap["path"], overlap["kind"], overlap["lines"], overlap["other"]["lines"])
        for overlap in document["overlaps"]
    ]


def changed(old: str, new: str, text: str = NINE) -> str:
    assert old in text
    return text.replace(old, new)


Build = Callable[[Checkout, Checkout], None]


def both(ours: dict[str, Any], theirs: dict[str, Any]) -> Build:
    """Uncommitted files on each side."""

    def build(here: Checkout, there: Checkout) -> None:
        here.write(ours)
        there.write(theirs)

    return build


def committed(ours: dict[str, Any], theirs: dict[str, Any]) -> Build:
    def build(here: Checkout, there: Checkout) -> None:
        here.commit(ours)
        there.commit(theirs)

    return build


def based(files: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> Build:
    """The same, on a base that holds these files too."""

    def build(here: Checkout, there: Checkout) -> None:
        here.commit(files)
        there.git("merge", "--quiet", "main")
        here.write(ours)
        there.write(theirs)

    return build


def renamed_here(here: Checkout, there: Checkout) -> None:
    here.git("mv", "app.py", "application.py")
    here.write({"application.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})


def renamed_there_clean(here: Checkout, there: Checkout) -> None:
    here.write({"app.py": changed("line 2", "mine")})
    there.git("mv", "app.py", "application.py")
    there.write({"application.py": changed("line 8", "theirs")})


def renamed_twice(here: Checkout, there: Checkout) -> None:
    here.git("mv", "app.py", "here.py")
    there.git("mv", "app.py", "there.py")


def renamed_onto_an_added_one(here: Checkout, there: Checkout) -> None:
    here.git("mv", "app.py", "new.py")
    there.write({"new.py": "theirs\n"})


def rename_delete(here: Checkout, there: Checkout) -> None:
    here.git("mv", "app.py", "here.py")
    there.write({"app.py": None})


def symlinks(here: Checkout, there: Checkout) -> None:
    for side, target in ((here, "README"), (there, "app.py")):
        (side.path / "link").symlink_to(target)


def symlink_and_file(here: Checkout, there: Checkout) -> None:
    (here.path / "thing").symlink_to("README")
    there.write({"thing": "a file\n"})


def folder_in_the_way(here: Checkout, there: Checkout) -> None:
    here.write({"thing/inside": "a\n"})
    there.write({"thing": "a file\n"})


def modes(here: Checkout, there: Checkout) -> None:
    for side, mode in ((here, 0o755), (there, 0o644)):
        side.write({"tool": "same\n"})
        (side.path / "tool").chmod(mode)


def one_is_executable(here: Checkout, there: Checkout) -> None:
    (here.path / "app.py").chmod(0o755)
    there.write({"app.py": changed("line 2", "theirs")})


def submodules(here: Checkout, there: Checkout) -> None:
    library = Checkout(here.path.parent / "library")
    library.path.mkdir()
    library.git("init", "--quiet")
    first = library.commit({"a": "1\n"})
    second = library.commit({"a": "2\n"})
    library.git("checkout", "--quiet", "--detach", first)
    third = library.commit({"a": "3\n"})
    (here.path / "lib").mkdir()
    here.git("update-index", "--add", "--cacheinfo", f"160000,{first},lib")
    here.git("commit", "--quiet", "-m", "submodule")
    there.git("merge", "--quiet", "main")
    for commit, side in ((second, here), (third, there)):
        side.git("update-index", "--cacheinfo", f"160000,{commit},lib")
        side.git("commit", "--quiet", "-m", "move")


def nested(here: Checkout, there: Checkout) -> None:
    inner = here.worktree(".claude/worktrees/inner", "inner")
    inner.write({"app.py": changed("line 5", "inner")})
    here.write({"app.py": changed("line 5", "mine")})


def unmerged(here: Checkout, there: Checkout) -> None:
    here.write({"app.py": changed("line 2", "mine")})
    there.commit({"app.py": changed("line 2", "theirs")})
    there.git("checkout", "--quiet", "-b", "third", "main")
    there.commit({"app.py": changed("line 2", "third")})
    subprocess.run(["git", "merge", "-q", "there"], cwd=there.path, capture_output=True, check=False)


def mid_rebase(here: Checkout, there: Checkout) -> None:
    there.commit({"app.py": changed("line 2", "theirs")})
    subprocess.run(["git", "rebase", "-q", "-x", "false", "main"], cwd=there.path, capture_output=True, check=False)
    here.write({"app.py": changed("line 2", "mine")})


def skip_worktree(here: Checkout, there: Checkout) -> None:
    here.write({"app.py": changed("line 2", "mine")})
    there.git("update-index", "--skip-worktree", "app.py")
    (there.path / "app.py").unlink()


def assume_unchanged(here: Checkout, there: Checkout) -> None:
    here.write({"app.py": changed("line 2", "mine")})
    there.git("update-index", "--assume-unchanged", "app.py")
    there.write({"app.py": changed("line 2", "theirs")})


def sparse(here: Checkout, there: Checkout) -> None:
    here.commit({"src/a.py": NINE})
    there.git("merge", "--quiet", "main")
    there.git("sparse-checkout", "set", "docs")
    here.write({"src/a.py": changed("line 2", "mine")})


def ignored(here: Checkout, there: Checkout) -> None:
    for side in (here, there):
        side.write({".gitignore": "*.log\n", "debug.log": f"{side.path.name}\n"})


def detached(here: Checkout, there: Checkout) -> None:
    there.git("checkout", "--quiet", "--detach")
    here.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})


def crlf_converted(here: Checkout, there: Checkout) -> None:
    here.commit({".gitattributes": "*.py text eol=crlf\n"})
    there.git("merge", "--quiet", "main")
    here.write({"app.py": changed("line 2", "mine").replace("\n", "\r\n")})
    there.write({"app.py": changed("line 8", "theirs").replace("\n", "\r\n")})


def autocrlf(here: Checkout, there: Checkout) -> None:
    here.git("config", "core.autocrlf", "true")
    here.write({"app.py": changed("line 2", "mine").replace("\n", "\r\n")})
    there.write({"app.py": changed("line 8", "theirs").replace("\n", "\r\n")})


def filtered(here: Checkout, there: Checkout) -> None:
    here.commit({".gitattributes": "*.bin filter=lfs\n", "big.bin": "pointer\n"})
    there.git("merge", "--quiet", "main")
    here.write({"big.bin": "mine\n"})
    there.write({"big.bin": "theirs\n"})


def filtered_again(here: Checkout, there: Checkout) -> None:
    filtered(here, there)
    for side in (here, there):
        side.commit()
        side.write({"big.bin": f"{side.path} again\n"})


def driven(here: Checkout, there: Checkout) -> None:
    here.git("config", "merge.mine.driver", "touch ran; false")
    here.commit({".gitattributes": "app.py merge=mine\n"})
    there.git("merge", "--quiet", "main")
    here.write({"app.py": changed("line 2", "mine")})
    there.write({"app.py": changed("line 2", "theirs")})


def attributed(attribute: str) -> Build:
    def build(here: Checkout, there: Checkout) -> None:
        here.commit({".gitattributes": f"app.py {attribute}\n"})
        there.git("merge", "--quiet", "main")
        here.write({"app.py": changed("line 2", "mine")})
        there.write({"app.py": changed("line 2", "theirs")})

    return build


SAME = ("app.py", "identical", [1, 2], [1, 2])


HIT = ("app.py", "conflict", [1, 2], [1, 2])


WHOLE = [0, 1]
