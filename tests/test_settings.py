"""What is generated from the settings model is what the model says."""

import json
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from pydantic import ValidationError
from scripts import generate_settings

from forksight.core.settings import PROGRAMS, Settings, exactly, model, read_settings

ROOT = Path(__file__).resolve().parent.parent


def test_generated_files_match_the_model() -> None:
    stale = [str(path.relative_to(ROOT)) for path in generate_settings.stale()]
    assert stale == [], "run scripts/generate_settings.py"


def test_every_setting_says_what_it_does_and_has_a_default() -> None:
    for name, entry in generate_settings.flatten().items():
        assert entry["description"].endswith("."), name
        assert "default" in entry, name


def test_what_steers_a_program_is_ignored_in_an_untrusted_folder() -> None:
    manifest = json.loads(generate_settings.MANIFEST.read_text("utf-8"))
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    declared = {name for section in manifest["contributes"]["configuration"] for name in section["properties"]}
    assert set(restricted) <= declared
    assert set(PROGRAMS) | {"forksight.server.path"} <= set(restricted)
    assert set(generate_settings.PATHS) <= set(generate_settings.flatten())


VALUES: tuple[object, ...] = (
    *(
        None,
        True,
        False,
        1.0,
        1.5,
        float("nan"),
        b"x",
        {},
        {"a": 1},
        [],
        [1],
        ["x", None],
        ["a", "é"],
        ["\ud800"],
        ("a",),
    ),
    *(-1, 0, 1, 2, 10_000, 10_001, 10**30),
    *("", "a", "é", "\ud800", "1", "true", "open", "changed", "editor", "tmux", "print", "off", "verbose", "Off"),
)


def names(section: type = Settings) -> list[tuple[str, ...]]:
    """Each setting as the keys that lead to it; sections and a setting that nobody knows count too."""
    wrong_values: list[tuple[str, ...]] = [("unknown",)]
    for field in fields(section):
        inner = names(field.type) if isinstance(field.type, type) and is_dataclass(field.type) else []
        head, *rest = field.name.split("_")
        for key in dict.fromkeys((field.name, head + "".join(map(str.capitalize, rest)))):
            wrong_values += [(key,), *((key, *deeper) for deeper in inner)]
    return wrong_values


def nested(name: tuple[str, ...], value: object) -> dict[str, object]:
    """The object in which an editor sends one setting."""
    key, *deeper = name
    return {key: nested(tuple(deeper), value) if deeper else value}


@pytest.mark.parametrize("name", names(), ids=".".join)
def test_what_is_taken_without_pydantic_is_what_pydantic_takes(name: tuple[str, ...]) -> None:
    for value in VALUES:
        plain = exactly(Settings, nested(name, value))
        if plain is not None:
            try:
                said = model().validate_python(nested(name, value))
            except ValidationError as error:
                pytest.fail(f"pydantic refuses {value!r}: {error}")
            assert repr(plain) == repr(said)  # True equals 1, but is another value


def test_what_an_editor_sends_is_read_without_pydantic() -> None:
    everything = model().dump_python(Settings(), mode="json", by_alias=True)
    everything["overlaps"] |= {"delay": 0, "ignore": ["wip/*"]}
    code = (
        "import sys\nfrom forksight.core.settings import read_settings\n"
        f"settings, problems = read_settings({everything!r})\n"
        "assert not problems and settings.overlaps.delay == 0 and settings.overlaps.ignore == ('wip/*',)\n"
        "assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_wrong_is_said_once_and_without_python() -> None:
    wrong = {"forks": 5, "nonsense": 1, "overlaps": {"delay": "x", "refs": [1, 2], "ignore": "wip", "delays": 3}}
    settings, problems = read_settings(wrong)
    assert settings == Settings()
    assert sorted(problem.message for problem in problems) == [
        "Setting forksight.forks: input should be an object: the defaults are used.",
        "Setting forksight.nonsense: there is no such setting.",
        "Setting forksight.overlaps.delay: input should be a valid integer, unable to parse string as an integer: the default is used.",
        "Setting forksight.overlaps.delays: there is no such setting.",
        "Setting forksight.overlaps.ignore: input should be a list: the default is used.",
        "Setting forksight.overlaps.refs: input should be a valid string: the default is used.",
    ]
