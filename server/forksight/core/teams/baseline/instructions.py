"""Separates the project's instructions to a session from the person's own, which never leave the machine."""

from collections.abc import Mapping
from typing import Any

from forksight.core.teams.baseline.rows import SHARED_INSTRUCTIONS

_MIXED = "a whole row, because they can't be separated from the project's"


def project_only(row: Mapping[str, Any]) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """A row of instructions with only those of the project (None if nothing remains), and what was left out: paths, or `_MIXED`.

    In the row's text, each file follows a heading (`Contents of PATH (…):`). If the files can't be separated by these headings, the
    whole row is left out.
    """
    attachment = row["attachment"]
    files = attachment.get("files")
    if not isinstance(files, list) or not all(map(_is_complete, files)):
        return None, (_MIXED,)
    project_files = [file for file in files if file["type"] in SHARED_INSTRUCTIONS]
    personal_files = [file for file in files if file["type"] not in SHARED_INSTRUCTIONS]
    names = tuple(file["path"] for file in personal_files)
    if not project_files:
        return None, names
    if not personal_files:
        return dict(row), ()
    rendered = row.get("rendered")
    parts = rendered if isinstance(rendered, list) else []
    texts = [part["content"] for part in parts if isinstance(part, dict) and isinstance(part.get("content"), str)]
    if len(texts) != len(parts):
        return None, (_MIXED,)
    remaining = [_without(text, personal_files) for text in texts]
    if any(_mentions(text, file) for text in remaining for file in personal_files):
        return None, (_MIXED,)
    new_parts = [{**part, "content": text} for part, text in zip(parts, remaining, strict=True)]
    shared_files = [{"path": file["path"], "type": file["type"], "content": file["content"]} for file in project_files]
    return {**row, "attachment": {"type": "instructions", "files": shared_files}, "rendered": new_parts}, names


def _is_complete(file: object) -> bool:
    return isinstance(file, dict) and all(isinstance(file.get(name), str) for name in ("path", "type", "content"))


def _without(text: str, files: list[dict[str, str]]) -> str:
    """A text without the headings and contents of these files."""
    for file in files:
        start = text.find(f"Contents of {file['path']} (")
        content = text.find(file["content"], start) if start >= 0 else -1
        if content >= 0:
            text = text[:start] + text[content + len(file["content"]) :].lstrip("\n")
    return text


def _mentions(text: str, file: dict[str, str]) -> bool:
    """Whether a text has a file's path, or one of its lines of more than 20 characters."""
    lines = (line.strip() for line in file["content"].splitlines())
    return file["path"] in text or any(line in text for line in lines if len(line) > 20)
