"""The conversion of a working-tree file's bytes to the blob that git records: line endings and `$Id$`, as in git's convert.c.

Filters and `working-tree-encoding` are not implemented, since they need a program or the table of a character set
(`needs_program`).
"""

import functools
import re
from enum import Enum

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Attribute, Attributes

_IDENT = re.compile(rb"\$Id:[^$\n]*\$")
# Git counts these as text; NUL is judged by itself, CR and LF are line endings.
_PRINTABLE_CONTROLS = b"\b\t\x1b\f"
_NON_PRINTABLE = bytes(byte for byte in [*range(32), 127] if byte not in _PRINTABLE_CONTROLS + b"\r\n")


class Eol(Enum):
    """What git does with CRLF line endings when it records a file."""

    KEEP = "keep"
    TO_LF = "to-lf"
    TO_LF_IF_TEXT = "to-lf-if-text"  # guessed from the bytes; not if the index holds CRLF already


@dataclass(frozen=True, slots=True)
class Conversion:
    """How git turns a file's bytes into the blob that it records."""

    eol: Eol = Eol.KEEP
    ident: bool = False  # `$Id: …$` is recorded as `$Id$`

    @property
    def needs_index(self) -> bool:
        """Whether the result of `to_git` depends on CRLF in the index's blob."""
        return self.eol is Eol.TO_LF_IF_TEXT


RAW = Conversion()


def needs_program(attributes: Attributes) -> str | None:
    """Why `to_git` can't convert a path with these attributes, as a noun phrase; None if it can."""
    if isinstance(attributes.filter, str):
        return f"the attribute filter={attributes.filter}"
    encoding = attributes.working_tree_encoding
    if isinstance(encoding, str) and encoding.lower().replace("-", "") != "utf8":
        return f"the attribute working-tree-encoding={encoding}"
    return None


@functools.lru_cache(1024)
def conversion_of(attributes: Attributes, autocrlf: str | None) -> Conversion:
    """The conversion of a path with these attributes. `autocrlf` is the value of `core.autocrlf`, None if it is not set."""
    return Conversion(_eol(attributes, autocrlf), attributes.ident is Attribute.SET)


def to_git(data: bytes, conversion: Conversion, *, crlf_in_index: bool = False) -> bytes:
    """The bytes that git records for a file with the bytes `data`. `crlf_in_index` is `has_crlf` of the path's blob in the index."""
    may_convert = conversion.eol is not Eol.KEEP and b"\r\n" in data
    if may_convert and (conversion.eol is Eol.TO_LF or not (crlf_in_index or _binary(data))):
        data = data.replace(b"\r\n", b"\n")
    if conversion.ident and b"$Id:" in data:
        data = _IDENT.sub(b"$Id$", data)
    return data


def has_crlf(blob: bytes) -> bool:
    """Whether a blob is text with CRLF. If the index has such a blob, git does not convert a path that it only guesses to be text."""
    return b"\r\n" in blob and not _binary(blob)


def _eol(attributes: Attributes, autocrlf: str | None) -> Eol:
    requested = _eol_asked_by(attributes.text) or _eol_asked_by(attributes.crlf)
    if requested is Eol.KEEP:
        return requested
    if attributes.eol in ("lf", "crlf") and requested is not Eol.TO_LF_IF_TEXT:
        return Eol.TO_LF
    if requested is not None:
        return requested
    return Eol.TO_LF_IF_TEXT if _converts(autocrlf) else Eol.KEEP


def _eol_asked_by(attribute: Attribute | str) -> Eol | None:
    """The conversion that a value of the attribute `text` or `crlf` asks for; None if it is unspecified."""
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
    """Whether git converts to LF with this value of `core.autocrlf`."""
    if autocrlf is None:
        return False
    value = autocrlf.lower()
    return value in ("input", "true", "yes", "on") or (value.lstrip("+-").isdigit() and int(value) != 0)


def _binary(data: bytes) -> bool:
    """Whether git guesses that data is binary (`convert_is_binary`): a NUL, a lone CR, or over one unprintable byte in 128."""
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return True
    unprintable = len(data) - len(data.translate(None, _NON_PRINTABLE))
    printable = len(data) - unprintable - data.count(b"\n") - data.count(b"\r")
    if data.endswith(b"\x1a"):  # an end-of-file mark of old
        unprintable -= 1
    return printable >> 7 < unprintable
