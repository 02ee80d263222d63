"""Tables that are read as they are written."""

from forksight.core.words.markdown import markdown_table


def test_columns_stand_below_each_other() -> None:
    assert markdown_table(["fork", "input"], [["`a`", "1"], ["b", "12,345"]]) == [
        "| fork |  input |",
        "| ---- | -----: |",
        "| `a`  |      1 |",
        "| b    | 12,345 |",
    ]


def test_a_narrow_table_is_a_table_still() -> None:
    assert markdown_table(["", "x"], []) == ["|     |   x |", "| --- | --: |"]
