"""Who is told to wait or to be done, from what sessions did before and do now."""

from dataclasses import replace

import pytest

from forksight.core.sessions.notices import notices, texts
from forksight.core.sessions.session import Evidence, LiveProcess, Node, State

IDLE = Node("s", "speed up", None, Evidence.NONE, State.IDLE, "/w", "feature/x", 0.0, 0.0)


def live(state: State, waiting_for: str | None = None) -> Node:
    return replace(IDLE, state=state, live=LiveProcess(1, "s", "/w", state, waiting_for))


BUSY, TURN = live(State.LIVE_BUSY), live(State.LIVE_IDLE)
PERMISSION, ANSWER = live(State.LIVE_WAITING, "permission prompt"), live(State.LIVE_WAITING, "input needed")


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        (BUSY, PERMISSION, "“speed up” waits for a permission (feature/x)."),
        (None, PERMISSION, "“speed up” waits for a permission (feature/x)."),
        (PERMISSION, ANSWER, "“speed up” waits for an answer (feature/x)."),
        (BUSY, TURN, "“speed up” has ended its turn (feature/x)."),
        (PERMISSION, PERMISSION, None),
        (None, TURN, None),
        (IDLE, TURN, None),
        (BUSY, IDLE, None),
        (PERMISSION, BUSY, None),
    ],
)
def test_what_is_news(before: Node | None, now: Node, message: str | None) -> None:
    messages = [notice.message for notice in notices(texts([before] if before else []), [now])]
    assert messages == ([message] if message else [])


def test_a_branch_that_is_the_title_is_named_once() -> None:
    (notice,) = notices({}, [replace(PERMISSION, title="feature/x")])
    assert notice.message == "“feature/x” waits for a permission."
