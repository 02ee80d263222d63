"""The one line of `forksight statusline`, from what was kept of a worktree (`core.agents.kept_status`).

It is run at each message of a session: this module imports nothing, since `import typing` alone takes as long as Python's own start.
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
    """What is shown to a session, each with what it is about. `kept` may lack anything, or hold anything."""
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
    """The parts on one line of at most so many columns. `more`: there is more to know, which is being looked at.

    Every text in `parts` is safe to print.
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
    """The beginning of a text that fits into so many columns (at least 1), with an ellipsis if something is left out."""
    if _width(text) <= room:
        return text
    kept = ""
    for char in text:
        if _width(kept + char) > room - 1:
            break
        kept += char
    return f"{kept}…"


def _width(text: str) -> int:
    """Columns of a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)
