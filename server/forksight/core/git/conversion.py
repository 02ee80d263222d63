"""What git records for the bytes of a working-tree file: line endings and `$Id$`, exactly as git's `convert.c` decides.

Filters and `working-tree-encoding` are not here: only a program, or a character set's table, could tell.
"""

import functools
import re
from dataclasses import dataclass
from enum import Enum

from forksight.core.git.snapshot import Attribute, Attributes

_IDENT = re.compile(rb"\$Id:[^$\n]*\$")
# Git counts these as text; NUL is judged by itself, CR and LF are line endings.
_PRINTABLE_CONTROLS = b"\b\t\x1b\f"
_NON_PRINTABLE = bytes(byte for byte in [*range(32), 127] if byte not in _PRINTABLE_CONTROLS + b"\r\n")


class Eol(Enum):
    """What happens to CRLF when a path is recorded."""

    KEEP = "keep"
    TO_LF = "to-lf"
    TO_LF_IF_TEXT = "to-lf-if-text"  # guessed from the bytes; not if the index holds CRLF already


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What recording a path does to its bytes."""

    eol: Eol = Eol.KEEP
    ident: bool = False

    @property
    def needs_index(self) -> bool:
        """Whether `clean` must be told if the index's blob has CRLF."""
        return self.eol is Eol.TO_LF_IF_TEXT


RAW = Cleaning()


def needs_program(attributes: Attributes) -> str | None:
    """Why only a program could tell what is recorded, as a noun phrase; None if `cleaning` can."""
    if isinstance(attributes.filter, str):
        return f"the attribute filter={attributes.filter}"
    encoding = attributes.working_tree_encoding
    if isinstance(encoding, str) and encoding.lower().replace("-", "") != "utf8":
        return f"the attribute working-tree-encoding={encoding}"
    return None


@functools.lru_cache(1024)
def cleaning(attributes: Attributes, autocrlf: str | None) -> Cleaning:
    """What recording does to a path with these attributes. `autocrlf` is `core.autocrlf` as git spells it in the config."""
    return Cleaning(_eol(attributes, autocrlf), attributes.ident is Attribute.SET)


def clean(data: bytes, how: Cleaning, *, crlf_in_index: bool = False) -> bytes:
    """The bytes that git records for `data`. `crlf_in_index`: see `has_crlf`, of the blob that the index holds."""
    crlf = how.eol is not Eol.KEEP and b"\r\n" in data
    if crlf and (how.eol is Eol.TO_LF or not (crlf_in_index or _binary(data))):
        data = data.replace(b"\r\n", b"\n")
    if how.ident and b"$Id:" in data:
        data = _IDENT.sub(b"$Id$", data)
    return data


def has_crlf(blob: bytes) -> bool:
    """Whether a recorded blob is text with CRLF in it, which keeps git from guessing that it should be converted."""
    return b"\r\n" in blob and not _binary(blob)


def _eol(attributes: Attributes, autocrlf: str | None) -> Eol:
    action = _action(attributes.text) or _action(attributes.crlf)
    if action is Eol.KEEP:
        return action
    if attributes.eol in ("lf", "crlf") and action is not Eol.TO_LF_IF_TEXT:
        return Eol.TO_LF
    if action is not None:
        return action
    return Eol.TO_LF_IF_TEXT if _converts(autocrlf) else Eol.KEEP


def _action(attribute: Attribute | str) -> Eol | None:
    match attribute:
        case Attribute.SET | "input":
            return Eol.TO_LF
        case Attribute.UNSET:
            return Eol.KEEP
        case "auto":
            return Eol.TO_LF_IF_TEXT
        case _:
            return None


def _converts(autocrlf: str | None) -> bool:
    if autocrlf is None:
        return False
    value = autocrlf.lower()
    return value in ("input", "true", "yes", "on") or (value.lstrip("+-").isdigit() and int(value) != 0)


def _binary(data: bytes) -> bool:
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return True
    odd = len(data) - len(data.translate(None, _NON_PRINTABLE))
    printable = len(data) - odd - data.count(b"\n") - data.count(b"\r")
    if data.endswith(b"\x1a"):  # an end-of-file mark of old
        odd -= 1
    return printable >> 7 < odd
