"""Text of strangers (branch names, paths, titles) on a terminal: nothing in it may move the cursor or reorder what is read."""

_LINE_BREAKS_AND_BIDI = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def can_be_shown(char: str) -> bool:
    """Whether a character is safe to print: no control character, line break, bidirectional control or lone surrogate.

    Other invisible characters are: emoji sequences, flags and some scripts need them.
    """
    return (
        (char.isprintable() or char >= "\xa0")
        and char not in _LINE_BREAKS_AND_BIDI
        and not "\ud800" <= char <= "\udfff"
    )


def printable(text: str) -> str:
    """A text that is safe to print: surrogate escapes become `?`, other characters that can't be shown `\\x1b` and the like."""
    decodable = text.encode("utf-8", "replace").decode()
    return "".join(char if can_be_shown(char) else char.encode("unicode_escape").decode() for char in decodable)
