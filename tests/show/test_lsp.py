"""`forksight.showFork`: what is in a fork as a document."""

from pathlib import Path

import pytest

from tests.cleanup.fixtures import Opened
from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import done
from tests.lsp.client import FULL
from tests.lsp.person import execute


def test_a_fork_as_a_document(forks_repo: ForksRepo, opened: Opened) -> None:
    fork = done(forks_repo, "feature/a", {"<b>.py": "a\n"}, "add *a*")
    fork.checkout.write({"new.py": "n\n"})
    editor = opened(capabilities=FULL)
    result = execute(editor, "showFork", session=fork.id)
    assert (result["branch"], result["ahead"], result["shown"]) == ("feature/a", 1, True)
    text = Path(result["uri"].removeprefix("file://")).read_text()
    assert text.startswith("# feature/a\n")
    assert "- **commits**: add \\*a\\*" in text
    assert "- **uncommitted**: new.py" in text
    assert "## Its last answer\n\nGone on." in text
    assert execute(editor, "showFork")["branch"] == "main"
    with pytest.raises(Exception, match="there is no session"):
        execute(editor, "showFork", session="nobody")
