"""Finds unchanged files whose bytes differ from those that git would check out, and makes git compare files again."""

import filecmp
import os
from collections.abc import Iterator, Sequence

from forksight.adapters.git import process
from forksight.adapters.system.disk.temporary import temporary_folder

_CONVERTING = ("text", "eol", "crlf", "ident", "working-tree-encoding")


def unlike_checkout(top: str, changed: set[str]) -> Iterator[str]:
    """The unchanged files whose bytes differ from those that git would check out, because of line endings.

    `changed` are the files that git takes for changed. Files with a filter are left out: filters promise to restore the same
    bytes, and their files may be huge.
    """
    automatic = os.fsdecode(
        process.run(["config", "--default", "", "--get", "core.autocrlf"], cwd=top, env=process.TRUSTED)
    ).strip() in ("true", "input")
    tracked = [
        name
        for name in os.fsdecode(process.run(["ls-files", "-z"], cwd=top, env=process.TRUSTED)).split("\0")
        if name and name not in changed
    ]
    converted = [name for name, attributes in _attributes(top, tracked) if _converts(attributes, automatic=automatic)]
    if not converted:
        return
    with temporary_folder() as scratch:
        request = os.fsencode("".join(f"{name}\0" for name in converted))
        process.run(
            ["checkout-index", "-z", "--stdin", "--force", f"--prefix={scratch}/"],
            cwd=top,
            env=process.TRUSTED,
            stdin=request,
            timeout=process.LONG_TIMEOUT,
        )
        for name in converted:
            ours, theirs = os.path.join(top, name), os.path.join(scratch, name)
            if os.path.isfile(ours) and not os.path.islink(ours) and not _same(ours, theirs):
                yield name


def look_again(top: str, names: Sequence[str]) -> None:
    """Make git compare the contents of these files, which it would take for changed by their size alone."""
    for start in range(0, len(names), process.PATHS_AT_ONCE):
        batch = names[start : start + process.PATHS_AT_ONCE]
        listed = process.run(
            ["--literal-pathspecs", "ls-files", "--stage", "-z", "--", *batch], cwd=top, env=process.TRUSTED
        )
        process.run(["update-index", "-z", "--index-info"], cwd=top, env=process.TRUSTED, stdin=listed)


def _attributes(top: str, names: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    request = os.fsencode("".join(f"{name}\0" for name in names))
    attributes = (*_CONVERTING, "filter")
    output = process.run(["check-attr", "-z", "--stdin", *attributes], cwd=top, env=process.TRUSTED, stdin=request)
    words = os.fsdecode(output).split("\0")
    for start in range(0, len(words) - 1, 3 * len(attributes)):
        rows = words[start : start + 3 * len(attributes)]
        yield rows[0], dict(zip(rows[1::3], rows[2::3], strict=True))


def _converts(attributes: dict[str, str], *, automatic: bool) -> bool:
    """Whether git itself may convert a file's bytes when it checks it out."""
    if attributes["filter"] not in ("unspecified", "unset") or attributes["text"] == "unset":
        return False
    return automatic or any(attributes[name] not in ("unspecified", "unset") for name in _CONVERTING)


def _same(file: str, checked_out: str) -> bool:
    try:
        return filecmp.cmp(file, checked_out, shallow=False)
    except OSError:
        return False
