"""With merge.renormalize git sees no line endings that would be recorded otherwise: neither do we, to the file."""

import random
import subprocess

import pytest

from forksight.core.overlaps.check import check_text
from forksight.core.overlaps.overlap import Kind
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout

ATTRIBUTES = {
    "auto": "* text=auto\n",
    "text": "* text\n",
    "crlf": "* text=auto eol=crlf\n",
    "ident": "* text=auto ident\n",
    "some": "*.txt text\n*.bin -text\n",
    "none": "",
}
FILES = ("a.txt", "b.txt", "c.bin", "d.dat")
LINES = (*(f"line {number}" for number in range(20)), "$Id$")


def text(rng: random.Random, lines: tuple[str, ...]) -> bytes:
    end = rng.choice(["\n", "\r\n", "\r\n"])
    stamp = rng.choice(["$Id$", "$Id: 12 $"])
    return "".join(line.replace("$Id$", stamp) + end for line in lines).encode()


def edited(rng: random.Random) -> tuple[str, ...]:
    lines = list(LINES)
    for _ in range(rng.randint(0, 3)):
        lines[rng.choice([2, 10, 18])] = rng.choice(["one", "two", "three"])
    return tuple(lines)


def change(rng: random.Random, checkout: Checkout) -> None:
    """Each file gets other line endings and edits, is deleted, or stays as it is."""
    for name in FILES:
        how = rng.random()
        if how < 0.15:
            checkout.write({name: None})
        elif how < 0.8:
            checkout.write({name: text(rng, edited(rng))})


def commit_as_it_is(repo: Checkout, checkout: Checkout) -> None:
    """Commit a worktree's files with their line endings and stamps, whatever .gitattributes says."""
    stronger = repo.path / ".git" / "info" / "attributes"
    stronger.parent.mkdir(exist_ok=True)
    stronger.write_text("* -text -ident\n")
    checkout.git("-c", "core.autocrlf=false", "add", "--all", "--", *FILES)
    stronger.unlink()
    checkout.git("commit", "--quiet", "--allow-empty", "--message", "as it is")


def stopped_by_git(ours: Checkout, theirs: Checkout) -> set[str]:
    asked = ["git", "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "HEAD"]
    done = subprocess.run(
        [*asked, theirs.git("rev-parse", "HEAD")], cwd=ours.path, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.split("\0")[1:]) - {""}


@pytest.mark.parametrize("attributes", ATTRIBUTES)
@pytest.mark.parametrize("autocrlf", ["false", "true"])
def test_as_git_merges_it(repo: Checkout, attributes: str, autocrlf: str) -> None:
    repo.git("config", "merge.renormalize", "true")
    repo.git("config", "core.autocrlf", autocrlf)
    repo.write({".gitattributes": ATTRIBUTES[attributes]}).git("add", ".gitattributes")
    pairs = []
    for seed in range(6):
        rng = random.Random(f"{seed} {attributes} {autocrlf}")
        repo.write({name: text(rng, LINES) for name in FILES})
        commit_as_it_is(repo, repo)
        pair = repo.worktree(f"ours-{seed}"), repo.worktree(f"theirs-{seed}")
        for checkout in pair:
            change(rng, checkout)
            commit_as_it_is(repo, checkout)
        pairs.append(pair)
    engine = OverlapEngine(repo.open())
    engine.refresh()
    matrix = engine.matrix()
    conflicts = {
        (matrix.worktrees[pair.a].path, matrix.worktrees[pair.b].path): {file.path for file in pair.files}
        for pair in matrix.pairs
    }
    stops = [conflicts.get((str(ours.path), str(theirs.path)), set()) for ours, theirs in pairs]
    assert stops == [stopped_by_git(ours, theirs) for ours, theirs in pairs]
    assert any(stops) or attributes == "none"


def test_unsaved_text_and_where_they_are_off(repo: Checkout) -> None:
    """The buffer has CRLF as the blob has; off, the whole file is in conflict, as git says."""
    repo.commit({"a.txt": "".join(f"{line}\r\n" for line in LINES)})
    there = repo.worktree("there")
    there.write({".gitattributes": "* text=auto\n"}).git("add", "--renormalize", ".")
    there.commit({"a.txt": "".join(f"{line}\n" for line in LINES).replace("line 5\n", "five\n")})
    buffer = "".join(f"{line}\r\n" for line in LINES)

    def regions(text: str) -> list[tuple[Kind, int, int]]:
        repository = repo.open()
        here = repo.seen_by(repository)
        engine = OverlapEngine(repository)
        engine.refresh()
        recorded = repository.to_git(here, "a.txt", text.encode())
        assert recorded is not None
        return [
            (region.kind, region.lines.start, region.lines.end)
            for region in check_text(engine.file_plan(here.path, "a.txt"), recorded).regions
        ]

    other = buffer.replace("line 15", "fifteen")
    assert [kind for kind, *_ in regions(other)] == [Kind.CONFLICT]
    repo.git("config", "merge.renormalize", "true")
    repo.write({".gitattributes": "* text=auto\n"})
    assert regions(other) == []
    assert regions(buffer.replace("line 5\r", "mine\r")) == [(Kind.CONFLICT, 5, 6)]
