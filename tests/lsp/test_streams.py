"""Messages in a stream of bytes: LSP's base protocol, on standard input and output."""

import io
import subprocess
import sys

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


def test_standard_input_and_output_are_the_protocols_alone() -> None:
    program = """
import subprocess
from forksight.adapters.system.stdio import own_stdio
source, sink = own_stdio()
print("said aside", flush=True)
taken = subprocess.run(["cat"], capture_output=True, check=True).stdout
sink.write(source.read() + taken)
sink.flush()
"""
    done = subprocess.run([sys.executable, "-c", program], input=b"sent", capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"sent", b"said aside\n")
