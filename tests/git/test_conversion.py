"""Attributes of paths, and what would be recorded for an open buffer's bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.adapters.git.repository import GitRepository
from forksight.core.git.snapshot import Attribute, Attributes, Worktree
from tests.conftest import Checkout

SET, UNSET, UNSPECIFIED = Attribute.SET, Attribute.UNSET, Attribute.UNSPECIFIED


@pytest.fixture
def repository(repo: Checkout) -> Iterator[GitRepository]:
    made = repo.open()
    yield made
    made.close()


@pytest.fixture
def here(repo: Checkout, repository: GitRepository) -> Worktree:
    return repo.seen_by(repository)


def no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def test_without_attributes_nothing_is_started(
    repository: GitRepository, here: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_more_processes(monkeypatch)
    assert repository.attributes(here, ["app.py", "src/x"]) == {"app.py": Attributes(), "src/x": Attributes()}


def test_attributes_of_every_kind(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    repo.write(
        {
            ".gitattributes": "* text=auto\n*.psd filter=lfs -text\n*.id ident eol=lf\n*.w working-tree-encoding=UTF-16\n*.c -crlf\n"
        }
    )
    odd = 'deep/ö "x"\n.psd'
    by_path = repository.attributes(here, ["a.psd", "a.id", "a.w", "a.c", odd, "missing/folder/file"])
    assert by_path["a.psd"] == by_path[odd] == Attributes(text=UNSET, filter="lfs")
    assert by_path["a.id"] == Attributes(text="auto", ident=SET, eol="lf")
    assert by_path["a.w"] == Attributes(text="auto", working_tree_encoding="UTF-16")
    assert by_path["a.c"] == Attributes(text="auto", crlf=UNSET)
    assert by_path["missing/folder/file"] == Attributes(text="auto")


def test_merge_drivers_as_git_applies_them(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    repo.write(
        {
            ".gitattributes": "u merge=union\nb merge=binary\nt merge=text\nm -merge\ns merge\ng merge=ghost\nc merge=custom\nx !merge\n"
        }
    )
    repo.git("config", "merge.custom.driver", "false")
    drivers = {path: attributes.merge for path, attributes in repository.attributes(here, list("ubtmsgcx")).items()}
    assert drivers == {
        "u": "union", "b": "binary", "t": "text", "m": UNSET, "s": SET, "g": UNSPECIFIED, "c": "custom", "x": UNSPECIFIED,
    }  # fmt: skip
    repo.git("config", "merge.default", "union")
    assert repository.attributes(here, ["x", "plain", "m"])["plain"].merge == "union"


def test_changes_of_the_rules_are_seen(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    def text() -> Attribute | str:
        return repository.attributes(here, ["src/a.txt"])["src/a.txt"].text

    assert text() is UNSPECIFIED
    repo.write({".gitattributes": "*.txt text\n"})
    assert text() is SET
    repo.write({"src/.gitattributes": "*.txt -text\n"})
    assert text() is UNSET
    repo.write({".git/info/attributes": "*.txt text=auto\n"})
    assert text() == "auto"
    repo.write({".git/info/attributes": None, "src/.gitattributes": None, ".gitattributes": None})
    assert text() is UNSPECIFIED


def test_attributes_are_remembered(
    repo: Checkout, repository: GitRepository, here: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write({".gitattributes": "*.txt text\n"})
    first = repository.attributes(here, ["a.txt", "b.txt"])
    no_more_processes(monkeypatch)
    assert repository.attributes(here, ["b.txt", "a.txt"]) == first


def test_the_persons_attributes_count(
    repo: Checkout, repository: GitRepository, here: Worktree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "attributes").write_text("*.txt text\n")
    assert repository.attributes(here, ["a.txt"])["a.txt"].text is SET


def test_a_buffer_is_converted_without_a_process(
    repo: Checkout, repository: GitRepository, here: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"win.auto": b"1\r\n2\r\n", "unix.auto": b"1\n"})
    repo.write({".gitattributes": "*.auto text=auto\n*.txt text\n*.id ident\n*.bin -text\n*.psd filter=lfs\n"})
    typed = b"1\r\n2\r\n3\r\n$Id: x $"
    paths = ["win.auto", "unix.auto", "new.auto", "a.txt", "a.id", "a.bin", "a.psd", "plain", "unmerged"]
    repository.prepare_conversion(here, paths)
    no_more_processes(monkeypatch)
    lf = typed.replace(b"\r", b"")
    assert {path: repository.to_git(here, path, typed) for path in paths} == {
        "win.auto": typed,
        "unix.auto": lf,
        "new.auto": lf,
        "a.txt": lf,
        "a.id": typed.replace(b"$Id: x $", b"$Id$"),
        "a.bin": typed,
        "a.psd": None,
        "plain": typed,
        "unmerged": typed,
    }


def test_a_path_that_was_not_prepared_is_converted_all_the_same(
    repo: Checkout, repository: GitRepository, here: Worktree
) -> None:
    repo.write({".gitattributes": "* text\n"})
    assert repository.to_git(here, "any", b"1\r\n") == b"1\n"


def test_preparing_again_follows_attributes_settings_and_index(
    repo: Checkout, repository: GitRepository, here: Worktree
) -> None:
    def recorded() -> bytes | None:
        repository.prepare_conversion(here, ["app.py"])
        return repository.to_git(here, "app.py", b"1\r\n")

    assert recorded() == b"1\r\n"
    repo.git("config", "core.autocrlf", "true")
    assert recorded() == b"1\n"
    repo.write({"app.py": b"1\r\n2\r\n"}).git("-c", "core.autocrlf=false", "add", "app.py")
    assert recorded() == b"1\r\n", "the index has CRLF now"
    repo.write({".gitattributes": "* text\n"})
    assert recorded() == b"1\n"


def test_many_paths_at_once(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    repo.git("config", "core.autocrlf", "true")
    names = [f"folder/{'long' * 20}-{number}" for number in range(1500)]
    repo.write(dict.fromkeys(names, b"1\r\n2\n")).git("-c", "core.autocrlf=false", "add", "--all")
    repository.prepare_conversion(here, names)
    assert {repository.to_git(here, name, b"1\r\n") for name in names} == {b"1\r\n"}


def test_conflicted_paths_look_at_this_side(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    repo.git("config", "core.autocrlf", "true")
    other = repo.worktree("other")
    for checkout, text in ((repo, b"ours\r\n"), (other, b"theirs\n")):
        checkout.write({"app.py": text}).git("-c", "core.autocrlf=false", "add", "app.py")
        checkout.git("commit", "--quiet", "--message", "x")
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    assert "UU app.py" in repo.git("status", "--short")
    assert repository.to_git(here, "app.py", b"1\r\n") == b"1\r\n"


def test_a_sparse_checkout_takes_attributes_from_the_index(
    repo: Checkout, repository: GitRepository, here: Worktree
) -> None:
    repo.commit({"out/.gitattributes": "* text\n", "out/a": "a", "in/b": "b"})
    repo.git("sparse-checkout", "set", "--no-cone", "/in/", "/app.py")
    assert not os.path.exists(repo.path / "out")
    assert repository.attributes(here, ["out/a"])["out/a"].text is SET


def test_what_the_index_lacks_is_looked_for_again(repo: Checkout, repository: GitRepository, here: Worktree) -> None:
    """Nothing made without a blob's bytes is remembered: they may come, as in a partial clone."""
    repo.git("config", "core.autocrlf", "true")
    repo.write({"app.py": b"1\r\n2\r\n"}).git("-c", "core.autocrlf=false", "add", "app.py")
    oid = repo.git("rev-parse", ":app.py")
    blob = repo.path / ".git" / "objects" / oid[:2] / oid[2:]
    blob.rename(f"{blob}.away")
    repository.prepare_conversion(here, ["app.py"])
    assert repository.to_git(here, "app.py", b"1\r\n") == b"1\n"
    (blob.parent / f"{blob.name}.away").rename(blob)
    assert repository.to_git(here, "app.py", b"1\r\n") == b"1\r\n"
