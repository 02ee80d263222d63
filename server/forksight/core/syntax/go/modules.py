"""What a go.mod says: the name by which imports know a module's folder. Nothing here needs the grammar."""

import re
from collections.abc import Mapping

FILE = "go.mod"
_MODULE = re.compile(rb"^\s*module\s+(?:\(\s*)?\"?([^\s\"()]+)", re.MULTILINE)


def module_path(text: bytes) -> str | None:
    """The module's path; None if the text names none."""
    match = _MODULE.search(text)
    return match[1].decode("utf-8", "replace") if match else None


def folder_of(package: str, modules: Mapping[str, str]) -> str | None:
    """The folder of a package that one of these modules has (paths by folder, "" for the root); None if none has it.

    A local `replace` needs no look: the folder that it leads to has a go.mod of that name.
    """
    within = [(path, folder) for folder, path in modules.items() if package == path or package.startswith(f"{path}/")]
    if not within:
        return None
    path, folder = max(within)  # the longest one: modules may lie in each other
    return "/".join(part for part in (folder, package.removeprefix(path).strip("/")) if part)
