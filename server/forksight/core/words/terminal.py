"""Makes untrusted text (branch names, paths, titles) printable: it must not move the cursor or reorder what is read."""

import re

# Tags spell out ASCII that nobody sees, and that a model reads. Of use they are in flags alone, after a black one (UTS #51, ED-14a).
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"
# Control characters, line breaks, what changes the direction of reading, lone surrogates, tags. Other invisible characters stay:
# emoji sequences and some scripts need them.
_NO_ASCII = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\U000e0000-\U000e007f"
_HIDDEN = re.compile(f"({_FLAG})|[\x00-\x1f{_NO_ASCII}]")
_HIDDEN_IN_JSON = re.compile(f"({_FLAG})|[{_NO_ASCII}]")  # JSON escapes the others by itself


def can_be_shown(text: str) -> bool:
    """Whether a text is safe to print on one line: no control character, line break, bidirectional control, tag or lone surrogate."""
    return all(match[1] for match in _HIDDEN.finditer(text))


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
    return _HIDDEN_IN_JSON.sub(_escape_in_json, text)


def _escape(match: re.Match[str]) -> str:
    if flag := match[1]:
        return flag
    char = match[0]
    return "?" if "\ud800" <= char <= "\udfff" else char.encode("unicode_escape").decode()


def _escape_in_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return match[1] or "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
