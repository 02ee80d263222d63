"""Changing one member of a JSON object leaves every other byte of its text as it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.setup.settings_text import read_object, with_member, without_member
from tests.examples import examples

KEY = "statusLine"
VALUE = {"type": "command", "command": "forksight statusline"}
words = st.text(max_size=5)
scalars = st.none() | st.booleans() | st.integers() | words
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(words, scalars, max_size=3)
objects = st.dictionaries(words, values, max_size=4)
writings = st.sampled_from(
    [
        {"indent": 2},
        {"indent": "\t"},
        {"indent": None},
        {"separators": (",", ":")},
        {"indent": 4, "separators": (" ,", " : ")},
        {"ensure_ascii": False},
    ]
)


@examples(60)
@given(objects, writings)
def test_what_is_added_and_taken_away_again_leaves_every_byte(members: dict[str, Any], how: dict[str, Any]) -> None:
    text = f" {json.dumps(members, **how)}\n"
    added = with_member(text, KEY, VALUE)
    assert read_object(added) == {**members, KEY: VALUE}
    if members:
        assert without_member(added, KEY) == text
    assert read_object(without_member(added, KEY)) == members


@examples(60)
@given(objects, values, values, writings)
def test_a_member_is_replaced_where_it_is(members: dict[str, Any], old: Any, new: Any, how: dict[str, Any]) -> None:
    text = json.dumps({**members, KEY: old, "last": 1}, **how)
    changed = with_member(text, KEY, new)
    assert list(read_object(changed).items()) == list({**members, KEY: new, "last": 1}.items())
    before = text.index(json.dumps(KEY))
    assert changed[:before] == text[:before]


def test_it_is_written_as_the_others_are() -> None:
    assert (
        with_member('{\r\n\t"a": 1\r\n}\r\n', "b", {"c": 2})
        == '{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}\r\n'
    )
    assert with_member("{}", "b", 1) == '{\n  "b": 1\n}'
    assert with_member('{"a": 1}', "b", 1) == '{"a": 1, "b": 1}'


def test_of_several_of_one_name_the_last_counts() -> None:
    assert read_object(with_member('{"a": 1, "a": 2}', "a", 3)) == {"a": 3}
    assert without_member('{"a": 1, "b": 0, "a": 2}', "a") == '{"b": 0}'


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1,}', "// note\n{}", '{"a": NaN}', "{} {}", "\ufeff{}"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        with_member(text, KEY, 1)
    with pytest.raises(ValueError, match=r"."):
        without_member(text, KEY)
