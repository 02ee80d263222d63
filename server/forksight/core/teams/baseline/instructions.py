"""What of the instructions that a session was given is the project's: a person's own never leave the machine."""

from collections.abc import Mapping
from typing import Any

from forksight.core.teams.baseline.rows import SHARED_INSTRUCTIONS

_MIXED = "a whole row, where they can't be told from the project's"


def project_only(row: Mapping[str, Any]) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """A row of instructions with those of the project alone, None if nothing is left; and the paths that were left out.

    Each file is said between its own heading (`Contents of PATH (…):`) and the next one's: where these can't be told apart, the
    whole row stays.
    """
    attachment = row["attachment"]
    files = attachment.get("files")
    if not isinstance(files, list) or not all(map(_whole, files)):
        return None, (_MIXED,)
    kept = [file for file in files if file["type"] in SHARED_INSTRUCTIONS]
    left = [file for file in files if file["type"] not in SHARED_INSTRUCTIONS]
    names = tuple(file["path"] for file in left)
    if not kept:
        return None, names
    if not left:
        return dict(row), ()
    rendered = row.get("rendered")
    parts = rendered if isinstance(rendered, list) else []
    texts = [part["content"] for part in parts if isinstance(part, dict) and isinstance(part.get("content"), str)]
    if len(texts) != len(parts):
        return None, (_MIXED,)
    said = [_without(text, left) for text in texts]
    if any(_holds(text, file) for text in said for file in left):
        return None, (_MIXED,)
    shown = [{**part, "content": text} for part, text in zip(parts, said, strict=True)]
    only_files = [{"path": file["path"], "type": file["type"], "content": file["content"]} for file in kept]
    return {**row, "attachment": {"type": "instructions", "files": only_files}, "rendered": shown}, names


def _whole(file: object) -> bool:
    return isinstance(file, dict) and all(isinstance(file.get(name), str) for name in ("path", "type", "content"))


def _without(text: str, files: list[dict[str, str]]) -> str:
    for file in files:
        start = text.find(f"Contents of {file['path']} (")
        content = text.find(file["content"], start) if start >= 0 else -1
        if content >= 0:
            text = text[:start] + text[content + len(file["content"]) :].lstrip("\n")
    return text


def _holds(text: str, file: dict[str, str]) -> bool:
    lines = (line.strip() for line in file["content"].splitlines())
    return file["path"] in text or any(line in text for line in lines if len(line) > 20)
