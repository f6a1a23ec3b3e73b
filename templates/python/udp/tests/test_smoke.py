"""The server starts, answers datagrams, and stops on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import unittest
#% if broadcast
from contextlib import suppress
#% endif
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_SECONDS: Final = 10
#% if broadcast
_PATIENCE: Final = 0.1
_ATTEMPTS: Final = 60
#% endif


class SmokeTest(unittest.TestCase):
    """Runs the server as a process of its own."""

    def setUp(self) -> None:
        """Start the server on a port of the kernel's choice."""
        self.server = subprocess.Popen(
            [sys.executable, "-m", "server"],
            cwd=_ROOT,
            env={**os.environ, "HOST": _host(), "PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self._end_server)
        assert self.server.stdout is not None
        line = self.server.stdout.readline().decode()
        self.assertRegex(line, r"^listening on [0-9a-f.:\[\]]+:[0-9]+$")
        self.port = int(line.rpartition(":")[2])

    def test_server(self) -> None:
        """Exchange datagrams."""
        #% if broadcast
        other = self._open()
        other.send(_datagram(b"here I am", 0))
        self.assertTrue(_is_heard(self._open(), other))
        #% endif
        #% if echo or custom
        client = self._open()
        client.send(_datagram(b"x", 0))
        self.assertEqual(_payload(client), b"x")
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

    def _open(self) -> socket.socket:
        client = socket.socket(_family(), socket.SOCK_DGRAM)
        self.addCleanup(client.close)
        client.settimeout(_SECONDS)
        client.connect((_host(), self.port))
        return client

    def _end_server(self) -> None:
        self.server.kill()
        self.server.communicate()


def _host() -> str:
    #% if multicast_v6
    return "::1"
    #% endif
    #% if not multicast_v6
    return "127.0.0.1"
    #% endif


def _family() -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in _host() else socket.AF_INET


#% if broadcast
def _is_heard(speaker: socket.socket, listener: socket.socket) -> bool:
    """Repeat a datagram until it is heard: one that was sent before may be handled later."""
    listener.settimeout(_PATIENCE)
    for number in range(_ATTEMPTS):
        speaker.send(_datagram(b"x", number))
        with suppress(socket.timeout):
            return _payload(listener) == b"x"
    return False


#% endif
#% if reliability
def _datagram(payload: bytes, number: int) -> bytes:
    # Data, session 0.
    return bytes(4) + number.to_bytes(4, "big") + payload


#% endif
#% if not reliability
def _datagram(payload: bytes, _number: int) -> bytes:
    return payload


#% endif
def _payload(client: socket.socket) -> bytes:
    """Return what the next datagram with data carries."""
    datagram = client.recv(1 << 16)
    #% if reliability_ack
    while datagram[0] != 0:
        datagram = client.recv(1 << 16)
    #% endif
    return datagram[len(_datagram(b"", 0)) :]


if __name__ == "__main__":
    unittest.main()
