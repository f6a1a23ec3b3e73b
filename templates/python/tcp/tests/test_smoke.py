"""The server starts, does its work, lets a peer go, and stops on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
#% if tls
import tempfile
#% endif
import unittest
#% if broadcast
from contextlib import suppress
#% endif
from pathlib import Path
from typing import Final

from server.protocol.framing import compose
#% if tls
from tests.certificates import client_context, make_certificate
#% endif

_ROOT: Final = Path(__file__).resolve().parent.parent
_SECONDS: Final = 10
#% if broadcast
_PATIENCE: Final = 0.1
#% endif
_MESSAGE: Final = b"".join(compose(b"x"))
#% if tls
# The server, with files in a folder of the test's.
_WITH_FILES: Final = """
import runpy, sys
from server import config
folder = sys.argv[1]
config.TLS_CERTIFICATE = f"{folder}/certificate.pem"
config.TLS_KEY = f"{folder}/key.pem"
#% if client_certificates
config.TLS_CLIENT_CA = config.TLS_CERTIFICATE
#% endif
runpy.run_module("server", run_name="__main__")
"""
#% endif


class SmokeTest(unittest.TestCase):
    """Runs the server as a process of its own."""

    def setUp(self) -> None:
        """Start the server on a port of the kernel's choice."""
        #% if tls
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        make_certificate(self.folder)
        #% endif
        self.server = subprocess.Popen(
            [
                sys.executable,
                #% if tls
                "-c",
                _WITH_FILES,
                str(self.folder),
                #% endif
                #% if not tls
                "-m",
                "server",
                #% endif
            ],
            cwd=_ROOT,
            env={**os.environ, "HOST": "127.0.0.1", "PORT": "0"},
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
        #% if broadcast
        other = self._connect()
        client = self._connect()
        self.assertEqual(_rouse(client, other), _MESSAGE)
        #% endif
        #% if echo or custom
        client = self._connect()
        client.sendall(_MESSAGE)
        self.assertEqual(_receive(client, len(_MESSAGE)), _MESSAGE)
        #% endif
        #% if not tls
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(_receive(client, 1), b"")
        #% endif
        client.close()
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
        return client

    def _end_server(self) -> None:
        self.server.kill()
        self.server.communicate()


#% if broadcast
def _rouse(speaker: socket.socket, listener: socket.socket) -> bytes:
    """Repeat a message until it is heard: a connection is known some time after it was made."""
    listener.settimeout(_PATIENCE)
    data = b""
    attempts = int(_SECONDS / _PATIENCE)
    while len(data) < len(_MESSAGE) and attempts > 0:
        speaker.sendall(_MESSAGE)
        attempts -= 1
        with suppress(socket.timeout):
            data += listener.recv(len(_MESSAGE) - len(data))
    return data


#% endif
#% if not (broadcast and tls)
def _receive(client: socket.socket, count: int) -> bytes:
    """Return `count` bytes, or fewer at the end of the stream."""
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


#% endif
if __name__ == "__main__":
    unittest.main()
