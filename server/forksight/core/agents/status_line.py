"""The line that `forksight statusline` prints, made of a worktree's cached status (`core.agents.kept_status`).

Claude Code runs it at each message of a session. So this module imports nothing: `import typing` alone takes as long as
Python's own start.
"""

_COLOURS = {
    "branch": "1",
    "fork": "",
    "conflicts": "33",
    "waiting": "35",
    "shared": "33",
    "baseline": "2",
    "stale": "33",
}


def segments(kept: dict[str, object], session: str) -> list[tuple[str, str]]:
    """The segments to show to a session, each with its subject. `kept` is untrusted: any member may be missing or of any type."""
    forks, waiting = kept.get("forks"), kept.get("waiting")
    fork = forks.get(session) if isinstance(forks, dict) else None
    if fork == f"fork “{kept.get('branch')}”":
        fork = "fork"  # most are called like their branch
    others = [text for identity, text in _pairs(waiting) if identity != session]
    parts = [
        ("branch", kept.get("branch")),
        ("fork", fork),
        ("conflicts", kept.get("conflicts")),
        ("waiting", others[0] if len(others) == 1 else f"{len(others)} sessions wait for you" if others else None),
        ("shared", kept.get("shared")),
        ("stale" if kept.get("stale") else "baseline", kept.get("baseline")),
    ]
    return [(about, text) for about, text in parts if isinstance(text, str) and text]


def line(parts: list[tuple[str, str]], *, more: bool, columns: int | None, colours: bool) -> str:
    """The parts joined into one line of at most `columns` terminal columns.

    With `more` the line ends in an ellipsis: another process is looking for what is missing. The texts must be safe to print.
    """
    if more:
        parts = [*parts, ("fork", "…")]
    shown: list[str] = []
    room = columns
    for about, text in parts:
        if shown and room is not None:
            room -= 3  # the separator's
        if room is not None and room <= 0:
            break
        cut = text if room is None else _cut(text, room)
        code = _COLOURS.get(about, "") if colours else ""
        shown.append(f"\x1b[{code}m{cut}\x1b[0m" if code else cut)
        if cut != text:
            break
        room = room if room is None else room - _width(text)
    return " · ".join(shown)


def _pairs(value: object) -> list[tuple[object, str]]:
    rows = value if isinstance(value, list) else []
    return [(row[0], row[1]) for row in rows if isinstance(row, list) and len(row) == 2 and isinstance(row[1], str)]


def _cut(text: str, room: int) -> str:
    """A text cut to `room` columns (at least 1), with an ellipsis if it was cut."""
    if _width(text) <= room:
        return text
    kept = ""
    for char in text:
        if _width(kept + char) > room - 1:
            break
        kept += char
    return f"{kept}…"


def _width(text: str) -> int:
    """How many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)
