"""Words of a text, told without parsing it."""

import pytest

from forksight.core.syntax.language import language_of
from forksight.core.syntax.source_file import SourceFile
from forksight.core.syntax.words import occurrences

TEXT = "json xjson jsonx json.json ($json json$) json_ éjson jsoné\n#json".encode()


def test_a_word_stands_where_nothing_makes_it_part_of_another() -> None:
    last = len(TEXT) - 4
    assert list(occurrences(TEXT, "json")) == [(0, 4), (17, 21), (22, 26), (last, last + 4)]
    assert list(occurrences(TEXT, "json", 4, 25)) == [(17, 21)], "those that lie in there as a whole"


@pytest.mark.parametrize("name", ["", "#json", "json.json", "son"])
def test_what_is_no_word_stands_nowhere(name: str) -> None:
    assert not list(occurrences(TEXT, name))


def test_a_file_uses_no_name_that_is_no_word_of_it() -> None:
    python = language_of("a.py")
    assert python is not None
    file = SourceFile(
        python, b"import json\n\n\ndef f(jsons):\n    return jsons\n", lambda: pytest.fail("it was parsed")
    )
    assert not file.has_word("jso")
    assert not file.mentions("jso")
