"""The server starts, does its work, lets a peer go, and stops on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Final

from server.protocol.framing import compose

_ROOT: Final = Path(__file__).resolve().parent.parent
_SECONDS: Final = 10
_MESSAGE: Final = b"".join(compose(b"x"))


class SmokeTest(unittest.TestCase):
    """Runs the server as a process of its own."""

    def setUp(self) -> None:
        """Start the server on a port of the kernel's choice."""
        self.server = subprocess.Popen(
            [sys.executable, "-m", "server"],
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
        # Connections are accepted in their order: the first one is there when the other speaks.
        other = self._connect()
        client = self._connect()
        client.sendall(_MESSAGE)
        self.assertEqual(_receive(other, len(_MESSAGE)), _MESSAGE)
        #% endif
        #% if echo or custom
        client = self._connect()
        client.sendall(_MESSAGE)
        self.assertEqual(_receive(client, len(_MESSAGE)), _MESSAGE)
        #% endif
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(_receive(client, 1), b"")
        client.close()
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(_SECONDS), 0)

    def _connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), _SECONDS)
        self.addCleanup(client.close)
        return client

    def _end_server(self) -> None:
        self.server.kill()
        self.server.communicate()


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
