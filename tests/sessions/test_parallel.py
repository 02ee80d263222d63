"""Work that a copy of this process does: its result, and what becomes of it where the copy is no help."""

import os
import sys
import threading

import pytest

from forksight.adapters.system.parallel import aside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no copies")


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def children() -> set[int]:
    """The processes that this one has started. Those of earlier tests may end at any time."""
    with open(f"/proc/self/task/{os.getpid()}/children") as listing:
        return {int(pid) for pid in listing.read().split()}


def test_a_copy_does_the_work_and_is_gone_afterwards() -> None:
    before = children()
    with aside(os.getpid) as result:
        assert len(children() - before) == 1
        assert result() == result() != os.getpid()
    assert children() <= before


def test_a_copy_whose_result_nobody_wants_is_waited_for() -> None:
    before = children()
    with aside(lambda: b"x" * 1_000_000):
        pass
    with pytest.raises(KeyError), aside(os.getpid):
        raise KeyError
    assert children() <= before


def test_what_a_copy_fails_at_is_done_here() -> None:
    here = os.getpid()

    def only_here() -> str:
        if os.getpid() != here:
            os._exit(9)
        return "done"

    def never() -> str:
        raise ValueError("as it is")

    with aside(only_here) as result:
        assert result() == "done"
    with aside(never) as result, pytest.raises(ValueError, match="as it is"):
        result()


def test_beside_other_threads_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    with aside(os.getpid) as result:
        assert result() == os.getpid()
