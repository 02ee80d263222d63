"""Counts and times in the fewest words: for tables and lines that have little room."""

DAY = 86_400.0  # seconds
_SPANS = ((365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (3600, "h"), (60, "min"))


def age(seconds: float) -> str:
    """How long ago, for a person: one number and its unit."""
    for span, unit in _SPANS:
        if seconds >= span:
            return f"{int(seconds // span)} {unit} ago"
    return "just now"


def short(count: int) -> str:
    """A count in at most four characters: `950`, `1.2k`, `34k`, `1.5M`."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= 0.9995 * size:  # less than that is rounded to three digits of the smaller unit
            number = count / size
            return f"{number:.1f}{unit}" if number < 9.95 else f"{number:.0f}{unit}"
    return str(count)


def many(count: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun: "1 fork", "2 forks"; `plural` where it takes more than an s: "2 entries"."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"
