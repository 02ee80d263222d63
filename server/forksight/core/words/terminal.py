"""Text of strangers (branch names, paths, titles) on a screen: nothing in it may move the cursor or reorder what is read."""

import re

# Control characters, line breaks, what changes the direction of reading, lone surrogates. Other invisible characters
# stay: emoji sequences, flags and some scripts need them.
_NO_ASCII = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff"
_HIDDEN = re.compile(f"[\x00-\x1f{_NO_ASCII}]")
_HIDDEN_IN_JSON = re.compile(f"[{_NO_ASCII}]")  # JSON escapes the others by itself


def can_be_shown(char: str) -> bool:
    """Whether a character is safe to print: no control character, line break, bidirectional control or lone surrogate."""
    return not _HIDDEN.match(char)


def printable(text: str) -> str:
    """A text on one line that is safe to print: surrogate escapes become `?`, other characters that can't be shown `\\x1b` and the like.

    A text that is safe already stays as it is.
    """
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Like `printable`, for a text whose line breaks are our own and stay."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(text: str) -> str:
    """A JSON document that is the same when read, and safe to print."""
    if text.isascii() and "\x7f" not in text:  # a tree of a thousand sessions is a megabyte
        return text
    return _HIDDEN_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return "?" if "\ud800" <= char <= "\udfff" else char.encode("unicode_escape").decode()
