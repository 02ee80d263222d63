"""What is recorded for a file's bytes, judged by `git add`."""

import itertools
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forksight.adapters.git.objects.object_id import object_id
from forksight.core.git.conversion import conversion_of, has_crlf, needs_program, to_git
from forksight.core.git.snapshot import Attribute, Attributes
from tests.conftest import Checkout
from tests.examples import examples

TEXT = ["", "text", "-text", "text=auto", "text=input", "text=other"]
CRLF = ["", "crlf", "-crlf", "crlf=input", "crlf=auto"]
EOL = ["", "eol=lf", "eol=crlf", "-eol"]
IDENT = ["", "ident", "-ident", "ident=x"]
LINES = [
    "a\n",
    "b\r\n",
    "c\r",
    "",
    "\0",
    "\x7f",
    "\x1b[1m",
    "é",
    "$Id$",
    "$Id: 12 $",
    "$Id: a\n b $",
    "$Id:",
    "$$Id: x$",
    "\x01\x02",
    "long " * 40,
    "\x1a",
]
contents = st.lists(st.sampled_from(LINES), max_size=8).map("".join).map(str.encode)


def parsed(line: str) -> Attributes:
    values: dict[str, Attribute | str] = {}
    for word in line.split():
        name, valued, value = word.removeprefix("-").partition("=")
        values[name] = value if valued else (Attribute.UNSET if word.startswith("-") else Attribute.SET)
    return Attributes(**values)


@examples(40)
@given(data=st.data(), autocrlf=st.sampled_from([None, "true", "false", "input", "1", "0", "Input", "yes", ""]))
def test_every_combination_of_attributes(data: st.DataObject, autocrlf: str | None) -> None:
    """Each example is one repository with many files, each under its own attributes, some with a version in the index."""
    lines = [" ".join(filter(None, words)) for words in itertools.product(TEXT, CRLF, EOL, IDENT)]
    chosen = data.draw(st.lists(st.sampled_from(lines), min_size=30, max_size=30))
    before = [data.draw(st.none() | contents) for _ in chosen]
    after = [data.draw(contents) for _ in chosen]
    with tempfile.TemporaryDirectory(prefix="eol-") as folder:
        repo = Checkout(Path(folder))
        repo.git("init", "--quiet")
        repo.write({f"f{number}": content for number, content in enumerate(before) if content is not None})
        repo.git("-c", "core.autocrlf=false", "add", "--all")
        if autocrlf is not None:
            repo.git("config", "core.autocrlf", autocrlf)
        repo.write({".gitattributes": "".join(f"f{number} {line}\n" for number, line in enumerate(chosen))})
        repo.write({f"f{number}": content for number, content in enumerate(after)})
        repo.git("add", "--all")
        recorded = {line.split("\t")[1]: line.split()[1] for line in repo.git("ls-files", "--stage").splitlines()}
    for number, (line, old, new) in enumerate(zip(chosen, before, after, strict=True)):
        ours = to_git(new, conversion_of(parsed(line), autocrlf), crlf_in_index=old is not None and has_crlf(old))
        assert object_id(ours, "sha1") == recorded[f"f{number}"], (line, autocrlf, old, new)


def test_what_needs_a_program() -> None:
    assert needs_program(Attributes()) is None
    assert needs_program(Attributes(filter=Attribute.UNSET, working_tree_encoding=Attribute.UNSET)) is None
    assert needs_program(Attributes(working_tree_encoding="UTF-8")) is None
    assert needs_program(Attributes(working_tree_encoding="utf8")) is None
    assert needs_program(Attributes(working_tree_encoding="UTF-16")) == "the attribute working-tree-encoding=UTF-16"
    assert needs_program(Attributes(filter="lfs")) == "the attribute filter=lfs"
