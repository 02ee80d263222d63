"""A disk that is full from any step of a fork on: the reason is said, and with room again the next fork is a whole one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.problems import Problem
from tests.cleanup.full_disk import EACH, full_at, is_told, small_disk
from tests.forks.conftest import trace
from tests.forks.sessions_repo import SETTINGS, SessionsRepo

STEP = 1 if EACH else 7  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


def test_a_fork_is_whole_or_gone(furnished: SessionsRepo, tmp_path: Path) -> None:
    again = True  # every second time another fork, in place, takes back what is half made
    taken_back, number, came = 0, 0, True
    while came:
        branch = f"x{number}"

        def work(branch: str = branch) -> tuple[Problem, ...]:
            furnished.fork(branch, **SETTINGS)
            return ()

        before = trace(furnished.repo)
        filled = full_at(tmp_path, number, work)
        came = filled.came
        assert is_told(filled), filled.said
        if filled.said and not again:
            furnished.fork("main", again=True)
            assert trace(furnished.repo) == before
            taken_back += 1
        else:
            if filled.said:
                furnished.fork(branch, **SETTINGS)
            made = furnished.place(branch)
            assert (made / ".env").read_text() == "SECRET=1\n"
            assert (made / "made").exists()
            assert furnished.repo.git("-C", str(made), "status", "--porcelain") == ""
        assert furnished.context().ledger.interrupted() == ()
        number, again = number + STEP, not again
    assert taken_back >= 1
