"""Taking theirs leaves, on these lines, exactly what the other worktree has."""

import pytest
from lsprotocol.converters import get_converter

from forksight.core.overlaps.check import check_text
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.projects import Place, Project
from forksight.lsp.documents.document import line_starts, opened
from forksight.lsp.documents.file_encoding import FileEncoding
from forksight.lsp.documents.open_documents import Checked, Prepared
from forksight.lsp.handlers.take_theirs import take_theirs_edit
from forksight.lsp.wire.capabilities import Client
from tests.conftest import Checkout
from tests.lsp.client import applied
from tests.lsp.conftest import edited
from tests.lsp.fixtures import NUMBERS

URI = "file:///repo/file"


def taken(checkout: Checkout, ours: str, theirs: str, file_encoding: FileEncoding | None = None) -> str:
    """The buffer after taking the one region that is in conflict."""
    checkout.commit({".gitattributes": "* text=auto\n", "file": NUMBERS})
    checkout.worktree("other").write({"file": theirs.encode(file_encoding.codec if file_encoding else "utf-8")})
    repository = checkout.open()
    engine = OverlapEngine(repository)
    engine.refresh()
    here = engine.worktrees()[0]
    plan = engine.file_plan(here.path, "file")
    file_encoding = file_encoding or FileEncoding()
    recorded = repository.to_git(here, "file", file_encoding.to_bytes(ours))
    assert recorded is not None
    report = check_text(plan, recorded)
    (region,) = report.regions
    document = opened(URI, 7, ours)
    place = Place(Project(None, repository, engine, None, None), here, "file")  # type: ignore[arg-type]  # not looked at
    checked = Checked(
        document, Prepared(place, file_encoding, plan), recorded, line_starts(document.lines, ours), report
    )
    edit = take_theirs_edit(Client(document_changes=True), checked, region)
    return applied(ours, get_converter().unstructure(edit), URI, 7)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (edited(5, "mine\n"), edited(5, "theirs\n")),
        (edited(5, "mine\n"), edited(5, "theirs\nand more\n")),
        (edited(5, "mine\nand more\n"), edited(5, "theirs\n")),
        (edited(5, "mine\n"), edited(5, "")),
        (edited(5, ""), edited(5, "theirs\n")),
        (edited(1, "mine 🦑\n"), edited(1, "theirs é\n")),
        (edited(20, "mine"), edited(20, "theirs\n")),
        (edited(20, "mine\n"), edited(20, "theirs")),
        (edited(20, "mine"), edited(20, "theirs")),
        (edited(20, ""), edited(20, "theirs\n")),
        (edited(20, "mine"), edited(20, "")),
        (edited(20, ""), NUMBERS.removesuffix("\n")),
        ("all\nnew\n", edited(5, "theirs\n")),
        ("all new", edited(5, "theirs\n")),
        ("", edited(5, "theirs\n")),
    ],
)
def test_regions_anywhere(checkout: Checkout, ours: str, theirs: str, newline: str) -> None:
    ours, theirs = ours.replace("\n", newline), theirs.replace("\n", newline)
    wanted = theirs if newline in ours else theirs.replace("\r\n", "\n")  # a buffer of no line has no ending of its own
    assert taken(checkout, ours, theirs) == wanted


def test_a_file_in_latin_1(checkout: Checkout) -> None:
    file_encoding = FileEncoding("latin-1")
    theirs = edited(5, "là-bas\n")
    assert taken(checkout, edited(5, "déjà\n"), theirs, file_encoding) == theirs
