"""How an editor's text is stored on disk: its codec, byte order mark and line endings.

An editor sends text, git records bytes. Nearly every file is plain UTF-8, but an editor may have removed a byte order mark,
decoded Latin-1, replaced invalid bytes by U+FFFD, or sent `\\n` where the file has `\\r\\n`. Such a file would seem changed on
every line, so the bytes on disk are used to find out what the editor did.
"""

from collections.abc import Mapping
from dataclasses import field

from forksight.core.frozen import dataclass

_BOM = b"\xef\xbb\xbf"
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """How an editor's text is stored as bytes."""

    codec: str = "utf-8"  # a Python codec's name
    crlf: bool = False  # whether the editor shows `\n` for the file's `\r\n`
    raw: Mapping[str, bytes] = field(default_factory=dict)  # a line shown with U+FFFD -> its bytes on disk

    def to_bytes(self, text: str) -> bytes:
        """The bytes that the editor would write for this text."""
        if self.crlf:
            text = text.replace("\n", "\r\n")
        if self.raw and _REPLACED in text:
            return b"\n".join(self._line(line) for line in text.split("\n"))
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError:
            # Lone surrogates, or a character that the file's codec lacks: what an editor does then is its own affair.
            return text.encode("utf-8", "surrogatepass")

    def to_text(self, data: bytes) -> str | None:
        """The text that the editor would show for a part of the file; None if it can't be decoded."""
        try:
            text = data.decode("utf-8" if self.codec == "utf-8-sig" else self.codec)
        except UnicodeDecodeError:
            return None
        return text.replace("\r\n", "\n") if self.crlf else text

    def _line(self, line: str) -> bytes:
        known = self.raw.get(line)
        return known if known is not None else line.encode(self.codec, "surrogatepass")


def detect_file_encoding(text: str, disk: bytes | None) -> FileEncoding:
    """How a file's text is stored, from the text that the editor opened and the bytes on disk (None: no file yet).

    If the text was opened with unsaved changes, the bytes alone decide.
    """
    if disk is None:
        return FileEncoding()
    crlf = b"\r\n" in disk and "\r\n" not in text and "\n" in text
    shown = text.replace("\n", "\r\n") if crlf else text
    if not disk.startswith(_BOM) and shown.encode("utf-8", "surrogatepass") == disk:
        return FileEncoding(crlf=crlf)
    codec = "utf-8-sig" if disk.startswith(_BOM) and not text.startswith("\ufeff") else "utf-8"
    try:
        disk.decode(codec)
    except UnicodeDecodeError:
        if _REPLACED in text:
            return FileEncoding(codec, crlf, _lossy_lines(disk))
        return FileEncoding("cp1252" if _decodes_to(disk, "cp1252", shown) else "latin-1", crlf)
    return FileEncoding(codec, crlf)


def _decodes_to(disk: bytes, codec: str, text: str) -> bool:
    try:
        return disk.decode(codec) == text
    except UnicodeDecodeError:
        return False


def _lossy_lines(disk: bytes) -> dict[str, bytes]:
    shown = ((line.decode("utf-8", "replace"), line) for line in disk.split(b"\n"))
    return {text: line for text, line in shown if _REPLACED in text}
