"""What is generated from the settings model is what the model says."""

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load_generator():
    spec = importlib.util.spec_from_file_location("generate_settings", ROOT / "scripts/generate_settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_match_the_model():
    stale = [str(path.relative_to(ROOT)) for path in load_generator().stale()]
    assert stale == [], "run scripts/generate_settings.py"


def test_every_setting_says_what_it_does_and_has_a_default():
    for name, entry in load_generator().flatten().items():
        assert entry["description"].endswith("."), name
        assert "default" in entry, name


def test_what_steers_a_program_is_ignored_in_an_untrusted_folder():
    generator = load_generator()
    manifest = json.loads(generator.MANIFEST.read_text("utf-8"))
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    declared = {name for section in manifest["contributes"]["configuration"] for name in section["properties"]}
    assert set(restricted) <= declared
    assert set(generator.PROGRAMS) | {"forksight.server.path"} <= set(restricted)
    assert set(generator.PATHS) <= set(generator.flatten())
