"""Messages in a stream of bytes: LSP's base protocol."""

import io

import pytest

from forksight.lsp.wire.streams import bodies


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\n[1]", [b"{}", b"[1]"]),
        (b"content-length:2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 5\r\n\r\n{}", []),
        (b"Content-Length: x\r\n\r\n{}", []),
        (b"Content-Length: 99999999999999999999\r\n\r\n{}", []),
        (b"Content-Length: 9999999999999\r\n\r\n{}", []),
        (b"\r\n\r\n", []),
        (b"", []),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", []),
        (b"Content-Length: 2\r\nHost: evil\r\n\r\n{}", []),
    ],
)
def test_bodies(data: bytes, wanted: list[bytes]) -> None:
    assert list(bodies(io.BytesIO(data))) == wanted
