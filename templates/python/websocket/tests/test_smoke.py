"""The server starts, shakes hands, does its work, answers Ping and Close, and stops on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
#% if files
import tempfile
#% endif
import unittest
from pathlib import Path
from typing import Final

#% if subprotocols or tokens_variable or not any_path
from server import config
#% endif
from server.protocol.frames import (
    #% if binary_only
    BINARY,
    #% endif
    CLOSE,
    FIN,
    MASKED,
    PING,
    PONG,
    #% if not binary_only
    TEXT,
    #% endif
)
#% if tls
from tests.certificates import client_context, make_certificate
#% endif

_ROOT: Final = Path(__file__).resolve().parent.parent
_SECONDS: Final = 10
#% if auth
_BEARER: Final = "smoke"
#% endif
#% if files
# The server, with files in a folder of the test's.
_WITH_FILES: Final = """
import runpy, sys
from server import config
folder = sys.argv[1]
#% if tokens_file
config.TOKENS_FILE = f"{folder}/tokens"
#% endif
#% if tls
config.TLS_CERTIFICATE = f"{folder}/certificate.pem"
config.TLS_KEY = f"{folder}/key.pem"
#% endif
#% if client_certificates
config.TLS_CLIENT_CA = config.TLS_CERTIFICATE
#% endif
runpy.run_module("server", run_name="__main__")
"""
#% endif
_LAST_LINES: Final = (
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    # The example of RFC 6455 section 1.3.
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    #% if auth
    f"Authorization: Bearer {_BEARER}",
    #% endif
    #% if subprotocols
    f"Sec-WebSocket-Protocol: {config.SUBPROTOCOLS[0]}",
    #% endif
    "\r\n",
)
_ACCEPT: Final = b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"


class SmokeTest(unittest.TestCase):
    """Runs the server as a process of its own."""

    def setUp(self) -> None:
        """Start the server on a port of the kernel's choice."""
        #% if files
        self.folder = _folder(self)
        #% endif
        self.server = subprocess.Popen(
            [
                sys.executable,
                #% if files
                "-c",
                _WITH_FILES,
                str(self.folder),
                #% endif
                #% if not files
                "-m",
                "server",
                #% endif
            ],
            cwd=_ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self._end_server)
        assert self.server.stdout is not None
        line = self.server.stdout.readline().decode()
        self.assertRegex(line, r"^listening on 127\.0\.0\.1:[0-9]+$")
        self.port = int(line.rpartition(":")[2])

    def test_server(self) -> None:
        """Go through the life of a connection."""
        client = self._connect()
        #% if broadcast
        other = self._connect()
        client.sendall(_frame(_message(), b"x"))
        self.assertEqual(_receive(other, 3), _reply(_message(), b"x"))
        #% endif
        #% if echo or custom
        client.sendall(_frame(_message(), b"x"))
        self.assertEqual(_receive(client, 3), _reply(_message(), b"x"))
        #% endif
        client.sendall(_frame(PING, b""))
        self.assertEqual(_receive(client, 2), _reply(PONG, b""))
        client.sendall(_frame(CLOSE, b""))
        self.assertEqual(_receive(client, 3), _reply(CLOSE, b""))
        client.close()
        #% if broadcast
        other.close()
        #% endif
        self.server.send_signal(signal.SIGTERM)
        #% if windows
        status = self.server.wait(_SECONDS)
        # Windows ends a process at once.
        if sys.platform != "win32":
            self.assertEqual(status, 0)
        #% endif
        #% if not windows
        self.assertEqual(self.server.wait(_SECONDS), 0)
        #% endif

    def _connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), _SECONDS)
        #% if tls
        client = client_context(self.folder).wrap_socket(client)
        #% endif
        self.addCleanup(client.close)
        client.sendall("\r\n".join((f"GET {_path()} HTTP/1.1", *_LAST_LINES)).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n") and (byte := client.recv(1)):
            head += byte
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "), head)
        self.assertIn(_ACCEPT, head)
        return client

    def _end_server(self) -> None:
        self.server.kill()
        self.server.communicate()


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": "0",
        #% if tokens_variable
        config.TOKENS_VARIABLE: _BEARER,
        #% endif
    }


#% if files
def _folder(test: unittest.TestCase) -> Path:
    """Return a folder with what the server reads, which is gone after the test."""
    temporary = tempfile.TemporaryDirectory()
    test.addCleanup(temporary.cleanup)
    folder = Path(temporary.name)
    #% if tokens_file
    (folder / "tokens").write_text(_BEARER)
    #% endif
    #% if tls
    make_certificate(folder)
    #% endif
    return folder


#% endif
def _path() -> str:
    #% if any_path
    return "/"
    #% endif
    #% if not any_path
    return config.PATH
    #% endif


def _message() -> int:
    #% if binary_only
    return BINARY
    #% endif
    #% if not binary_only
    return TEXT
    #% endif


def _frame(opcode: int, payload: bytes) -> bytes:
    # A masking key of zeros leaves the payload as it is.
    return bytes((FIN | opcode, MASKED | len(payload))) + bytes(4) + payload


def _reply(opcode: int, payload: bytes) -> bytes:
    return bytes((FIN | opcode, len(payload))) + payload


def _receive(client: socket.socket, count: int) -> bytes:
    """Return `count` bytes, or fewer at the end of the stream."""
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


if __name__ == "__main__":
    unittest.main()
