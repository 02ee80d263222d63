"""What makes a session unfit to be a baseline."""

import pytest

from forksight.core.baseline.fitness import doubts
from forksight.core.sessions.session import Activity, Edit, FailedTool

READ = {"/r/app.py": 1.0}


def failures(number: int, size: int = 10) -> tuple[FailedTool, ...]:
    return tuple(FailedTool(row * 2, "Bash", size) for row in range(1, number + 1))


def test_a_session_that_only_read_is_fit() -> None:
    assert doubts(Activity(READ, tool_calls=10, text=20_000)) == ()
    assert doubts(Activity(READ, tool_calls=10, failed=failures(1), text=20_000, error_text=90)) == ()


@pytest.mark.parametrize(
    ("activity", "code", "rows", "says"),
    [
        (Activity(READ, tool_calls=4, failed=failures(1)), "failed-tools", (2,), "1 of its 4 tool calls failed"),
        (Activity(READ, tool_calls=1, failed=failures(1)), "failed-tools", (2,), "1 of its 1 tool call failed"),
        (
            Activity(READ, tool_calls=50, failed=failures(2, 3000), text=9000, error_text=6000),
            "error-text",
            (2, 4),
            "67 %",
        ),
        (
            Activity(READ, tool_calls=9, edits=(Edit(7, "Edit", "/r/a"), Edit(9, "Write", "/r/b"))),
            "edits",
            (7, 9),
            "/r/a and 1 more",
        ),
        (Activity(READ, tool_calls=9, compactions=(40,)), "compacted", (40,), "1 time:"),
        (Activity(READ, tool_calls=9, text=500_000), "long", (), "125,000 tokens"),
        (Activity(), "nothing-read", (), "no file"),
    ],
)
def test_each_doubt_names_its_rows(activity: Activity, code: str, rows: tuple[int, ...], says: str) -> None:
    (reason,) = doubts(activity)
    assert reason.code == code
    assert reason.rows == rows
    assert says in reason.message
