"""A scan sees what `git add -A` would record, judged by `git add -A`."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.git.add_all import recorded_by_add, scanned

Story = Callable[[Checkout], object]


def edited(repo: Checkout) -> None:
    repo.write({"app.py": "other\n", "new.txt": "new\n", "README": None, "deep/er/file": b"\0\1\xff"})


def staged(repo: Checkout) -> None:
    repo.write({"app.py": "staged\n", "new.txt": "new\n"}).git("add", "--all")


def staged_and_edited_again(repo: Checkout) -> None:
    repo.write({"app.py": "staged\n", "gone": "x"}).git("add", "--all")
    repo.write({"app.py": "edited\n", "gone": None})


def staged_and_reverted(repo: Checkout) -> None:
    text = (repo.path / "app.py").read_text()
    repo.write({"app.py": "staged\n"}).git("add", "--all")
    repo.write({"app.py": text})


def removed_from_the_index_only(repo: Checkout) -> None:
    repo.git("rm", "--quiet", "--cached", "app.py")


def removed_from_the_index_and_rewritten(repo: Checkout) -> None:
    repo.git("rm", "--quiet", "--cached", "app.py")
    repo.write({"app.py": "again\n"})


def intent_to_add(repo: Checkout) -> None:
    repo.write({"planned": "text\n"}).git("add", "--intent-to-add", "planned")


def intent_to_add_and_gone(repo: Checkout) -> None:
    intent_to_add(repo)
    repo.write({"planned": None})


def renamed(repo: Checkout) -> None:
    repo.git("mv", "app.py", "main.py")
    os.rename(repo.path / "README", repo.path / "LIESMICH")


def odd_names(repo: Checkout) -> None:
    names = [
        "with space",
        'quo"te',
        "tab\there",
        "new\nline",
        "emoji-🦑",
        "größe",
        ":colon",
        "-dash",
        "back\\slash",
        " ",
        "1 x",
    ]
    repo.write({f"{name}/{name}": name for name in names})
    os.makedirs(os.fsencode(repo.path) + b"/\xff")
    Path(os.fsdecode(os.fsencode(repo.path) + b"/\xff/\xfe")).write_text("no utf-8")


def odd_tracked_names(repo: Checkout) -> None:
    odd_names(repo)
    repo.commit()
    for path in [*repo.path.glob("*/*")]:
        if ".git" not in path.parts:
            path.write_text("changed")


def executable(repo: Checkout) -> None:
    os.chmod(repo.path / "app.py", 0o755)
    os.chmod(repo.write({"new": "x"}).path / "new", 0o744)


def executable_where_modes_do_not_count(repo: Checkout) -> None:
    repo.commit({"tool": "x"})
    repo.git("update-index", "--chmod=+x", "tool")
    repo.git("commit", "--quiet", "--message", "tool")
    repo.git("config", "core.fileMode", "false")
    executable(repo)
    repo.write({"tool": "y"})


def symlinks(repo: Checkout) -> None:
    os.symlink("app.py", repo.path / "to-file")
    os.symlink("/nowhere/at/all", repo.path / "dangling")
    os.symlink(".", repo.path / "loop")


def symlink_changed(repo: Checkout) -> None:
    symlinks(repo)
    repo.commit()
    repo.write({"to-file": None, "dangling": "a file now"})
    os.symlink("README", repo.path / "to-file")
    repo.write({"app.py": None})
    os.symlink("README", repo.path / "app.py")


def symlinks_as_files(repo: Checkout) -> None:
    symlinks(repo)
    repo.commit()
    repo.git("config", "core.symlinks", "false")
    repo.write({"to-file": "README"})


def file_becomes_folder(repo: Checkout) -> None:
    repo.write({"app.py": None})
    repo.write({"app.py/inner": "x"})


def folder_becomes_file(repo: Checkout) -> None:
    repo.commit({"folder/one": "1", "folder/two": "2"})
    repo.write({"folder/one": None, "folder/two": None})
    (repo.path / "folder").rmdir()
    repo.write({"folder": "file"})


def folder_becomes_link(repo: Checkout) -> None:
    repo.commit({"folder/one": "1", "other/one": "1"})
    repo.write({"folder/one": None})
    (repo.path / "folder").rmdir()
    os.symlink("other", repo.path / "folder")


def ignored(repo: Checkout) -> None:
    repo.write({".gitignore": "*.log\nbuild/\n", "a.log": "x", "build/out": "x", "kept": "x"})
    repo.write({".git/info/exclude": "secret\n", "secret": "x"})


def ignored_but_tracked(repo: Checkout) -> None:
    repo.write({"a.log": "x", ".gitignore": "*.log\n"}).git("add", "--force", ".")
    repo.git("commit", "--quiet", "--message", "logs")
    repo.write({"a.log": "y", "b.log": "z"})


def assumed_unchanged(repo: Checkout) -> None:
    repo.git("update-index", "--assume-unchanged", "app.py")
    repo.write({"app.py": "not to be seen\n"})


def skipped(repo: Checkout) -> None:
    repo.git("update-index", "--skip-worktree", "app.py", "README")
    repo.write({"app.py": "not to be seen\n", "README": None})


def skipped_and_staged(repo: Checkout) -> None:
    repo.write({"app.py": "staged\n"}).git("add", "app.py")
    repo.git("update-index", "--skip-worktree", "app.py")
    repo.write({"app.py": "not to be seen\n"})


def sparse(repo: Checkout, *options: str) -> None:
    repo.commit({"in/a": "a", "in/deep/b": "b", "out/c": "c", "out/deep/d": "d", "top": "t"})
    repo.git("sparse-checkout", "set", *options, "in")
    repo.write({"in/a": "A", "in/new": "n", "in/deep/new": "n", "out/c": "C", "out/new": "n", "top": "T", "fresh": "f"})


def sparse_cone(repo: Checkout) -> None:
    sparse(repo, "--cone")


def sparse_patterns(repo: Checkout) -> None:
    sparse(repo, "--no-cone", "/top", "*.txt")
    repo.write({"elsewhere/x.txt": "x", "elsewhere/x": "x"})


def sparse_index(repo: Checkout) -> None:
    sparse(repo, "--cone", "--sparse-index")


def submodule_moved(repo: Checkout) -> None:
    library = Checkout(repo.path.parent / "library")
    library.path.mkdir()
    library.git("init", "--quiet")
    library.commit({"lib": "1"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    repo.commit()
    inner = Checkout(repo.path / "lib")
    inner.commit({"lib": "2"})
    inner.write({"lib": "dirty", "untracked": "x"})


def submodule_dirty_only(repo: Checkout) -> None:
    submodule_moved(repo)
    repo.commit()
    Checkout(repo.path / "lib").write({"lib": "dirtier"})


def embedded_repository(repo: Checkout) -> None:
    inner = Checkout(repo.path / "vendor" / "inner")
    inner.path.mkdir(parents=True)
    inner.git("init", "--quiet")
    inner.commit({"file": "x"})


def special_files(repo: Checkout) -> None:
    os.mkfifo(repo.path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(repo.path)  # a socket's path is short
        listener.bind("socket")
        os.chdir(here)


def empty_files(repo: Checkout) -> None:
    repo.write({"app.py": "", "empty": "", "no newline": "x"})


def big_files(repo: Checkout) -> None:
    repo.write({"big": b"0123456789abcdef" * 200_000, "app.py": b"x\r\n" * 500_000})


def detached(repo: Checkout) -> None:
    repo.git("checkout", "--quiet", "--detach")
    edited(repo)


def attributes_convert(repo: Checkout) -> None:
    crlf = b"a\r\nb\r\n"
    repo.write(
        {".gitattributes": "*.txt text\n*.bin -text\n*.auto text=auto\n*.win eol=crlf\n*.id ident\nsub/** !text\n"}
    )
    names = ["a.txt", "a.bin", "a.auto", "a.win", "plain", "sub/a.txt"]
    repo.write(dict.fromkeys(names, crlf) | {"b.auto": b"a\0\r\n", "c.id": "$Id: 1234 $\n$Id$\n"})


def attributes_deeper(repo: Checkout) -> None:
    repo.write({"a/.gitattributes": "* text\n", "a/b/.gitattributes": "x -text\n"})
    repo.write(dict.fromkeys(("x", "a/x", "a/b/x", "a/b/y"), b"1\r\n"))


def attributes_only_in_the_index(repo: Checkout) -> None:
    repo.commit({".gitattributes": "*.txt text\n"})
    repo.write({".gitattributes": None, "a.txt": b"1\r\n"})


def attributes_of_the_repository(repo: Checkout) -> None:
    repo.write({".git/info/attributes": "*.txt text\n", "a.txt": b"1\r\n"})


def attributes_of_the_person(repo: Checkout) -> None:
    repo.write({".git/mine": "*.txt text\n", "a.txt": b"1\r\n"})
    repo.git("config", "core.attributesFile", str(repo.path / ".git" / "mine"))


def crlf_in_the_index_stays(repo: Checkout) -> None:
    repo.commit({"win": b"1\r\n2\r\n", "unix": b"1\n2\n"})
    repo.git("config", "core.autocrlf", "true")
    repo.write(dict.fromkeys(("win", "unix", "new"), b"1\r\n2\r\n3\r\n"))


def autocrlf_input(repo: Checkout) -> None:
    repo.git("config", "core.autocrlf", "input")
    repo.write({"a": b"1\r\n", "b": b"1\r2\r\n", "c": b"1\r\n\0", "d": b"1\r\n\x1a"})


def touched(repo: Checkout) -> None:
    os.utime(repo.path / "app.py", (1, 1))


STORIES: list[Story] = [value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__]
STORIES.remove(sparse)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_as_git_add_records(repo: Checkout, story: Story) -> None:
    story(repo)
    before = recorded_by_add(repo)
    assert scanned(repo).changes == before


@pytest.mark.parametrize("story", [edited, staged, symlinks, odd_names, intent_to_add, attributes_convert])
def test_before_the_first_commit(checkout: Checkout, story: Story) -> None:
    checkout.write({"app.py": "x", "README": "y"})
    story(checkout)
    snapshot = scanned(checkout)
    assert snapshot.changes == recorded_by_add(checkout)
    assert snapshot.tree is None
    assert snapshot.worktree.head is None
    assert snapshot.worktree.branch == "main"
