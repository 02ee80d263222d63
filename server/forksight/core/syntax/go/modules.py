"""Go modules: maps import paths to folders by go.mod files. It does not need the grammar."""

import re
from collections.abc import Mapping

FILE = "go.mod"
_MODULE = re.compile(rb"^\s*module\s+(?:\(\s*)?\"?([^\s\"()]+)", re.MULTILINE)


def module_path(text: bytes) -> str | None:
    """The module's path; None if the text names none."""
    match = _MODULE.search(text)
    return match[1].decode("utf-8", "replace") if match else None


def folder_of(package: str, modules: Mapping[str, str]) -> str | None:
    """The folder of a package in one of these modules (folder -> module path, "" is the root); None if it is in none.

    A local `replace` can be ignored: the folder that it names has a go.mod with that module path.
    """
    within = [(path, folder) for folder, path in modules.items() if package == path or package.startswith(f"{path}/")]
    if not within:
        return None
    path, folder = max(within)  # the longest one: modules may lie in each other
    return "/".join(part for part in (folder, package.removeprefix(path).strip("/")) if part)
